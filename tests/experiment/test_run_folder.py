"""One run per folder, continued runs, and stores that were moved."""

import json
import subprocess
import sys

import pytest

from convpipe.errors import ConfigError, DataError, TrackingError
from convpipe.experiment.run_folder import check_resumed, exclusive
from convpipe.experiment.tracking import Tracker, open_store


def test_a_second_run_in_a_folder_is_refused_and_changes_nothing(tmp_path, refused):
    (tmp_path / "result.json").write_text('{"status": "finished"}')
    with refused(ConfigError, file=str(tmp_path), key="hydra.run.dir"), exclusive(tmp_path, resumes=False):
        pytest.fail("the block must not be entered")
    assert [path.name for path in tmp_path.iterdir()] == ["result.json"]
    (tmp_path / "result.json").write_text('{"status": "stopped"}')
    with refused(ConfigError, remedy=f"training.resume={tmp_path}"), exclusive(tmp_path, resumes=False):
        pytest.fail("the block must not be entered")


HOLD = """
import sys
from pathlib import Path
from convpipe.experiment.run_folder import exclusive
with exclusive(Path(sys.argv[1]), resumes=True):
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.mark.parametrize("resumes", [True, False])
def test_a_folder_is_refused_while_another_process_writes_into_it(tmp_path, refused, resumes):
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout.readline() == b"held\n"
        with refused(ConfigError, file=str(tmp_path), mentions=("another run",)), exclusive(tmp_path, resumes):
            pytest.fail("the block must not be entered")
        other.kill()
    with exclusive(tmp_path, resumes):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("changed", ["data_sha256", "split_sha256"])
def test_a_run_is_not_continued_with_other_data(tmp_path, refused, changed):
    hashes = {"data_sha256": "a", "split_sha256": "b"}
    (tmp_path / "result.json").write_text(json.dumps(hashes | {"cores": 2}))
    (tmp_path / "state" / "network_0").mkdir(parents=True)
    (tmp_path / "state" / "network_0" / "state.npz").write_bytes(b"")
    assert list(check_resumed(tmp_path, hashes, 2)) == []
    (line,) = check_resumed(tmp_path, hashes, 1)
    assert "2 cores" in line and "on 1" in line
    with refused(DataError, file=str(tmp_path), key=changed, value="c", remedy="start a new run"):
        list(check_resumed(tmp_path, hashes | {changed: "c"}, 2))
    (tmp_path / "state" / "network_0" / "state.npz").unlink()
    (line,) = check_resumed(tmp_path, hashes, 2)
    assert "epoch 1" in line


def test_artifacts_follow_a_store_whose_folder_was_renamed(store, home, monkeypatch):
    tracker = Tracker("watch", "first")
    (home / "figure.txt").write_text("seen")
    tracker.file(home / "figure.txt")
    moved = home.with_name("moved 100_")
    home.rename(moved)
    monkeypatch.setattr("convpipe.paths.HOME", moved)
    monkeypatch.delenv("MLFLOW_TRACKING_URI")  # MLflow set it when it opened the store
    client, experiment = open_store("watch")
    assert [file.path for file in client.list_artifacts(tracker.run_id)] == ["figure.txt"]
    run = client.create_run(experiment)
    client.log_artifact(run.info.run_id, str(moved / "figure.txt"))
    assert run.info.artifact_uri.startswith(str(moved / "mlartifacts"))
    assert len(list(moved.glob("mlartifacts/watch/*/artifacts/figure.txt"))) == 2 and not home.exists()


def test_store_that_was_not_moved_keeps_its_addresses(store, home):
    client, experiment = open_store("watch")
    before = client.get_experiment(experiment).artifact_location
    open_store("watch")
    assert client.get_experiment(experiment).artifact_location == before == str(home / "mlartifacts" / "watch")


def test_a_deleted_experiment_is_refused_with_the_command_to_restore_it(store, home, refused):
    client, experiment = open_store("watch")
    client.delete_experiment(experiment)
    with refused(TrackingError, key="tracking.experiment", remedy=f"restore -x {experiment}"):
        open_store("watch")


def test_a_run_continued_in_another_store_gets_a_new_run_there(store, home):
    tracker = Tracker("watch", "goes on", run_id="0" * 32)
    assert tracker.run_id != "0" * 32 and tracker.client.get_run(tracker.run_id).info.status == "RUNNING"
