"""Compare matched networks of different layers on one dataset. `python scripts/compare.py --help` explains it."""

from convpipe.cli.compare import main

if __name__ == "__main__":
    main()
