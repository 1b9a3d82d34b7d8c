"""Samples that are cached after their first reading."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest

from convpipe.training import read_once
from convpipe.training.read_once import ReadOnce


class Files(Sequence):
    """Five samples of 8 bytes that count how often each was read."""

    def __init__(self):
        self.reads: Counter = Counter()

    def __len__(self):
        return 5

    def __getitem__(self, at):
        self.reads[range(5)[at]] += 1
        return np.full(1, float(at))


def test_a_sample_is_read_once_for_any_kind_of_index():
    files = Files()
    once = ReadOnce(files)
    assert len(once) == 5 and files.reads == {}
    expected = [[0.0], [1.0], [2.0], [3.0], [4.0]]
    assert [each.tolist() for each in once] == expected
    assert [once[at].tolist() for at in range(-5, 0)] == expected
    assert [each.tolist() for each in once[1:3]] == expected[1:3]
    assert [each.tolist() for each in once[np.array([4, 0])]] == [[4.0], [0.0]]
    assert set(files.reads.values()) == {1}
    with pytest.raises(IndexError):
        once[5]


def test_released_samples_are_read_again():
    files = Files()
    once = ReadOnce(files)
    for _ in range(2):
        once[3]
        once.release()
    assert files.reads == {3: 2}


def test_samples_that_exceed_the_memory_limit_are_read_again(monkeypatch):
    monkeypatch.setattr(read_once, "MOST_BYTES", 16)
    files = Files()
    once = ReadOnce(files)
    for _ in range(2):
        list(once)
    assert [files.reads[at] for at in range(5)] == [1, 1, 2, 2, 2]
