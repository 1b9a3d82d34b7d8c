"""Train one classifier, or several with -m. See `python scripts/train.py --help`."""

from convpipe.cli.train import main

if __name__ == "__main__":
    main()
