"""Accuracy by recording, and the recording column of predictions.csv, compared with values by hand."""

import csv

import numpy as np
import pytest

from convpipe.data.dataset import Subset
from convpipe.evaluation.recordings import measure_recordings
from convpipe.evaluation.run_files import write_predictions
from convpipe.inference.classifier import Predictions

#: Recording b has three windows, one correct; a has one, correct; c has two, one correct.
RECORDINGS = np.array(["b", "a", "b", "c", "b", "c"])
PROBABILITIES = np.array([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6], [0.9, 0.1], [0.4, 0.6], [0.3, 0.7]])


def test_recordings_have_equal_weight_and_are_predicted_by_mean_probability():
    measured = measure_recordings(np.array([0, 1, 0, 1, 0, 1]), PROBABILITIES, RECORDINGS)
    # b is predicted as 0 with 1.7 of 3, although two of its three windows are not; c as 0 with 1.2 of 2, wrongly.
    assert measured == {
        "recordings": 3,
        "accuracy_per_recording": pytest.approx((1 / 3 + 1 + 1 / 2) / 3),
        "recording_accuracy": pytest.approx(2 / 3),
    }


def test_recordings_with_several_labels_have_no_recording_accuracy():
    measured = measure_recordings(np.array([0, 1, 1, 1, 0, 1]), PROBABILITIES, RECORDINGS)
    assert measured == {"recordings": 3, "accuracy_per_recording": pytest.approx((2 / 3 + 1 + 1 / 2) / 3)}


def test_without_windows_there_are_no_recording_metrics():
    assert measure_recordings(np.array([0, 1]), np.eye(2), None) == {}


@pytest.mark.parametrize("recordings", [None, np.array(["walk", "run"])])
def test_predictions_have_a_recording_column_if_known(tmp_path, recordings):
    part = Subset([0, 1], np.array([0, 1]), ["first", "second"], recordings=recordings)
    predictions = Predictions(["a", "a"], np.array([[0.75, 0.25], [1.0, 0.0]], np.float32))
    write_predictions(tmp_path / "p.csv", part, predictions, ("a", "b"))
    with (tmp_path / "p.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row.pop("recording", None) for row in rows] == ([None] * 2 if recordings is None else ["walk", "run"])
    assert rows[1] == {"sample_id": "second", "label": "b", "predicted": "a", "p(a)": "1", "p(b)": "0"}
