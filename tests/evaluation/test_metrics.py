import math
import warnings

import numpy as np
import pytest

from convpipe.errors import DataError
from convpipe.evaluation.metrics import expected_calibration_error, measure, per_class

# Predicted 0, 0, 1, 1: right, right, wrong (it is 0), right.
LABELS = np.array([0, 0, 0, 1])
PROBABILITIES = np.array([[0.9, 0.1, 0.0], [0.6, 0.3, 0.1], [0.2, 0.7, 0.1], [0.1, 0.8, 0.1]], np.float32)


@pytest.fixture(autouse=True)
def no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def test_figures_by_hand_with_a_class_that_is_missing():
    result = measure(LABELS, PROBABILITIES)
    assert result["n"] == 4
    assert result["accuracy"] == 3 / 4
    assert result["balanced_accuracy"] == pytest.approx((2 / 3 + 1) / 2)
    # class 0: precision 1, recall 2/3, F1 4/5; class 1: precision 1/2, recall 1, F1 2/3; class 2 stands nowhere
    assert result["macro_f1"] == pytest.approx((4 / 5 + 2 / 3) / 2)
    assert result["log_loss"] == pytest.approx(-sum(map(math.log, (0.9, 0.6, 0.2, 0.8))) / 4, rel=1e-6)
    # confidences .9, .6, .7, .8 stand in four different bins: |1-.9|, |1-.6|, |0-.7|, |1-.8|
    assert result["expected_calibration_error"] == pytest.approx((0.1 + 0.4 + 0.7 + 0.2) / 4, rel=1e-6)


def test_keys_come_in_the_order_of_the_report_and_values_are_plain():
    result = measure(LABELS, PROBABILITIES)
    assert list(result) == [
        "n", "accuracy", "balanced_accuracy", "macro_f1", "log_loss", "expected_calibration_error",
    ]  # fmt: skip
    assert all(type(value) in (int, float) for value in result.values())


def test_a_class_predicted_but_absent_counts_in_macro_f1_only():
    result = measure(np.array([0, 0]), np.array([[1.0, 0.0], [0.0, 1.0]]))
    assert result["balanced_accuracy"] == 1 / 2
    assert result["macro_f1"] == pytest.approx((2 / 3 + 0) / 2)


def test_a_single_sample_that_is_surely_wrong_has_a_finite_log_loss():
    result = measure(np.array([1]), np.array([[1.0, 0.0]]))
    assert result["accuracy"] == 0
    assert 30 < result["log_loss"] < 40  # -ln of the float64 step
    assert result["expected_calibration_error"] == 1


def test_calibration_nets_out_within_a_bin_but_not_across_bins():
    same_bin = np.array([[0.75, 0.25]] * 4)
    assert expected_calibration_error(np.array([0, 0, 0, 1]), same_bin) == pytest.approx(0)  # 3 of 4 right at 0.75
    two_bins = np.array([[0.75, 0.25], [0.95, 0.05]])
    assert expected_calibration_error(np.array([0, 1]), two_bins) == pytest.approx((0.25 + 0.95) / 2)


def test_rows_for_each_class():
    rows = per_class(LABELS, PROBABILITIES, ("rest", "walk", "run"))
    assert [row["class"] for row in rows] == ["rest", "walk", "run"]
    assert rows[0] == {"class": "rest", "precision": 1.0, "recall": 2 / 3, "f1": pytest.approx(0.8), "support": 3}
    assert rows[1] == {"class": "walk", "precision": 0.5, "recall": 1.0, "f1": pytest.approx(2 / 3), "support": 1}
    assert rows[2] == {"class": "run", "precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 0}


@pytest.mark.parametrize(
    ("labels", "probabilities", "message"),
    [
        ([], np.zeros((0, 2)), "no samples"),
        ([0, 1], [[0.5, 0.5]], "2 labels but probabilities of shape"),
        ([0, 2], [[0.5, 0.5]] * 2, "no column among 2 classes"),
        ([0, 1], [[0.5, 0.5], [np.nan, 0.5]], "not a number in 1 of 2 predictions, first row 1"),
    ],
)
def test_what_cannot_be_measured_is_named(labels, probabilities, message):
    with pytest.raises(DataError, match=message):
        measure(labels, probabilities)
