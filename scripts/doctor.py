"""Check labeled data for leaks and shortcuts before training. See `python scripts/doctor.py --help`."""

from convpipe.cli.doctor import main

if __name__ == "__main__":
    main()
