"""Register a classifier in MLflow, as champion if it is not worse. See `python scripts/promote.py --help`."""

from convpipe.cli.promote import main

if __name__ == "__main__":
    main()
