"""Work a convolution by hand, draw it, compare it with Keras. `python scripts/convolve.py --help` explains it."""

from convpipe.cli.convolve import main

if __name__ == "__main__":
    main()
