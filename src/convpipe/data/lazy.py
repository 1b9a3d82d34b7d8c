"""Samples that are read from their files on access."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np


class LazyFiles(Sequence):
    """A sequence with one sample per file, read on each access.

    Args:
        paths: paths of the files.
        read: returns the sample in a file; raises a DataError that names the file if it is broken.
    """

    def __init__(self, paths: Sequence[Path], read: Callable[[Path], np.ndarray]):
        self.paths, self.read = paths, read

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, at):
        return self.read(self.paths[at])
