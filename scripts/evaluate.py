"""Evaluate trained classifiers on labeled data. See `python scripts/evaluate.py --help`."""

from convpipe.cli.evaluate import main

if __name__ == "__main__":
    main()
