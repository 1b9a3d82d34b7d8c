"""Explain a prediction of a trained classifier. See `python scripts/explain.py --help`."""

from convpipe.cli.explain import main

if __name__ == "__main__":
    main()
