"""Write the report of a run, or of several side by side. `python scripts/report.py --help` explains it."""

from convpipe.cli.report import main

if __name__ == "__main__":
    main()
