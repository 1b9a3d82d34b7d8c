"""`python -m convpipe NAME ...`: the same as `convpipe NAME ...`."""

from convpipe.cli.main import main

if __name__ == "__main__":
    main()
