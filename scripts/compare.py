"""Compare matched Conv1D, Conv2D and Conv3D networks on one dataset. See `python scripts/compare.py --help`."""

from convpipe.cli.compare import main

if __name__ == "__main__":
    main()
