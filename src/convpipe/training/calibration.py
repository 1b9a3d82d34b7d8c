"""Calibration: one temperature or factor for the scores of a classifier, fitted on held-out samples."""

from collections.abc import Sequence

import numpy as np

from convpipe.config import Settings
from convpipe.data.splits import Split
from convpipe.errors import ConfigError
from convpipe.inference.temperature import log_probabilities, scaled
from convpipe.metrics import measure

#: Metrics that are reported before and after calibration.
METRICS = ("log_loss", "expected_calibration_error")


def check_validation(settings: Settings, splits: Sequence[Split] = ()) -> None:
    """Refuse to calibrate without a validation part.

    Args:
        settings: settings of the run, which may already exclude a validation part.
        splits: the splits, if they have been made.

    Raises:
        ConfigError: calibration is on, but there is no validation part.
    """
    validation, alternative, reasons = settings.split.validation, "set split.validation=holdout or ", []
    if validation in ("none", "cv"):
        reasons = [f"there is none with split.validation={validation}"]
    for split in splits:
        if not len(split.validation):
            reasons.append(split.rule)
            if not split.cross_validate:
                alternative = "set split.folds=0 or " if split.evaluated_on == "validation" else "set "
    if settings.training.calibrate and reasons:
        message = f"training.calibrate=true needs a validation part ({reasons[0]})"
        remedy = f"{alternative}training.calibrate=false"
        raise ConfigError(message, key="training.calibrate", value=True, remedy=remedy)


def calibrate(probabilities: np.ndarray, labels: np.ndarray) -> dict:
    """Fit the temperature to the predictions for held-out samples.

    Args:
        probabilities: (n, classes) at temperature 1; of an ensemble, the mean over its networks.
        labels: (n,) int, the true classes.

    Returns:
        "temperature"; "before" and "after", each with the log loss and the expected calibration error.
    """
    ones = np.ones(len(labels))
    temperature = 1 / logit_factor(log_probabilities(probabilities), labels, ones)
    before = measure(labels, probabilities, METRICS)
    after = measure(labels, scaled(probabilities, temperature), METRICS)
    return {"temperature": temperature, "before": before, "after": after}


def cross_entropy(logits: np.ndarray, labels: np.ndarray, weights=None, smoothing: float = 0.0) -> float:
    """Return the mean cross-entropy in nats of `logits` (n, classes), with label smoothing."""
    logits = logits - logits.max(axis=1, keepdims=True)
    logs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    of_label = logs[np.arange(len(labels)), labels]
    return float(-np.average((1 - smoothing) * of_label + smoothing * logs.mean(axis=1), weights=weights))


def logit_factor(raw: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> float:
    """Return the factor for `raw` scores (n, classes) of held-out samples that gives the lowest cross-entropy.

    The factor is the inverse of a temperature. If all samples are classified correctly, the best factor would be
    infinite. The targets are therefore smoothed by one sample in n + 2, after Platt 1999, "Probabilistic outputs for
    support vector machines", section 2.2.
    """
    candidates = np.geomspace(1e-2, 1e3, 461)  # 2.5 % apart
    smoothing = 1 / (len(labels) + 2)
    return float(min(candidates, key=lambda factor: cross_entropy(factor * raw, labels, weights, smoothing)))
