"""The record of a run in MLflow, in any working directory, and stores that cannot be written."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace

import pytest

from convpipe.errors import TrackingError
from convpipe.experiment.logged_data import LoggedPart
from convpipe.experiment.tracking import NullTracker, Tracker, open_store
from convpipe.paths import store_file, store_uri


def test_the_store_and_its_artifacts_are_in_the_home(home, store, tmp_path, monkeypatch):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    client, experiment = open_store("gunpoint")
    assert list(elsewhere.iterdir()) == []
    assert client.get_experiment(experiment).artifact_location == str(home / "mlartifacts" / "gunpoint")
    assert open_store("gunpoint")[1] == experiment


@pytest.mark.slow
def test_a_home_may_contain_url_characters_and_may_be_moved(empty_store, tmp_path, monkeypatch):
    from mlflow.artifacts import list_artifacts
    from mlflow.models import Model

    home, moved = tmp_path / "a?b#c 100%", tmp_path / "moved?"
    home.mkdir()
    shutil.copy(empty_store, home / "mlflow.db")
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "classifier.json").write_text('{"modality": "series"}')
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setattr("convpipe.paths.HOME", home)
    tracker = Tracker("watch", "fcn")
    tracker.file(tmp_path / "made" / "classifier.json")
    tracker.classifier(tmp_path / "made", "classifier")
    model = tracker.model_uri("classifier")
    tracker.finish("FINISHED")
    assert Model.load(model).artifact_path
    home.rename(moved)
    monkeypatch.delenv("MLFLOW_TRACKING_URI")  # MLflow sets it
    monkeypatch.setattr("convpipe.paths.HOME", moved)
    client, _ = open_store("watch")
    place = client.get_run(tracker.run_id).info.artifact_uri
    assert [file.path for file in list_artifacts(artifact_uri=place)] == ["artifacts/classifier.json"]
    assert Model.load(model).artifact_path
    assert {each.name for each in tmp_path.iterdir()} == {"moved?", "made"}, "nothing stands elsewhere"


def test_a_home_that_mlflow_would_decode_is_refused(tmp_path, monkeypatch, refused):
    home = tmp_path / "a%20b"
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setattr("convpipe.paths.HOME", home)
    with refused(TrackingError, key="CONVPIPE_HOME", remedy="rename the folder", mentions=("%20",)):
        open_store("watch")
    assert not home.exists()


@pytest.mark.slow
def test_a_named_store_takes_precedence(home, tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/other/runs.db")
    assert (
        store_uri() == f"sqlite:///{tmp_path}/other/runs.db"
        and store_file(store_uri()) == tmp_path / "other" / "runs.db"
    )
    open_store("gunpoint")
    assert (tmp_path / "other" / "runs.db").exists() and not (home / "mlflow.db").exists()


def test_a_server_has_no_file():
    assert store_file("http://127.0.0.1:1") is None


@pytest.mark.slow
def test_a_run_has_parameters_metrics_tags_and_files(store, tmp_path):
    tracker = Tracker("watch", "fcn seed 0")
    tracker.parameters({"model.filters[0]": 3, "long": "x" * 7000}, {"data_sha256": "ab"})
    for epoch in (1, 2):
        tracker.metrics({"loss": 1 / epoch, "none": None, "inf": float("inf"), "nan": float("nan")}, epoch)
    (tmp_path / "note.txt").write_text("seen")
    tracker.file(tmp_path / "note.txt")
    tracker.finish("FINISHED")
    run = tracker.client.get_run(tracker.run_id)
    assert run.info.run_name == "fcn seed 0" and run.info.status == "FINISHED"
    assert run.data.params == {"model.filters_0_": "3", "long": "x" * 6000}
    assert run.data.tags["data_sha256"] == "ab" and run.data.metrics == {"loss": 0.5}
    course = tracker.client.get_metric_history(tracker.run_id, "loss")
    assert [(metric.step, metric.value) for metric in course] == [(1, 1.0), (2, 0.5)]
    assert [file.path for file in tracker.client.list_artifacts(tracker.run_id)] == ["note.txt"]


def test_a_continued_run_is_the_same_run(store):
    first = Tracker("watch", "fcn")
    first.finish("KILLED")
    again = Tracker("watch", "fcn", run_id=first.run_id)
    assert again.run_id == first.run_id
    assert again.client.get_run(first.run_id).info.status == "RUNNING"


def test_a_child_run_has_its_parent(store):
    parent = Tracker("watch", "sweep")
    child = Tracker("watch", "job", parent.run_id)
    assert child.client.get_run(child.run_id).data.tags["mlflow.parentRunId"] == parent.run_id


def test_a_store_that_cannot_be_written_is_named_with_a_remedy(home, tmp_path, monkeypatch, refused):
    (tmp_path / "file").write_text("not a folder")
    uri = f"sqlite:///{tmp_path}/file/mlflow.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    remedies = ("MLFLOW_TRACKING_URI", "tracking.enabled=false")
    with refused(TrackingError, value=uri, mentions=(uri, *remedies)) as caught:
        Tracker("watch", "fcn")
    assert "CONVPIPE_HOME" not in str(caught.value)


def test_a_home_that_cannot_be_written_is_named_with_a_remedy(home, tmp_path, monkeypatch, refused):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setattr("convpipe.paths.HOME", tmp_path / "file" / "home")
    with refused(TrackingError, remedy="CONVPIPE_HOME", mentions=(tmp_path / "file" / "home",)):
        Tracker("watch", "fcn")


def test_a_file_that_is_not_a_store_is_refused_and_unchanged(home, tmp_path, monkeypatch, refused):
    (tmp_path / "mine.txt").write_text("my notes " * 200)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mine.txt")
    with refused(TrackingError, mentions=(tmp_path / "mine.txt",)):
        Tracker("watch", "fcn")
    assert (tmp_path / "mine.txt").read_text() == "my notes " * 200


def test_unreachable_server_is_refused(home, monkeypatch, refused):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with refused(TrackingError, value="http://127.0.0.1:1"):
        Tracker("watch", "fcn")


def test_folds_are_nested_runs(store):
    tracker = Tracker("watch", "fcn seed 0")
    for fold in ("fold_1", "fold_2"):
        tracker.epoch({"train/loss": 1.0}, 1, fold)
    tracker.metrics({"test_accuracy": 0.5})
    again = Tracker("watch", "fcn seed 0", run_id=tracker.run_id)  # as a run that was stopped and goes on
    again.epoch({"train/loss": 0.5}, 2, "fold_2")
    again.finish("FINISHED")
    found = again.client.search_runs([again.experiment_id], f"tags.`mlflow.parentRunId` = '{tracker.run_id}'")
    named = {run.info.run_name: (run.info.status, run.data.metrics) for run in found}
    assert named == {
        "fcn seed 0, fold 1": ("FINISHED", {"train/loss": 1.0}),
        "fcn seed 0, fold 2": ("FINISHED", {"train/loss": 0.5}),
    }
    assert again.client.get_run(tracker.run_id).data.metrics == {"test_accuracy": 0.5}


def test_parts_of_the_data_are_inputs_of_the_run(store):
    part = LoggedPart("training", "watch", "0123abcd", "a package", "ab" * 32, (-1, 6), {"num_samples": 7})
    tracker = Tracker("watch", "fcn")
    tracker.data([part, replace(part, context="testing", digest="89abcdef", shape=None)])
    first, second = tracker.client.get_run(tracker.run_id).inputs.dataset_inputs
    assert {tag.key: tag.value for tag in first.tags} == {"mlflow.data.context": "training", "sha256": "ab" * 32}
    assert (first.dataset.name, first.dataset.digest, second.dataset.digest) == ("watch", "0123abcd", "89abcdef")
    assert json.loads(first.dataset.profile) == {"num_samples": 7}
    assert "mlflow_tensorspec" in first.dataset.schema and "mlflow_colspec" in second.dataset.schema


@pytest.mark.slow
def test_a_run_whose_classifier_was_logged_has_not_finished_yet(store, tmp_path):
    """More folds may follow, and a run that is killed between them must not be marked as finished."""
    (tmp_path / "classifier.json").write_text('{"modality": "series"}')
    tracker = Tracker("watch", "fcn")
    tracker.classifier(tmp_path, "fold_1")
    assert tracker.model_uri("fold_1").startswith("models:/")
    assert tracker.client.get_run(tracker.run_id).info.status == "RUNNING"
    tracker.finish("KILLED")
    assert tracker.client.get_run(tracker.run_id).info.status == "KILLED"


def test_nothing_is_recorded_if_tracking_is_off(home):
    untracked = NullTracker()
    assert untracked.run_id is None and untracked.metrics({"loss": 1.0}, 1) is None
    assert untracked.classifier("folder", "name") is None
    assert list(home.iterdir()) == []


OPEN = """
from convpipe.experiment.tracking import Tracker
tracker = Tracker("watch", "at once")
tracker.metrics({"loss": 1.0}, 1)
tracker.finish("FINISHED")
"""


@pytest.mark.slow
def test_processes_that_open_a_new_store_at_once_all_record_their_runs(home):
    processes = [subprocess.Popen([sys.executable, "-c", OPEN], env=environment(home)) for _ in range(3)]
    assert [process.wait() for process in processes] == [0] * 3
    client, experiment = open_store("watch")
    runs = client.search_runs([experiment])
    assert [(run.info.status, run.data.metrics) for run in runs] == [("FINISHED", {"loss": 1.0})] * 3


def environment(home) -> dict:
    return {**os.environ, "CONVPIPE_HOME": str(home), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def test_a_store_whose_creation_failed_leaves_no_database(home, monkeypatch, refused):
    def full(mlflow, uri):
        (home / "mlflow.db").write_bytes(b"half of it")
        raise OSError("database or disk is full")

    monkeypatch.setattr("convpipe.experiment.tracking._client", full)
    with refused(TrackingError, mentions=("disk is full",)):
        open_store("some")
    assert not (home / "mlflow.db").exists()
