"""Sequences end to end: the padded array that they stand for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convpipe.data.ragged import Ragged


def padded(sequences, fill):
    """The oracle: one array, row by row."""
    longest = max(len(each) for each in sequences)
    return np.stack(
        [np.concatenate([each, np.full((longest - len(each), *each.shape[1:]), fill)]) for each in sequences]
    )


@given(st.lists(st.integers(1, 7), min_size=1, max_size=9), st.randoms(use_true_random=False))
def test_any_rows_come_as_the_padded_array_would_give_them(steps, random):
    sequences = [np.random.default_rng(n).normal(size=(count, 2)).astype("float32") for n, count in enumerate(steps)]
    ragged = Ragged.of(sequences)
    assert (len(ragged), ragged.ndim, ragged.shape) == (len(steps), 3, (len(steps), max(steps), 2))
    rows = np.array([random.randrange(len(steps)) for _ in range(5)])
    np.testing.assert_array_equal(ragged[rows], padded([sequences[row] for row in rows], np.nan))


@pytest.mark.parametrize(("dtype", "padding", "batch"), [("int32", 0, "int32"), ("float16", np.nan, "float32")])
def test_padding_and_type_follow_what_is_kept(dtype, padding, batch):
    ragged = Ragged(np.array([1, 2, 3], dtype), [1, 2])
    assert ragged.dtype == ragged[np.array([0])].dtype == batch
    np.testing.assert_array_equal(ragged[np.array([1, 0])], [[2, 3], [1, padding]])
