"""Progress lines of a training without a terminal, and in the log."""

import logging

import pytest

from convpipe.log_file import log_file
from convpipe.training import progress
from convpipe.training.progress import BarProgress, LineProgress


@pytest.fixture
def clock(monkeypatch):
    """A clock that the test sets: `clock[0] = 5.0`."""
    now = [0.0]
    monkeypatch.setattr(progress.time, "perf_counter", lambda: now[0])
    return now


def test_long_epochs_have_several_lines_and_short_ones_one(clock, caplog):
    caplog.set_level(logging.INFO, logger="convpipe")
    shown = LineProgress("fold 2", 2)
    shown.set_params({"steps": 4})
    shown.on_train_begin()
    for epoch, seconds in enumerate([30.0, 1.0]):
        shown.on_epoch_begin(epoch)
        for step in range(4):
            clock[0] += seconds
            shown.on_train_batch_end(step)
        shown.on_epoch_end(epoch, {"loss": 0.5})
    lines = [record.getMessage() for record in caplog.records]
    assert [line.startswith(f"fold 2: epoch {epoch}/2") for line, epoch in zip(lines, [1, 1, 1, 1, 1, 2], strict=True)]
    assert [line.partition(": epoch 1/2: ")[2] for line in lines[:2]] == [
        "25%  3 min 30 s left",
        "50%  3 min 0 s left",
    ]
    assert lines[-2].endswith("loss 0.5000  2 min 0 s left") and lines[-1].endswith("0 s left")


def test_a_bar_writes_every_epoch_to_the_log_of_the_run(tmp_path, capsys):
    shown = BarProgress("fold 2", 3)
    shown.set_params({"steps": 2})
    with log_file(tmp_path / "log.txt"):
        shown.on_train_begin()
        for epoch in range(3):
            shown.on_epoch_begin(epoch)
            shown.on_train_batch_end(0)
            shown.on_epoch_end(epoch, {"loss": 0.5, "val_accuracy": 0.25})
        shown.on_train_end()
    lines = (tmp_path / "log.txt").read_text().splitlines()
    assert ["fold 2: epoch" in line and "loss 0.5000  val_accuracy 0.250" in line for line in lines] == [True] * 3
