"""Metrics per class, group and recording, compared with scikit-learn."""

import numpy as np
import pytest
import sklearn.metrics

from convpipe.evaluation.breakdown import per_class, per_group, per_recording

NAMES = ("a", "b", "c")


@pytest.mark.parametrize("seed", range(3))
def test_classes_have_the_metrics_of_scikit_learn(seed):
    random = np.random.default_rng(seed)
    labels, predicted = random.integers(0, 4, 12), random.integers(0, 5, 12)
    rows = per_class(labels, predicted, [f"class {i}" for i in range(6)])
    expected = sklearn.metrics.precision_recall_fscore_support(labels, predicted, labels=range(6), zero_division=np.nan)
    for key, values in zip(("precision", "recall", "f1", "support"), expected, strict=True):
        np.testing.assert_allclose([row[key] for row in rows], values)


def test_each_group_has_its_metrics():
    labels, groups = np.array([0, 1, 1, 0]), np.array(["q", "p", "q", "p"])
    probabilities = np.array([[0.8, 0.2], [0.5, 0.5], [0.6, 0.4], [0.9, 0.1]])
    first, second = per_group(groups, labels, probabilities)
    assert (first["group"], first["samples"], first["accuracy"]) == ("p", 2, 0.5)
    expected = sklearn.metrics.log_loss(labels[[1, 3]], probabilities[[1, 3]])
    assert first["log_loss"] == pytest.approx(expected) and second["accuracy"] == 0.5


def test_a_recording_has_the_class_of_its_mean_probability():
    recordings = np.array(["x", "x", "x", "y", "y"])
    labels = np.array([0, 0, 0, 1, 2])
    probabilities = np.array([[0.9, 0.1, 0], [0.4, 0.6, 0], [0.4, 0.6, 0], [0.2, 0.8, 0], [0.1, 0.0, 0.9]])
    first, second = per_recording(recordings, labels, probabilities, NAMES)
    assert (first["label"], first["predicted"], first["accuracy"]) == ("a", "a", pytest.approx(1 / 3))
    assert (second["label"], second["predicted"], second["accuracy"]) == ("", "c", 1.0)
