"""Show why a classifier predicts a class. `python scripts/explain.py --help` explains it."""

from convpipe.cli.explain import main

if __name__ == "__main__":
    main()
