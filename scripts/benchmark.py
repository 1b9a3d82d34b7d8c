"""Measure convpipe and other libraries on the same data and cores. See `python scripts/benchmark.py --help`."""

from convpipe.cli.benchmark import main

if __name__ == "__main__":
    main()
