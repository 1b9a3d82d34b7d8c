"""A job of a sweep without its process: its name, its record, and earlier finished runs."""

import subprocess
import sys

import pytest
from omegaconf import OmegaConf

from convpipe.data import load
from convpipe.data.series.watch import WatchSettings
from convpipe.errors import ConfigError
from convpipe.experiment.run_record import config_sha256, run_tags
from convpipe.experiment.sweep import sweep
from convpipe.experiment.sweep.job import Job, finished_before, job_name, launch
from convpipe.experiment.tracking import Tracker
from convpipe.schemas import read_settings


@pytest.fixture
def job(tmp_path):
    config = {"data": {"name": "watch"}, "model": {"name": "fcn"}, "seed": 3}
    config |= {"tracking": {"enabled": True, "experiment": None}}
    (tmp_path / "job_0").mkdir()
    return Job(0, "seed=3", tmp_path / "job_0", OmegaConf.create(config))


def test_a_job_is_named_after_its_swept_values():
    assert job_name(["data=watch", "model=fcn", "+debug=one", "seed=1"], ["model", "debug"]) == "model=fcn debug=one"
    assert job_name(["data=watch"], []) == ""


@pytest.mark.slow
def test_a_job_that_never_started_is_recorded_as_failed(store, job, monkeypatch):
    parent = Tracker("watch", "seed=3,4")
    monkeypatch.setenv("CONVPIPE_PARENT_RUN", parent.run_id)
    job.end("failed", "no such file")
    run = parent.client.get_run(job.result["run_id"])
    assert (run.info.status, run.info.run_name) == ("FAILED", "seed=3")
    assert (run.data.tags["mlflow.parentRunId"], run.data.tags["error"]) == (parent.run_id, "no such file")
    assert (job.result["status"], job.result["error"], job.result["seed"]) == ("failed", "no such file", 3)


def test_a_killed_run_is_closed_and_an_ended_one_unchanged(store, job):
    tracker = Tracker("watch", "seed=3")
    job.write(job.about() | {"status": "running", "run_id": tracker.run_id, "parameters": 7})
    job.end("stopped", "stopped by Ctrl-C")
    assert tracker.client.get_run(tracker.run_id).info.status == "KILLED"
    assert (job.result["status"], job.result["parameters"]) == ("stopped", 7)
    job.end("failed", "later")
    assert job.result["status"] == "stopped"


@pytest.mark.parametrize("told", ["running", "stopped", "finished"])
def test_run_whose_process_was_killed_with_its_worker_is_closed(store, job, told):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    (job.folder / "process_id").write_text(str(gone.pid))
    tracker = Tracker("watch", "seed=3")
    job.write(job.about() | {"status": told, "run_id": tracker.run_id})
    sweep._settle(job, "stopped")
    assert tracker.client.get_run(tracker.run_id).info.status == "KILLED"
    assert job.result["status"] == "stopped" and not (job.folder / "process_id").exists()


@pytest.mark.parametrize(
    ("ends", "error"),
    [("kill -KILL $$", "SIGKILL"), ("kill -SEGV $$", "SIGSEGV"), ("kill -36 $$", "36"), ("exit 1", "epoch 3")],
)
def test_the_error_of_a_killed_job_is_its_signal(tmp_path, job, monkeypatch, ends, error):
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\necho epoch 3\n{ends}\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    job.config.tracking.enabled = False
    launch(job, [])
    assert job.result["status"] == "failed" and error in job.result["error"]
    assert ("epoch 3" in job.result["error"]) == (error == "epoch 3")


def test_a_finished_run_stays_finished_if_its_worker_is_killed(store, job):
    (job.folder / "process_id").write_text("999999999")
    tracker = Tracker("watch", "seed=3")
    job.write(job.about() | {"status": "finished", "run_id": tracker.run_id})
    tracker.finish("FINISHED")
    sweep._settle(job, "stopped")
    assert tracker.client.get_run(tracker.run_id).info.status == "FINISHED"
    assert job.result["status"] == "finished"


@pytest.fixture
def settings(tmp_path):
    groups = ("data: {name: watch, reader: watch}", "model: {name: fcn}", "preprocessing: {modality: series}")
    (tmp_path / "config.yaml").write_text("\n".join(groups))
    return read_settings(tmp_path / "config.yaml")


def test_only_a_finished_run_with_the_same_settings_and_data_is_skipped(store, settings):
    hashes = {
        "config_sha256": config_sha256(settings),
        "data_sha256": load(WatchSettings(name="watch"), settings.window).sha256,
    }

    def record(status, **tags):
        tracker = Tracker("watch", "a run")
        tracker.parameters({}, {**run_tags(hashes | tags, {}), "folder": "/old"})
        tracker.metrics({"validation_accuracy": 0.5, "train_seconds": 2.0, "parameters": 7})
        tracker.finish(status)

    record("FAILED")
    record("FINISHED", config_sha256="0" * 64)
    record("FINISHED", data_sha256="0" * 64)
    assert finished_before(settings, "watch") is None
    record("FINISHED")
    found = finished_before(settings, "watch")
    assert (found["status"], found["folder"], found["parameters"]) == ("finished before", "/old", 7)
    assert (found["validation"], found["train"], found["test"]) == ({"accuracy": 0.5}, {"seconds": 2.0}, None)
    assert finished_before(settings, "another experiment") is None


def test_resuming_a_sweep_that_is_not_tracked_is_refused(home, settings, refused):
    settings.tracking.enabled = False
    with refused(ConfigError, key="tracking.enabled", value=False, remedy="tracking.enabled=true"):
        finished_before(settings, "watch")
