"""The record of a run: its config hash and its folder."""

import errno
import os
import shlex

import pytest

from convpipe.errors import TrainingError
from convpipe.experiment.run import resumable
from convpipe.experiment.run_folder import read_result
from convpipe.experiment.run_record import RESERVE, RESERVED, RunRecord, config_sha256, flat

SMALL = ("model=cnn1d", "model.filters=[3]", "model.kernel_sizes=[3]", "model.strides=[1]", "model.pooling=[1]",
         "training.epochs=2", "training.max_steps=2", "tracking.enabled=false")  # fmt: skip


def test_the_config_hash_ignores_settings_that_do_not_change_results(settings_of):
    one = settings_of("data=gunpoint", *SMALL)
    same = settings_of("data=gunpoint", *SMALL, "tracking.experiment=x", "training.resume=y")
    other = settings_of("data=gunpoint", *SMALL, "seed=1")
    assert config_sha256(one) == config_sha256(same) != config_sha256(other)


def test_a_record_that_cannot_start_leaves_no_files(tmp_path, monkeypatch, settings_of):
    monkeypatch.setattr(RunRecord, "_write_result", lambda self: (_ for _ in ()).throw(OSError(28, "full")))
    with pytest.raises(OSError, match="full"):
        RunRecord(settings_of("data=gunpoint", *SMALL), tmp_path / "run", {})
    assert list((tmp_path / "run").iterdir()) == []


def full(*_, **__):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_space_is_set_aside_for_the_record_of_a_failure(tmp_path, settings_of):
    with pytest.raises(OSError), RunRecord(settings_of("data=gunpoint", *SMALL), tmp_path / "run", {}):
        assert (tmp_path / "run" / RESERVE).stat().st_size == RESERVED
        full()
    assert sorted(each.name for each in (tmp_path / "run").iterdir()) == ["config.yaml", "result.json"]


def test_a_failure_is_recorded_on_a_disk_that_has_no_space_for_another_file(tmp_path, monkeypatch, settings_of):
    with pytest.raises(OSError), RunRecord(settings_of("data=gunpoint", *SMALL), tmp_path / "run", {}):
        monkeypatch.setattr("convpipe.experiment.run_record.write_whole", full)
        full()
    result = read_result(tmp_path / "run")
    assert result["status"] == "failed" and os.strerror(errno.ENOSPC) in result["error"]


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "full", "a.npz"), RuntimeError("No space left on device")])
def test_a_full_disk_is_reported_with_the_command_to_continue(tmp_path, error, refused):
    remedy = shlex.quote(f'training.resume="{tmp_path / "my run"}"')
    with refused(TrainingError, remedy=remedy), resumable(tmp_path / "my run"):
        raise error


def test_other_errors_are_unchanged(tmp_path):
    with pytest.raises(ValueError, match="bug"), resumable(tmp_path):
        raise ValueError("bug")


def test_flat_keys():
    assert flat({"a": {"b": {"c": 1}, "d": [2]}}) == {"a.b.c": 1, "a.d": [2]}
