"""Predict the classes of new samples. See `python scripts/predict.py --help`."""

from convpipe.cli.predict import main

if __name__ == "__main__":
    main()
