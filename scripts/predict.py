"""Predict the classes of new samples. `python scripts/predict.py --help` explains it."""

from convpipe.cli.predict import main

if __name__ == "__main__":
    main()
