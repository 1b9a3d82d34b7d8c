"""Whole runs as processes: started from another folder, their files, their record in MLflow, Ctrl-C and resuming."""

import csv
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from convpipe.paths import PROJECT

TINY = (
    "data=series", "model=cnn1d", "model.filters=[4]", "model.kernel_sizes=[3]", "model.strides=[1]",
    "model.pooling=[1]", "training.batch_size=8",
)  # fmt: skip


def write_series(path: Path, n: int, seed: int) -> Path:
    """Write a .ts file of rising and falling lines with noise, two channels and unequal lengths."""
    random = np.random.default_rng(seed)
    lines = ["@problemName lines", "@timeStamps false", "@univariate false", "@dimensions 2", "@equalLength false",
             "@classLabel true down up", "@data"]  # fmt: skip
    for number in range(n):
        steps = 14 + number % 5
        values = np.linspace(-1, 1, steps) * (1 if number % 2 else -1) + random.normal(0, 0.2, (2, steps))
        channels = [",".join(f"{value:.4f}" for value in row) for row in values]
        lines.append(":".join([*channels, "up" if number % 2 else "down"]))
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def files(tmp_path) -> tuple:
    return (
        f"data.path={write_series(tmp_path / 'lines_TRAIN.ts', 24, 0)}",
        f"data.test={write_series(tmp_path / 'lines_TEST.ts', 10, 1)}",
    )


def the_run(home: Path) -> tuple[Path, dict]:
    (path,) = home.glob("runs/*/*/result.json")
    return path.parent, json.loads(path.read_text())


def series_of(path: Path) -> list[np.ndarray]:
    rows = path.read_text().split("@data\n")[1].split()
    return [np.array([channel.split(",") for channel in row.split(":")[:-1]], "float32").T for row in rows]


@pytest.mark.slow
def test_run_started_from_another_folder(run_script, home, tmp_path, files):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    done = run_script("train.py", *TINY, *files, "training.epochs=3", "seed=5", cwd=elsewhere)
    assert done.returncode == 0, done.stderr
    assert list(elsewhere.iterdir()) == [], "a run writes only under its home"
    folder, result = the_run(home)
    check_output(done)
    check_result(folder, result)
    check_log(folder)
    check_predictions(folder, result, tmp_path / "lines_TEST.ts")
    check_tracking(home, result, tmp_path / "lines_TEST.ts")


def check_output(done) -> None:
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert [line.split("  loss")[0] for line in lines if line.startswith("epoch")] == [
        "epoch 1/3", "epoch 2/3", "epoch 3/3",
    ]  # fmt: skip
    noise = ("TF-TRT", "oneDNN", "cuda", "WARNING", "INFO", "alembic", "UserWarning", "rebuild TensorFlow")
    assert not [line for line in lines if any(word in line for word in noise)]
    assert "\x1b" not in done.stdout, "no colors in a file"


def check_result(folder: Path, result: dict) -> None:
    files = {"config.yaml", "result.json", "data_notes.txt", "predictions.csv", "layers.csv", "log.txt", "report.html"}
    assert files | {"classifier", "figures"} == {path.name for path in folder.iterdir()}
    expected = {"data": "series", "model": "cnn1d", "seed": 5, "status": "finished"}
    assert expected.items() <= result.items()
    assert result["classifier"] == str(folder / "classifier")
    assert result["model_uri"].startswith("models:/") and result["run_id"]
    assert result["train"]["n"] + result["validation"]["n"] == 24 and result["train"]["epochs"] == 3
    assert result["train"]["seconds"] > 0
    for part in ("validation", "test"):
        for name in ("accuracy", "balanced_accuracy", "macro_f1", "expected_calibration_error"):
            assert 0 <= result[part][name] <= 1
        assert result[part]["log_loss"] > 0
    # 3 steps x 2 channels x 4 filters + 4, normalization 4 x 4, output 4 x 2 + 2.
    assert result["parameters"] == 28 + 16 + 10 and result["multiply_adds"] > 0
    assert all(len(result[f"{name}_sha256"]) == 64 for name in ("data", "split", "config"))
    assert all(path.stat().st_size > 1000 for path in (folder / "figures").glob("*.png"))


def check_log(folder: Path) -> None:
    """Check that the log has the command, a line per epoch and the table, as plain text."""
    log = (folder / "log.txt").read_text("utf-8")
    assert "\x1b" not in log and "\r" not in log
    lines = [line.split(" ", 2)[2] for line in log.splitlines()]
    assert "train.py data=series" in lines[0]
    assert len([line for line in lines if line.startswith("epoch ") and "val_loss" in line]) == 3
    assert any(line.split()[:1] == ["accuracy"] for line in lines) and any("parameters" in line for line in lines)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal needs pty")
def test_narrow_terminal_shows_a_bar_and_the_log_has_every_epoch(home, tmp_path, files):
    import fcntl
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 60, 0, 0))
    command = [sys.executable, str(PROJECT / "scripts/train.py"), *TINY, *files, "training.epochs=3", "seed=5"]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT / "src"), "TERM": "xterm"}
    for name in ("COLUMNS", "LINES", "NO_COLOR"):
        environment.pop(name, None)
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        while piece := _read(ours):
            shown += piece
    os.close(ours)
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode("utf-8"))
    assert process.returncode == 0, text
    lines = re.split(r"[\r\n]+", text)
    bars = [line for line in lines if "training " in line and "/3" in line]
    assert bars and min(len(re.findall("[━─]", line)) for line in bars) >= 10 and "3/3" in bars[-1]
    assert max(len(line) for line in lines if "results: " not in line and "/" not in line) <= 60
    assert any(line.startswith("drawing figures") for line in lines)
    check_log(the_run(home)[0])


def _read(terminal: int) -> bytes:
    """Return the next output of a terminal; empty at its end."""
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""


def check_predictions(folder: Path, result: dict, test_file: Path) -> None:
    from convpipe.inference.classifier import Classifier

    expected = Classifier.load(folder / "classifier").predict(series_of(test_file))
    with (folder / "predictions.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["predicted"] for row in rows] == expected.names
    probabilities = [[float(row["p(down)"]), float(row["p(up)"])] for row in rows]
    np.testing.assert_array_equal(np.array(probabilities, "float32"), expected.probabilities)
    assert np.mean([row["label"] == row["predicted"] for row in rows]) == result["test"]["accuracy"]


def check_tracking(home: Path, result: dict, test_file: Path) -> None:
    import mlflow

    from convpipe.experiment.tracking import open_store

    client, _ = open_store("series")
    tracked = client.get_run(result["run_id"])
    assert tracked.info.status == "FINISHED"
    assert tracked.data.params["model.filters"] == "[4]" and tracked.data.params["training.epochs"] == "3"
    assert tracked.data.metrics["test_accuracy"] == pytest.approx(result["test"]["accuracy"])
    curves = ("train/loss", "train/accuracy", "train/learning_rate", "validation/loss", "validation/accuracy")
    assert {name for name in tracked.data.metrics if "/" in name} == set(curves)
    for name in curves:
        assert [metric.step for metric in client.get_metric_history(result["run_id"], name)] == [1, 2, 3]
    tags = tracked.data.tags
    assert tags["sha256.data"] == result["data_sha256"]
    assert {"mlflow.source.git.commit", "mlflow.user", "git.dirty", "version.tensorflow", "command"} <= tags.keys()
    assert tags["command"] in tags["mlflow.note.content"]
    contexts = [tag.value for each in tracked.inputs.dataset_inputs for tag in each.tags if "context" in tag.key]
    assert sorted(contexts) == ["testing", "training", "validation"]
    files = {file.path for file in client.list_artifacts(result["run_id"])}
    assert {"config.yaml", "result.json", "predictions.csv", "figures"} <= files
    figures = {Path(file.path).name for file in client.list_artifacts(result["run_id"], "figures")}
    assert {"learning_curves.png", "confusion_matrix.png", "worst_mistakes.png", "first_kernels.png"} <= figures
    model = client.get_logged_model(result["model_uri"].removeprefix("models:/"))
    assert model.name == "series-cnn1d" and model.params["model.filters"] == "[4]"
    assert {each.key: each.value for each in model.metrics}["test_accuracy"] == result["test"]["accuracy"]
    served = mlflow.pyfunc.load_model(result["model_uri"])
    example = json.loads(
        (Path(mlflow.artifacts.download_artifacts(result["model_uri"])) / "input_example.json").read_text()
    )
    assert served.predict(example["inputs"])[0]["class"] and served.metadata.signature is not None
    samples = series_of(test_file)[:3]
    predictions = served.predict([each.tolist() for each in samples])
    rows = list(csv.DictReader((Path(result["classifier"]).parent / "predictions.csv").open(newline="")))
    assert [each["class"] for each in predictions] == [row["predicted"] for row in rows[:3]]


def interrupted(home: Path, tmp_path: Path, *arguments: str) -> subprocess.Popen:
    """Start a run as a process and send it Ctrl-C after the line of its first epoch."""
    paths = os.pathsep.join(filter(None, [str(PROJECT / "src"), os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, "PYTHONPATH": paths, "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, str(PROJECT / "scripts" / "train.py"), *arguments]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    process = subprocess.Popen(command, cwd=tmp_path, env=environment, **pipes)
    for line in process.stdout:
        if line.startswith("epoch"):
            process.send_signal(signal.SIGINT)
            break
    return process


@pytest.mark.slow
def test_resumed_run_has_the_weights_of_an_uninterrupted_one(run_script, train, store, home, tmp_path, files):
    from convpipe.experiment.tracking import open_store
    from convpipe.inference.classifier import Classifier

    # Long enough for the signal to arrive before the end on any machine.
    arguments = (*TINY, *files, "training.epochs=80", "training.max_steps=2", "model.dropout=0.3")
    arguments += ("augmentation=light",)
    process = interrupted(home, tmp_path, *arguments)
    _, errors = process.communicate()
    assert process.returncode == 130, errors
    assert errors.strip().splitlines()[-1:] == ["stopped by Ctrl-C"] and "Traceback" not in errors
    folder, result = the_run(home)
    client, _ = open_store("series")
    assert result["status"] == "stopped" and client.get_run(result["run_id"]).info.status == "KILLED"
    assert not (folder / "classifier").exists()

    resumed = run_script("train.py", f"training.resume={folder}")
    assert resumed.returncode == 0, resumed.stderr
    first = next(line for line in resumed.stdout.splitlines() if line.startswith("epoch"))
    assert int(first.split()[1].split("/")[0]) > 1, "the run continues and does not start again"
    _, after = the_run(home)
    assert after["status"] == "finished" and after["run_id"] == result["run_id"]
    assert client.get_run(result["run_id"]).info.status == "FINISHED"

    assert train(*arguments, "tracking.enabled=false", f"hydra.run.dir={tmp_path}/uninterrupted") == (0, [])
    folders = (folder / "classifier", tmp_path / "uninterrupted" / "classifier")
    ours, theirs = (Classifier.load(each).networks[0].get_weights() for each in folders)
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(one, other)
