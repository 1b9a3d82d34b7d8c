"""Samples that are read from their files once, although several steps look at them."""

import sys
from collections.abc import Sequence

import numpy as np

from convpipe.data.dataset import IndexedSequence

#: Most bytes of samples that are held. A sample beyond them is read again when it is asked for again.
MOST_BYTES = 2**30


class ReadOnce(Sequence):
    """The samples of a dataset, each held in memory from its first reading until `release`.

    Args:
        items: the samples, which may be decoded from a file whenever one is asked for.
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
        if at in self._held:
            return self._held[at]
        item = self.items[at]
        self._free -= getattr(item, "nbytes", sys.getsizeof(item))
        if self._free >= 0:
            self._held[at] = item
        return item

    def release(self) -> None:
        """Hold nothing of what was read so far."""
        self._held: dict[int, object] = {}
        self._free = MOST_BYTES
