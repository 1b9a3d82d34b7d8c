"""Cutting recordings into windows."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from convpipe import config
from convpipe.data.dataset import Dataset
from convpipe.data.windows import cut_windows
from convpipe.errors import DataError


def recordings(*steps, **more):
    n = len(steps)
    return Dataset(
        inputs=[np.arange(s * 2, dtype=np.float32).reshape(s, 2) for s in steps],
        labels=np.arange(n) % 2,
        class_names=("a", "b"),
        sample_ids=[f"recording {i}" for i in range(n)],
        source="made up",
        sha256="0" * 64,
        **{"sampling_rate": 10.0} | more,
    )


def silent(line):
    raise AssertionError(line)


@given(
    st.lists(st.integers(5, 60), min_size=2, max_size=5), st.floats(0.1, 0.5), st.sampled_from([0.0, 0.25, 0.5, 0.9])
)
def test_windows_are_equal_pieces_at_a_steady_pace(steps, seconds, overlap):
    samples = recordings(*steps)
    size = round(seconds * 10)
    pace = max(1, round(size * (1 - overlap)))
    cut = cut_windows(samples, config.Window(seconds, overlap), silent)
    expected = [(i, begin) for i, s in enumerate(steps) for begin in range(0, s - size + 1, pace)]
    assert len(cut) == len(expected)
    for n, (i, begin) in enumerate(expected):
        np.testing.assert_array_equal(cut.inputs[n], samples.inputs[i][begin : begin + size])
        assert cut.labels[n] == i % 2 and cut.groups[n] == str(i)


def test_groups_and_the_official_part_stay_with_their_recording():
    samples = recordings(20, 30, groups=np.array(["ann", "bob"]), is_test=np.array([False, True]))
    cut = cut_windows(samples, config.Window(1.0), silent)
    assert cut.groups.tolist() == ["ann"] * 2 + ["bob"] * 3 and cut.is_test.tolist() == [False] * 2 + [True] * 3


def test_sample_ids_say_recording_and_seconds():
    cut = cut_windows(recordings(20, 20), config.Window(1.0, 0.5), silent)
    assert cut.sample_ids[1] == "recording 0, 0.50 to 1.50 s"


def test_recordings_that_are_too_short_are_counted_and_named():
    said = []
    cut = cut_windows(recordings(20, 5, 10, 30), config.Window(1.0), said.append)
    assert len(said) == 1 and all(fact in said[0] for fact in ("1 of 4", "1 s", "recording 1"))
    assert set(cut.groups) == {"0", "2", "3"}


def test_a_window_longer_than_every_recording_is_refused(refused):
    with refused(DataError, file="made up", key="window.seconds", value=4.0, mentions=("window.seconds=4", "3.00 s")):
        cut_windows(recordings(20, 30), config.Window(4.0), silent)


def test_a_window_below_one_step_is_refused(refused):
    with refused(DataError, key="window.seconds", value=0.01, remedy="window.seconds=0.1", mentions=("10 Hz",)):
        cut_windows(recordings(20, 30), config.Window(0.01), silent)


def test_the_hash_follows_the_settings():
    samples = recordings(20, 30)
    hashes = {cut_windows(samples, config.Window(*w), silent).sha256 for w in [(1.0, 0.0), (1.0, 0.5), (0.5, 0.0)]}
    other = cut_windows(replace(samples, sha256="1" * 64), config.Window(1.0), silent).sha256
    assert len(hashes | {other, samples.sha256}) == 5
    assert cut_windows(samples, config.Window(1.0), silent).sha256 in hashes
