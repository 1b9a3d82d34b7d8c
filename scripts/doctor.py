"""Check labeled data before training. `python scripts/doctor.py --help` explains it."""

from convpipe.cli.doctor import main

if __name__ == "__main__":
    main()
