"""Samples that stay in their files until somebody asks for them."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np


class LazyFiles(Sequence):
    """One sample a file, read each time that it is asked for.

    Args:
        paths: of the files.
        read: the sample in a file; a broken file raises a DataError that names it.
    """

    def __init__(self, paths: Sequence[Path], read: Callable[[Path], np.ndarray]):
        self.paths, self.read = paths, read

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, at):
        return self.read(self.paths[at])
