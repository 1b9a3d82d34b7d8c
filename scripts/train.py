"""Train one classifier, or many with -m. `python scripts/train.py --help` explains it."""

from convpipe.cli.train import main

if __name__ == "__main__":
    main()
