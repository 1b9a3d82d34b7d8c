"""Train matched networks of Conv1D, Conv2D and Conv3D and compare them. `python scripts/compare.py --help` explains it."""

from convpipe.cli.compare import main

if __name__ == "__main__":
    main()
