"""Show the tracked runs in the browser. See `python scripts/ui.py --help`."""

from convpipe.cli.ui import main

if __name__ == "__main__":
    main()
