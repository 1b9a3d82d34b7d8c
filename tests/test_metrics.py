"""Metrics compared with values by hand and with NumPy oracles; invalid inputs are refused."""

import math
import warnings

import numpy as np
import pytest
import sklearn.metrics

from convpipe.config import Evaluation
from convpipe.errors import ConfigError, DataError
from convpipe.metrics import brier_score, expected_calibration_error, matthews_corrcoef, measure, roc_auc
from convpipe.registry import METRICS

REPORTED = Evaluation().metrics

# Predicted 0, 0, 1, 1: right, right, wrong (it is 0), right.
LABELS = np.array([0, 0, 0, 1])
PROBABILITIES = np.array([[0.9, 0.1, 0.0], [0.6, 0.3, 0.1], [0.2, 0.7, 0.1], [0.1, 0.8, 0.1]], np.float32)


@pytest.fixture(autouse=True)
def no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def test_values_by_hand_with_a_missing_class():
    result = measure(LABELS, PROBABILITIES, REPORTED)
    assert result["n"] == 4
    assert result["accuracy"] == 3 / 4
    assert result["balanced_accuracy"] == pytest.approx((2 / 3 + 1) / 2)
    # class 0: precision 1, recall 2/3, F1 4/5; class 1: precision 1/2, recall 1, F1 2/3; class 2 is absent
    assert result["macro_f1"] == pytest.approx((4 / 5 + 2 / 3) / 2)
    assert result["log_loss"] == pytest.approx(-sum(map(math.log, (0.9, 0.6, 0.2, 0.8))) / 4, rel=1e-6)
    # confidences .9, .6, .7, .8 are in four different bins: |1-.9|, |1-.6|, |0-.7|, |1-.8|
    assert result["expected_calibration_error"] == pytest.approx((0.1 + 0.4 + 0.7 + 0.2) / 4, rel=1e-6)


def test_keys_have_the_requested_order_and_values_are_python_numbers():
    result = measure(LABELS, PROBABILITIES, [*reversed(REPORTED), "brier_score"])
    assert list(result) == ["n", *reversed(REPORTED), "brier_score"]
    assert all(type(value) in (int, float) for value in result.values())


def test_an_unknown_metric_is_refused_with_the_nearest(refused):
    with refused(ConfigError, value="macro_f2", remedy="macro_f1"):
        measure(LABELS, PROBABILITIES, ["accuracy", "macro_f2"])


def test_a_class_predicted_but_absent_counts_in_macro_f1_only():
    result = measure(np.array([0, 0]), np.array([[1.0, 0.0], [0.0, 1.0]]), REPORTED)
    assert result["balanced_accuracy"] == 1 / 2
    assert result["macro_f1"] == pytest.approx((2 / 3 + 0) / 2)


def test_a_wrong_sample_of_probability_one_has_a_finite_log_loss():
    result = measure(np.array([1]), np.array([[1.0, 0.0]]), REPORTED)
    assert result["accuracy"] == 0
    assert 30 < result["log_loss"] < 40  # -ln of the float64 epsilon
    assert result["expected_calibration_error"] == 1


def test_calibration_errors_cancel_within_a_bin_but_not_across_bins():
    same_bin = np.array([[0.75, 0.25]] * 4)
    assert expected_calibration_error(np.array([0, 0, 0, 1]), same_bin) == pytest.approx(0)  # 3 of 4 right at 0.75
    two_bins = np.array([[0.75, 0.25], [0.95, 0.05]])
    assert expected_calibration_error(np.array([0, 1]), two_bins) == pytest.approx((0.25 + 0.95) / 2)


def some(classes: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Labels and probabilities with ties; the true class is likely."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, classes, 60)
    counts = random.integers(0, 4, (60, classes)) + 2 * (np.arange(classes) == labels[:, None]) + 1.0
    return labels, counts / counts.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("classes", [2, 3, 5, 20])
@pytest.mark.parametrize("seed", range(3))
def test_values_equal_those_of_scikit_learn(classes, seed):
    labels, probabilities = some(classes, seed)
    predicted, every = probabilities.argmax(axis=1), np.arange(classes)
    found = measure(labels, probabilities, REPORTED)
    assert found["balanced_accuracy"] == sklearn.metrics.recall_score(
        labels, predicted, labels=np.unique(labels), average="macro", zero_division=0
    )
    assert found["macro_f1"] == sklearn.metrics.f1_score(labels, predicted, average="macro", zero_division=0)
    assert found["log_loss"] == pytest.approx(sklearn.metrics.log_loss(labels, probabilities, labels=every), rel=1e-15)


@pytest.mark.parametrize("classes", [2, 3, 5])
@pytest.mark.parametrize("seed", range(3))
def test_matthews_correlation_is_the_correlation_of_the_indicators(classes, seed):
    """Gorodkin 2004: the covariance of the indicator matrices of true and predicted classes, over the root of both
    variances."""
    labels, probabilities = some(classes, seed)
    true, predicted = np.eye(classes)[labels], np.eye(classes)[probabilities.argmax(axis=1)]

    def covariance(x, y):
        return ((x - x.mean(axis=0)) * (y - y.mean(axis=0))).sum()

    expected = covariance(true, predicted) / math.sqrt(covariance(true, true) * covariance(predicted, predicted))
    assert matthews_corrcoef(labels, probabilities) == pytest.approx(expected, rel=1e-12)
    assert 0 < expected < 1


def test_matthews_correlation_at_its_bounds():
    right = np.array([[0.9, 0.1], [0.1, 0.9]])
    assert matthews_corrcoef(np.array([0, 1]), right) == 1
    assert matthews_corrcoef(np.array([1, 0]), right) == -1
    assert matthews_corrcoef(np.array([0, 1]), right[[0, 0]]) == 0, "one class is predicted for all"


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_the_brier_score_is_the_mean_squared_distance(classes):
    labels, probabilities = some(classes, 0)
    total = 0.0
    for label, row in zip(labels, probabilities, strict=True):
        total += sum((p - (column == label)) ** 2 for column, p in enumerate(row))
    assert brier_score(labels, probabilities) == pytest.approx(total / len(labels), rel=1e-12)
    assert brier_score(np.array([0, 1]), np.eye(2)) == 0
    assert brier_score(np.array([1, 0]), np.eye(2)) == 2


def area(positive: np.ndarray, scores: np.ndarray) -> float:
    """The fraction of pairs in which the positive sample scores higher; ties count half (Mann and Whitney 1947)."""
    above = scores[positive][:, None] - scores[~positive][None, :]
    return float(np.mean((above > 0) + 0.5 * (above == 0)))


@pytest.mark.parametrize("classes", [2, 3, 5])
@pytest.mark.parametrize("seed", range(3))
def test_roc_auc_is_the_fraction_of_pairs_in_order(classes, seed):
    labels, probabilities = some(classes, seed)
    expected = np.mean([area(labels == each, probabilities[:, each]) for each in range(classes)])
    assert roc_auc(labels, probabilities) == pytest.approx(expected, rel=1e-12)
    assert 0.5 < expected < 1


def test_roc_auc_leaves_out_classes_that_are_missing_or_alone():
    probabilities = np.array([[0.6, 0.3, 0.1], [0.5, 0.4, 0.1], [0.7, 0.2, 0.1]])
    labels = np.array([0, 1, 0])
    assert roc_auc(labels, probabilities) == 1
    assert math.isnan(roc_auc(np.zeros(3, int), probabilities))


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_accepts_a_part_without_some_classes(metric):
    assert math.isfinite(measure(LABELS, PROBABILITIES, [metric])[metric])


@pytest.mark.parametrize(
    ("labels", "probabilities", "facts"),
    [
        ([], np.zeros((0, 2)), {}),
        ([0, 1], [[0.5, 0.5]], {"value": (1, 2), "mentions": ("2 labels",)}),
        ([0, 1], [0.5, 0.5], {"value": (2,)}),
        ([0, 2], [[0.5, 0.5]] * 2, {"value": 2, "mentions": ("2 classes",)}),
        ([-1, 1], [[0.5, 0.5]] * 2, {"value": -1}),
        (
            [0, 1],
            [[0.5, 0.5], [np.nan, 0.5]],
            {"value": 1, "remedy": "training.learning_rate", "mentions": ("1 of 2",)},
        ),
    ],
    ids=["none", "fewer rows", "one axis", "no such class", "negative", "not a number"],
)
def test_invalid_inputs_are_refused(refused, labels, probabilities, facts):
    with refused(DataError, **facts):
        measure(labels, probabilities, ["accuracy"])
