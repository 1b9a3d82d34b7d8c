"""Serve a trained classifier over HTTP. See `python scripts/serve.py --help`."""

from convpipe.cli.serve import main

if __name__ == "__main__":
    main()
