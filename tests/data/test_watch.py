"""The smartwatch recordings that come with seglearn."""

import sys

import numpy as np
import pytest

from convpipe import config
from convpipe.data import load, watch
from convpipe.errors import DataError

WATCH = config.Watch(name="watch")


def test_ten_people_do_seven_exercises_with_each_arm():
    samples = load(WATCH, config.Window())
    assert len(samples) == 140 and len(samples.class_names) == 7 and samples.sampling_rate == 50.0
    assert {series.shape[1] for series in samples.inputs} == {6} and samples.inputs[0].dtype == np.float32
    people, counts = np.unique(samples.groups, return_counts=True)
    assert len(people) == 10 and set(counts) == {14}
    assert samples.channel_names == ("ax", "ay", "az", "wx", "wy", "wz")
    assert samples.origins[0] == "recording 0 (subject 7, right arm)"
    assert "seglearn" not in sys.modules


def test_a_file_that_was_changed_is_not_opened(tmp_path, monkeypatch):
    path = tmp_path / "watch_dataset.npy"
    path.write_bytes(b"changed")
    monkeypatch.setattr(watch, "installed_file", lambda: path)
    with pytest.raises(DataError, match=f"watch_dataset.npy has SHA-256 [0-9a-f]{{64}}, expected {watch.SHA256}"):
        load(WATCH, config.Window())


def test_a_file_that_is_gone_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(watch, "installed_file", lambda: tmp_path / "none.npy")
    with pytest.raises(DataError, match=r"none.npy: No such file.*pip install"):
        load(WATCH, config.Window())


def test_without_seglearn_the_command_to_install_it_is_named(monkeypatch):
    monkeypatch.setattr(watch.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(DataError, match="pip install seglearn"):
        load(WATCH, config.Window())
