"""Write the report of a run, or a comparison of several runs. See `python scripts/report.py --help`."""

from convpipe.cli.report import main

if __name__ == "__main__":
    main()
