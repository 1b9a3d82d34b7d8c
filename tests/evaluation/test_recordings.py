"""Accuracy by recording, and the recording of each window in predictions.csv, by hand."""

import csv

import numpy as np
import pytest

from convpipe.data.dataset import Subset
from convpipe.evaluation.recordings import measure_recordings
from convpipe.evaluation.run_files import write_predictions
from convpipe.inference.classifier import Predictions

#: Recording b has three windows, one right; a has one, right; c two, one right.
RECORDINGS = np.array(["b", "a", "b", "c", "b", "c"])
PROBABILITIES = np.array([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6], [0.9, 0.1], [0.4, 0.6], [0.3, 0.7]])


def test_every_recording_counts_once_and_answers_by_its_mean_probability():
    measured = measure_recordings(np.array([0, 1, 0, 1, 0, 1]), PROBABILITIES, RECORDINGS)
    # b says 0 by 1.7 of 3, against two of its three windows; c says 0 by 1.2 of 2, wrongly.
    assert measured == {
        "recordings": 3,
        "accuracy_per_recording": pytest.approx((1 / 3 + 1 + 1 / 2) / 3),
        "recording_accuracy": pytest.approx(2 / 3),
    }


def test_recordings_of_several_labels_have_no_answer_of_their_own():
    measured = measure_recordings(np.array([0, 1, 1, 1, 0, 1]), PROBABILITIES, RECORDINGS)
    assert measured == {"recordings": 3, "accuracy_per_recording": pytest.approx((2 / 3 + 1 + 1 / 2) / 3)}


def test_samples_that_are_recordings_have_no_such_figures():
    assert measure_recordings(np.array([0, 1]), np.eye(2), None) == {}


@pytest.mark.parametrize("recordings", [None, np.array(["walk", "run"])])
def test_predictions_name_the_recording_where_it_is_known(tmp_path, recordings):
    part = Subset([0, 1], np.array([0, 1]), ["first", "second"], recordings=recordings)
    predictions = Predictions(["a", "a"], np.array([[0.75, 0.25], [1.0, 0.0]], np.float32))
    write_predictions(tmp_path / "p.csv", part, predictions, ("a", "b"))
    with (tmp_path / "p.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row.pop("recording", None) for row in rows] == ([None] * 2 if recordings is None else ["walk", "run"])
    assert rows[1] == {"sample_id": "second", "label": "b", "predicted": "a", "p(a)": "1", "p(b)": "0"}
