"""The temperature that a validation part asks for, and what is refused where there is none."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

from convpipe import config
from convpipe.config import Settings
from convpipe.data.splits import NONE, Split
from convpipe.errors import ConfigError
from convpipe.metrics import expected_calibration_error, log_loss
from convpipe.training.calibration import calibrate, check_validation


def too_sure(n=3000, classes=4, factor=3.0):
    """Labels drawn from the probabilities of some logits, and what a network says that multiplies these by `factor`."""
    random = np.random.default_rng(0)
    logits = random.normal(0, 1.5, (n, classes))
    labels = (softmax(logits, axis=1).cumsum(axis=1) < random.random((n, 1))).sum(axis=1).clip(max=classes - 1)
    return factor * logits, labels


@pytest.mark.parametrize("factor", [0.5, 3.0])
def test_it_is_the_one_of_the_least_log_loss(factor):
    logits, labels = too_sure(factor=factor)

    def loss(logarithm: float) -> float:
        return -log_softmax(logits / np.exp(logarithm), axis=1)[np.arange(len(labels)), labels].mean()

    best = np.exp(minimize_scalar(loss, bounds=(-3, 3), method="bounded").x)
    probabilities = softmax(logits, axis=1).astype(np.float32)
    found = calibrate(probabilities, labels)
    assert found["temperature"] == pytest.approx(best, rel=0.03) == pytest.approx(factor, rel=0.1)
    assert found["before"]["log_loss"] == pytest.approx(log_loss(labels, probabilities), rel=1e-5)
    after = softmax(logits / found["temperature"], axis=1)
    assert found["after"]["log_loss"] == pytest.approx(log_loss(labels, after), rel=1e-5)
    error = expected_calibration_error(labels, after)
    assert found["after"]["expected_calibration_error"] == pytest.approx(error, rel=1e-3)
    assert error < found["before"]["expected_calibration_error"] / 3


def test_few_samples_that_are_all_right_do_not_make_it_certain():
    found = calibrate(np.array([[0.9, 0.1], [0.2, 0.8]] * 3, np.float32), np.array([0, 1] * 3))
    assert 0.5 < found["temperature"] < 2


def split(validation=NONE, **changes) -> Split:
    rows = np.arange(3)
    return Split(rows, validation, rows, **({"evaluated_on": "test", "rule": "cut"} | changes))


def settings(way="auto", calibrate=True):
    prepare = config.SeriesPreprocessingSettings()
    training, asked = config.Training(calibrate=calibrate), config.Split(validation=way)
    return Settings(preprocessing=prepare, training=training, split=asked)


@pytest.mark.parametrize("way", ["none", "cv"])
def test_settings_that_leave_no_validation_part_are_refused(refused, way):
    with refused(ConfigError, key="training.calibrate", value=True, remedy="split.validation=holdout"):
        check_validation(settings(way))


@pytest.mark.parametrize(
    ("changes", "remedy"),
    [
        ({"cross_validate": True}, "use split.validation=holdout or training.calibrate=false"),
        ({"evaluated_on": "validation"}, "use split.folds=0 or training.calibrate=false"),
        ({}, "use training.calibrate=false"),
    ],
)
def test_a_split_without_a_validation_part_is_refused(refused, changes, remedy):
    with refused(ConfigError, key="training.calibrate", remedy=remedy, mentions=("cut",)):
        check_validation(settings(), [split(np.arange(2)), split(**changes)])


def test_with_a_validation_part_or_without_calibration_all_is_well():
    check_validation(settings(), [split(np.arange(2))])
    check_validation(settings("none", calibrate=False), [split()])
