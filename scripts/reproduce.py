"""Train a recorded run again. `python scripts/reproduce.py --help` explains it."""

from convpipe.cli.reproduce import main

if __name__ == "__main__":
    main()
