"""The record of a run: its hash, its folder."""

import pytest

from convpipe.experiment.run_record import RunRecord, config_sha256, flat

SMALL = ("model=cnn1d", "model.filters=[3]", "model.kernel_sizes=[3]", "model.strides=[1]", "model.pooling=[1]",
         "training.epochs=2", "training.max_steps=2", "tracking.enabled=false")  # fmt: skip


def test_the_hash_of_the_settings_leaves_out_what_changes_no_result(settings_of):
    one = settings_of("data=gunpoint", *SMALL)
    same = settings_of("data=gunpoint", *SMALL, "tracking.experiment=x", "training.resume=y")
    other = settings_of("data=gunpoint", *SMALL, "seed=1")
    assert config_sha256(one) == config_sha256(same) != config_sha256(other)


def test_a_record_that_cannot_be_begun_leaves_nothing(tmp_path, monkeypatch, settings_of):
    monkeypatch.setattr(RunRecord, "_write_result", lambda self: (_ for _ in ()).throw(OSError(28, "full")))
    with pytest.raises(OSError, match="full"):
        RunRecord(settings_of("data=gunpoint", *SMALL), tmp_path / "run", {})
    assert list((tmp_path / "run").iterdir()) == []


def test_flat_keys():
    assert flat({"a": {"b": {"c": 1}, "d": [2]}}) == {"a.b.c": 1, "a.d": [2]}
