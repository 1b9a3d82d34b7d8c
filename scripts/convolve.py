"""Compute a convolution step by step, draw it, and compare it with Keras. See `python scripts/convolve.py --help`."""

from convpipe.cli.convolve import main

if __name__ == "__main__":
    main()
