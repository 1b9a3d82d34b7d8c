"""The smartwatch recordings in seglearn."""

import hashlib
import sys

import numpy as np

from convpipe import config
from convpipe.data import load
from convpipe.data.series import watch
from convpipe.data.series.watch import WatchSettings
from convpipe.errors import DataError

WATCH = WatchSettings(name="watch")


def test_ten_people_do_seven_exercises_with_each_arm():
    samples = load(WATCH, config.Window())
    assert len(samples) == 140 and len(samples.class_names) == 7 and samples.sampling_rate == 50.0
    assert {series.shape[1] for series in samples.inputs} == {6} and samples.inputs[0].dtype == np.float32
    people, counts = np.unique(samples.groups, return_counts=True)
    assert len(people) == 10 and set(counts) == {14}
    assert samples.channel_names == ("ax", "ay", "az", "wx", "wy", "wz")
    assert samples.sample_ids[0] == "recording 0 (subject 7, right arm)"
    assert "seglearn" not in sys.modules


def test_a_changed_file_is_not_unpickled(tmp_path, monkeypatch, refused):
    path = tmp_path / "watch_dataset.npy"
    path.write_bytes(b"changed")
    monkeypatch.setattr(watch, "installed_file", lambda: path)
    found = hashlib.sha256(b"changed").hexdigest()
    with refused(DataError, file=path, value=found, remedy="pip install", mentions=(found, watch.SHA256)):
        load(WATCH, config.Window())


def test_a_missing_file_is_named(tmp_path, monkeypatch, refused):
    monkeypatch.setattr(watch, "installed_file", lambda: tmp_path / "none.npy")
    with refused(DataError, file=tmp_path / "none.npy", remedy="pip install", mentions=("No such file",)):
        load(WATCH, config.Window())


def test_without_seglearn_the_command_to_install_it_is_named(monkeypatch, refused):
    monkeypatch.setattr(watch.importlib.util, "find_spec", lambda name: None)
    with refused(DataError, value="seglearn", remedy="pip install seglearn==1.2.5"):
        load(WATCH, config.Window())
