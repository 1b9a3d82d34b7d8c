"""Show which words speak for the class of a text. `python scripts/explain.py --help` explains it."""

from convpipe.cli.explain import main

if __name__ == "__main__":
    main()
