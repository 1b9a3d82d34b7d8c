"""Measure trained classifiers on labeled data. `python scripts/evaluate.py --help` explains it."""

from convpipe.cli.evaluate import main

if __name__ == "__main__":
    main()
