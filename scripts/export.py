"""Export a trained classifier to one file. See `python scripts/export.py --help`."""

from convpipe.cli.export import main

if __name__ == "__main__":
    main()
