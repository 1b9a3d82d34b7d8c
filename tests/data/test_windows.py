"""Cutting recordings into windows."""

import re
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convpipe import config
from convpipe.data.dataset import Dataset
from convpipe.data.windows import cut_windows
from convpipe.errors import DataError


def recordings(*steps, **more):
    n = len(steps)
    values = {
        "inputs": [np.arange(s * 2, dtype=np.float32).reshape(s, 2) for s in steps],
        "labels": np.arange(n) % 2,
        "class_names": ("a", "b"),
        "sample_ids": [f"recording {i}" for i in range(n)],
        "source": "made up",
        "sha256": "0" * 64,
        "sampling_rate": 10.0,
    }
    return Dataset(**values | more)


def silent(line):
    """Takes the line that says what was cut."""


@settings(deadline=None, max_examples=60)
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
        assert cut.labels[n] == i % 2 and cut.groups[n] == str(i) and cut.recordings[n] == f"recording {i}"
        assert np.shares_memory(cut.inputs[n], samples.inputs[i])


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
    assert len(said) == 1 and all(fact in said[0] for fact in ("1 of 4", "1 s", "recording 1", "6 windows"))
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


def labeled(steps, classes=("a", "b", "c"), **more):
    """Recordings at 10 Hz whose steps have these labels; those of the recordings say nothing."""
    steps = [np.array(each) for each in steps]
    about = {"class_names": classes, "step_labels": steps, "labels": np.zeros(len(steps), int)}
    return recordings(*map(len, steps), **about | more)


def slow_label(steps, purity):
    """The majority of some labels, counted one by one: a class, None for no label, "mixed" below the purity."""
    counts = Counter(steps)
    label = min(counts, key=lambda each: (-counts[each], each == -1, each))
    if label == -1:
        return None
    return label if counts[label] >= purity * len(steps) - 1e-9 else "mixed"


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.lists(st.integers(-1, 2), min_size=1, max_size=40), min_size=1, max_size=4),
    st.integers(1, 12), st.sampled_from([0.0, 0.5, 0.9]), st.sampled_from([0.0, 0.5, 0.7, 0.8, 1.0]),
)  # fmt: skip
def test_a_window_has_the_majority_of_its_steps_against_a_slow_oracle(steps, size, overlap, purity):
    # Two recordings more make sure of two classes.
    steps = [*steps, [0] * 12, [1] * 12]
    pace, said = max(1, round(size * (1 - overlap))), []
    cut = cut_windows(labeled(steps), config.Window(size / 10, overlap, purity=purity), said.append)
    places = [(i, begin) for i, row in enumerate(steps) for begin in range(0, len(row) - size + 1, pace)]
    labels = [slow_label(steps[i][begin : begin + size], purity) for i, begin in places]
    kept = [(i, begin, label) for (i, begin), label in zip(places, labels, strict=True) if label not in (None, "mixed")]
    assert cut.labels.tolist() == [label for _, _, label in kept] and cut.step_labels is None
    assert cut.recordings.tolist() == [f"recording {i}" for i, _, _ in kept]
    assert [window[0, 0] / 2 for window in cut.inputs] == [begin for _, begin, _ in kept]
    facts = [f"cut {len(kept)} windows", f"from {len({i for i, _, _ in kept})} recording"]
    facts += [f"{labels.count(None)} without a label"] * bool(labels.count(None))
    facts += [f"{labels.count('mixed')} with mixed labels"] * bool(labels.count("mixed"))
    assert len(said) == 1 and all(fact in said[0] for fact in facts)
    assert ("mixed" in said[0]) == ("mixed" in labels) and ("without" in said[0]) == (None in labels)


def test_the_last_step_decides_whatever_the_others_are():
    samples, said = labeled([[0, 0, 0, 1], [1, 1, 1, -1], [-1, -1, -1, 2], [0, 0, 0, 0]]), []
    cut = cut_windows(samples, config.Window(0.4, label="last"), said.append)
    assert cut.labels.tolist() == [1, 2, 0] and cut.groups.tolist() == ["0", "2", "3"]
    assert re.findall(r"\d+ (?:windows|recordings|without)", said[0]) == ["3 windows", "3 recordings", "1 without"]


def test_group_and_part_follow_the_windows_that_are_left():
    parts = {"groups": np.array(["ann", "bob"]), "is_test": np.array([True, False])}
    cut = cut_windows(labeled([[0, 0, -1, -1, 1, 1], [-1, -1, 1, 1, 1, 1]], **parts), config.Window(0.2), silent)
    assert cut.labels.tolist() == [0, 1, 1, 1]
    assert cut.groups.tolist() == ["ann"] * 2 + ["bob"] * 2 and cut.is_test.tolist() == [True] * 2 + [False] * 2


def test_a_class_without_a_window_is_named():
    said = []
    cut_windows(labeled([[0, 0, 1, 1, 2, 0]], ("walk", "run", "jump")), config.Window(0.2), said.append)
    assert "jump" in said[0] and "run" not in said[0]


@pytest.mark.parametrize("rule, key, value", [({}, "window.purity", 0.8), ({"label": "last"}, "window.label", "last")])
def test_no_window_with_a_label_is_refused(rule, key, value, refused):
    with refused(DataError, key=key, value=value, mentions=("0.2 s",)):
        cut_windows(labeled([[0, -1, 1, -1]]), config.Window(0.2, **rule), silent)


def test_labels_that_do_not_fit_their_recording_are_refused(refused):
    samples = labeled([[0, 0, 1, 1], [0, 0, 0, 1]])
    samples.step_labels[1] = samples.step_labels[1][:3]
    with refused(DataError, file="recording 1", value=3, mentions=("4 steps", "3 labels")):
        cut_windows(samples, config.Window(0.2), silent)


def test_the_hash_follows_the_rule_for_labels_of_steps():
    samples, windows = labeled([[0, 0, 0, 1], [1, 1, 1, 1]]), []
    for rule in ({}, {"purity": 0.5}, {"label": "last"}, {"label": "last", "purity": 0.5}):
        windows.append(cut_windows(samples, config.Window(0.2, **rule), silent).sha256)
    assert len(set(windows)) == 3 and windows[2] == windows[3]  # the purity is of the majority


def test_labels_of_steps_of_one_class_are_refused(refused):
    with refused(DataError, file="made up", mentions=("one class",)):
        labeled([[0, 0, -1], [0, 0, 0]])


def test_what_was_left_out_is_said_before_windows_of_one_class_are_refused(refused):
    said = []
    with refused(DataError, file="made up", mentions=("one class",)):
        cut_windows(labeled([[0, 0, 0, 1], [1, -1]]), config.Window(0.2), said.append)
    assert len(said) == 1 and "2 with mixed labels" in said[0] and "b, c" in said[0]
