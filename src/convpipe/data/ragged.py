"""Sequences of different lengths, stored end to end and padded per batch."""

from collections.abc import Sequence

import numpy as np


class Ragged:
    """A memory-saving form of an array (n, most steps, ...) with padding at the end.

    `ragged[rows]` is the padded array of these rows, as long as the longest of them; `ragged[row]` is one sequence.

    Args:
        values: (all steps, ...), the sequences end to end; float (padded with NaN) or integer (padded with 0).
        steps: (n,) number of steps of each sequence.

    >>> Ragged(np.array([1, 2, 3]), [1, 2])[np.array([0, 1])].tolist()
    [[1, 0], [2, 3]]
    """

    def __init__(self, values: np.ndarray, steps: Sequence[int] | np.ndarray):
        self.values = values
        self.steps = np.asarray(steps, np.int64)
        self.starts = np.concatenate([[0], np.cumsum(self.steps)[:-1]]).astype(np.int64)

    @classmethod
    def of(cls, sequences: Sequence[np.ndarray]) -> "Ragged":
        """Join one or more sequences (steps, ...)."""
        return cls(np.concatenate(sequences), [len(each) for each in sequences])

    def __len__(self) -> int:
        return len(self.steps)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the padded array."""
        return len(self), int(self.steps.max(initial=0)), *self.values.shape[1:]

    @property
    def ndim(self) -> int:
        """Number of axes of the padded array."""
        return 1 + self.values.ndim

    @property
    def dtype(self) -> np.dtype:
        """Type of a batch; half precision is only used for storage."""
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
