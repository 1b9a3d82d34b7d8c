"""Train a recorded run again and compare the weights. See `python scripts/reproduce.py --help`."""

from convpipe.cli.reproduce import main

if __name__ == "__main__":
    main()
