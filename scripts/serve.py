"""Answer requests with a trained classifier. `python scripts/serve.py --help` explains it."""

from convpipe.cli.serve import main

if __name__ == "__main__":
    main()
