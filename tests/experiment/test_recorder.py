"""A recorder in a separate process: its records in MLflow, its errors, and the end of a killed run."""

import os
import signal
import subprocess
import sys

import pytest

from convpipe.errors import TrackingError
from convpipe.experiment.recorder import Recorder
from convpipe.experiment.tracking import open_store

pytestmark = pytest.mark.slow


@pytest.fixture
def recorder(home, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
    made = Recorder()
    yield made
    made.close()


def test_everything_is_written_once_the_run_has_finished(store, recorder, tmp_path):
    (tmp_path / "classifier").mkdir()
    (tmp_path / "classifier" / "classifier.json").write_text('{"modality": "series"}')
    (tmp_path / "note.txt").write_text("seen")
    recorder.start("watch", "fcn seed 0")
    recorder.parameters({"seed": 0}, {"data_sha256": "ab"})
    for epoch in (1, 2):
        recorder.epoch({"loss": 1 / epoch}, epoch)
    recorder.file(tmp_path / "note.txt")
    recorder.classifier(tmp_path / "classifier", "classifier")
    assert recorder.model_uri("classifier").startswith("models:/")
    recorder.finish("FINISHED")
    client, _ = open_store("watch")
    run = client.get_run(recorder.run_id)
    assert run.info.status == "FINISHED" and run.info.run_name == "fcn seed 0"
    assert run.data.params["seed"] == "0" and run.data.tags["data_sha256"] == "ab"
    assert [each.value for each in client.get_metric_history(recorder.run_id, "loss")] == [1.0, 0.5]
    assert [file.path for file in client.list_artifacts(recorder.run_id)] == ["note.txt"]


def test_a_store_that_cannot_be_opened_is_refused_at_the_start(recorder, tmp_path, refused):
    (tmp_path / "file").write_text("not a folder")
    uri = f"sqlite:///{tmp_path}/file/mlflow.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", uri)
        with refused(TrackingError, value=uri, remedy="tracking.enabled=false"):
            Recorder().start("watch", "fcn")


def test_failing_metrics_give_a_warning_and_failing_files_an_error(store, recorder, tmp_path, refused, caplog):
    recorder.start("watch", "fcn")
    recorder.wait()
    store.write_bytes(b"no database any more")
    for epoch in (1, 2):
        recorder.epoch({"loss": 1.0}, epoch)
    recorder.wait()
    assert [record.getMessage().count("epoch 1") for record in caplog.records] == [1]
    recorder.metrics({"test/accuracy": 1.0})
    with refused(TrackingError, remedy="MLFLOW_TRACKING_URI"):
        recorder.wait()


def test_a_killed_recorder_is_reported(store, recorder, refused):
    recorder.start("watch", "fcn")
    recorder._process.kill()
    recorder.parameters({"seed": 0})
    with refused(TrackingError, mentions=("ended",)):
        recorder.finish("FINISHED")


KILLED = """
import os, signal
from convpipe.experiment.recorder import Recorder
recorder = Recorder()
recorder.start("watch", "fcn")
recorder.epoch({"loss": 1.0}, 1)
recorder.wait()
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_run_is_failed_in_mlflow_and_leaves_no_process(store, home):
    paths = os.pathsep.join(filter(None, sys.path))
    environment = {**os.environ, "PYTHONPATH": paths}
    # The pipe of standard error is read to its end, which comes when the recorder, which shares it, has ended too.
    killed = subprocess.run([sys.executable, "-c", KILLED], env=environment, stderr=subprocess.PIPE, timeout=300)
    assert (killed.returncode, killed.stderr) == (-signal.SIGKILL, b"")
    client, experiment = open_store("watch")
    (run,) = client.search_runs([experiment])
    assert run.info.status == "FAILED" and run.data.metrics == {"loss": 1.0}
