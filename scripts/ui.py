"""Open the tracked runs in the browser. `python scripts/ui.py --help` explains it."""

from convpipe.cli.ui import main

if __name__ == "__main__":
    main()
