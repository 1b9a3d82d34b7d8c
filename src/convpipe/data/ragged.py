"""Sequences of unequal numbers of steps, kept end to end and padded only in the batch that they are taken for."""

from collections.abc import Sequence

import numpy as np


class Ragged:
    """What a (n, most steps, ...) array padded at the end would hold, without the padding.

    Args:
        values: (all steps, ...) of every sequence, one after the other; float (padded with NaN) or integer (with 0).
        steps: (n,) steps of each sequence.

    `ragged[rows]` is the padded array of these rows, as wide as the longest of them; `ragged[row]` one sequence.

    >>> Ragged(np.array([1, 2, 3]), [1, 2])[np.array([0, 1])].tolist()
    [[1, 0], [2, 3]]
    """

    def __init__(self, values: np.ndarray, steps: Sequence[int] | np.ndarray):
        self.values = values
        self.steps = np.asarray(steps, np.int64)
        self.starts = np.concatenate([[0], np.cumsum(self.steps)[:-1]]).astype(np.int64)

    @classmethod
    def of(cls, sequences: Sequence[np.ndarray]) -> "Ragged":
        """The sequences (steps, ...) end to end; there must be one at least."""
        return cls(np.concatenate(sequences), [len(each) for each in sequences])

    def __len__(self) -> int:
        return len(self.steps)

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the padded array."""
        return len(self), int(self.steps.max(initial=0)), *self.values.shape[1:]

    @property
    def ndim(self) -> int:
        """Axes of the padded array."""
        return 1 + self.values.ndim

    @property
    def dtype(self) -> np.dtype:
        """Of a batch: half precision is only kept in store."""
        return np.dtype(np.float32) if self.values.dtype == np.float16 else self.values.dtype

    def __getitem__(self, rows: np.ndarray | int) -> np.ndarray:
        if np.ndim(rows) == 0:
            return self.values[self.starts[rows] : self.starts[rows] + self.steps[rows]]
        steps = self.steps[rows]
        padding = np.nan if np.issubdtype(self.values.dtype, np.floating) else 0
        padded = np.full((len(steps), int(steps.max(initial=0)), *self.values.shape[1:]), padding, self.dtype)
        for row, start, count in zip(padded, self.starts[rows], steps, strict=True):
            row[:count] = self.values[start : start + count]
        return padded
