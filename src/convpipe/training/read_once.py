"""Samples that are read from their files only once, although several steps use them."""

import sys
from collections.abc import Sequence

import numpy as np

from convpipe.data.dataset import IndexedSequence

#: Most bytes of samples in memory. Samples that exceed it are read again at each access.
MOST_BYTES = 2**30


class ReadOnce(Sequence):
    """The samples of a dataset, each cached in memory from its first access until `release`.

    Args:
        items: the samples; each access may decode one from a file.
    """

    def __init__(self, items: Sequence | np.ndarray):
        self.items = items
        self.release()

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, at):
        if not np.isscalar(at):
            return IndexedSequence(self, np.arange(len(self))[at])
        at = range(len(self))[at]
        if at in self._cache:
            return self._cache[at]
        item = self.items[at]
        self._free_bytes -= getattr(item, "nbytes", sys.getsizeof(item))
        if self._free_bytes >= 0:
            self._cache[at] = item
        return item

    def release(self) -> None:
        """Clear the cache."""
        self._cache: dict[int, object] = {}
        self._free_bytes = MOST_BYTES
