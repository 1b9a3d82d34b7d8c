"""Export a trained classifier into one file. `python scripts/export.py --help` explains it."""

from convpipe.cli.export import main

if __name__ == "__main__":
    main()
