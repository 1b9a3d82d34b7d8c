"""Register a classifier in MLflow, as champion if it is not worse. `python scripts/promote.py --help` explains it."""

from convpipe.cli.promote import main

if __name__ == "__main__":
    main()
