"""Measure convpipe beside other libraries. `python scripts/benchmark.py --help` explains it."""

from convpipe.cli.benchmark import main

if __name__ == "__main__":
    main()
