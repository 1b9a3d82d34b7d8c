"""The temperature fitted on a validation part, and the errors without one."""

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


def overconfident(n=3000, classes=4, factor=3.0):
    """Return logits multiplied by `factor`, and labels drawn from the probabilities of the unmultiplied logits."""
    random = np.random.default_rng(0)
    logits = random.normal(0, 1.5, (n, classes))
    labels = (softmax(logits, axis=1).cumsum(axis=1) < random.random((n, 1))).sum(axis=1).clip(max=classes - 1)
    return factor * logits, labels


@pytest.mark.parametrize("factor", [0.5, 3.0])
def test_the_temperature_minimizes_the_log_loss(factor):
    logits, labels = overconfident(factor=factor)

    def loss(logarithm: float) -> float:
        return -log_softmax(logits / np.exp(logarithm), axis=1)[np.arange(len(labels)), labels].mean()

    best = np.exp(minimize_scalar(loss, bounds=(-3, 3), method="bounded").x)
    probabilities = softmax(logits, axis=1).astype(np.float32)
    result = calibrate(probabilities, labels)
    assert result["temperature"] == pytest.approx(best, rel=0.03) == pytest.approx(factor, rel=0.1)
    assert result["before"]["log_loss"] == pytest.approx(log_loss(labels, probabilities), rel=1e-5)
    after = softmax(logits / result["temperature"], axis=1)
    assert result["after"]["log_loss"] == pytest.approx(log_loss(labels, after), rel=1e-5)
    error = expected_calibration_error(labels, after)
    assert result["after"]["expected_calibration_error"] == pytest.approx(error, rel=1e-3)
    assert error < result["before"]["expected_calibration_error"] / 3


def test_a_few_correct_samples_do_not_make_the_classifier_certain():
    result = calibrate(np.array([[0.9, 0.1], [0.2, 0.8]] * 3, np.float32), np.array([0, 1] * 3))
    assert 0.5 < result["temperature"] < 2


def split(validation=NONE, **changes) -> Split:
    rows = np.arange(3)
    return Split(rows, validation, rows, **({"evaluated_on": "test", "rule": "cut"} | changes))


def settings(validation="auto", calibrate=True):
    training, split = config.Training(calibrate=calibrate), config.Split(validation=validation)
    return Settings(preprocessing=config.SeriesPreprocessingSettings(), training=training, split=split)


@pytest.mark.parametrize("validation", ["none", "cv"])
def test_settings_without_a_validation_part_are_refused(refused, validation):
    with refused(ConfigError, key="training.calibrate", value=True, remedy="split.validation=holdout"):
        check_validation(settings(validation))


@pytest.mark.parametrize(
    ("changes", "remedy"),
    [
        ({"cross_validate": True}, "set split.validation=holdout or training.calibrate=false"),
        ({"evaluated_on": "validation"}, "set split.folds=0 or training.calibrate=false"),
        ({}, "set training.calibrate=false"),
    ],
)
def test_a_split_without_a_validation_part_is_refused(refused, changes, remedy):
    with refused(ConfigError, key="training.calibrate", remedy=remedy, mentions=("cut",)):
        check_validation(settings(), [split(np.arange(2)), split(**changes)])


def test_a_validation_part_or_no_calibration_is_accepted():
    check_validation(settings(), [split(np.arange(2))])
    check_validation(settings("none", calibrate=False), [split()])
