"""The command predict as a process."""

import csv
import io
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import keras
import numpy as np
import pytest

from convpipe import config, models
from convpipe.data.dataset import Subset
from convpipe.inference.classifier import Classifier
from convpipe.inference.training_shape import TrainingShape
from convpipe.models.conv1d.cnn1d import Cnn1dSettings
from convpipe.paths import PROJECT
from convpipe.preprocessing.series import SeriesPreprocessing

RECORDING = "y,x\n" + "".join(f"{step % 3},{step % 5}\n" for step in range(10))
SCRIPT = (sys.executable, str(PROJECT / "scripts" / "predict.py"))
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def classifier(tmp_path_factory) -> Path:
    """Folder of a classifier of series with two channels."""
    train = [np.random.default_rng(n).normal(size=(10, 2)).astype(np.float32) for n in range(6)]
    options = config.Settings(preprocessing=config.SeriesPreprocessingSettings())
    preprocessing = SeriesPreprocessing.fit(Subset(train, np.zeros(6), ["?"] * 6), options)
    keras.utils.set_random_seed(1)
    settings = Cnn1dSettings(filters=[4], kernel_sizes=[3], strides=[1], pooling=[1])
    network = models.build(settings, preprocessing.spec(2))
    folder = tmp_path_factory.mktemp("series") / "classifier"
    shape = TrainingShape.of(train, "series", ("x", "y"))
    Classifier(preprocessing, [network], ("rest", "walk"), training=shape).save(folder)
    return folder


def test_recording_on_standard_input(classifier, tmp_path):
    done = subprocess.run([*SCRIPT, classifier, "-"], input=RECORDING, capture_output=True, text=True, cwd=tmp_path)
    (row,) = csv.DictReader(io.StringIO(done.stdout))
    values = np.array([[step % 5, step % 3] for step in range(10)], np.float32)
    expected = Classifier.load(classifier).predict([values])
    assert (done.returncode, row["class"]) == (0, expected.names[0])
    assert float(row["probability"]) == pytest.approx(expected.probabilities.max(), rel=1e-6)


def test_bad_input_prints_one_line_and_writes_no_files(classifier, tmp_path):
    (tmp_path / "a.csv").write_text(RECORDING.replace("x", "z"))
    command = [*SCRIPT, classifier, "a.csv", "--output", "out.csv"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert "x" in done.stderr and os.listdir(tmp_path) == ["a.csv"]


def test_existing_file_is_kept_without_overwrite(classifier, tmp_path):
    (tmp_path / "a.csv").write_text(RECORDING)
    (tmp_path / "out.csv").write_text("mine")
    command = [*SCRIPT, classifier, "a.csv", "--output", "out.csv"]
    refused = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert (refused.returncode, (tmp_path / "out.csv").read_text()) == (2, "mine")
    assert "--overwrite" in refused.stderr and len(refused.stderr.splitlines()) == 1
    assert subprocess.run([*command, "--overwrite"], cwd=tmp_path).returncode == 0
    assert (tmp_path / "out.csv").read_text().startswith("sample_id,")


def test_ctrl_c_keeps_the_existing_file(classifier, tmp_path):
    (tmp_path / "out.csv").write_text("existing")
    os.mkfifo(tmp_path / "later.csv")  # a read waits for a writer
    (tmp_path / "a.csv").write_text(RECORDING)
    command = [*SCRIPT, classifier, "a.csv", "later.csv", "--output", "out.csv", "--overwrite"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, cwd=tmp_path)

    def read_if_it_ended():  # so that the test fails instead of waiting for a reader
        process.wait()
        os.close(os.open(tmp_path / "later.csv", os.O_RDONLY | os.O_NONBLOCK))

    threading.Thread(target=read_if_it_ended, daemon=True).start()
    try:
        with (tmp_path / "later.csv").open("w"):  # blocks until the command reads it
            process.send_signal(signal.SIGINT)
            assert process.wait(60) == 130
    finally:
        process.kill()
    assert (tmp_path / "out.csv").read_text() == "existing"
    assert sorted(os.listdir(tmp_path)) == ["a.csv", "later.csv", "out.csv"]
