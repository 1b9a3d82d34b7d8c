"""From raw scores to logits: how sure a classifier may be, learned from samples that it did not see."""

from collections.abc import Sequence

import numpy as np

from convpipe.config import Settings
from convpipe.data.splits import Split
from convpipe.errors import ConfigError
from convpipe.inference.temperature import log_probabilities, scaled
from convpipe.metrics import measure

#: What is reported before and after.
MEASURED = ("log_loss", "expected_calibration_error")


def check_validation(settings: Settings, splits: Sequence[Split] = ()) -> None:
    """Refuse to calibrate without a validation part.

    Args:
        settings: of the run; they may say that there will be none.
        splits: that were made, if they were.

    Raises:
        ConfigError: there is none.
    """
    way, instead, reasons = settings.split.validation, "use split.validation=holdout or ", []
    if way in ("none", "cv"):
        reasons = [f"split.validation={way} leaves none"]
    for split in splits:
        if not len(split.validation):
            reasons.append(split.rule)
            if not split.cross_validate:
                instead = "use split.folds=0 or " if split.evaluated_on == "validation" else "use "
    if settings.training.calibrate and reasons:
        message, remedy = f"a temperature needs a validation part ({reasons[0]})", f"{instead}training.calibrate=false"
        raise ConfigError(message, key="training.calibrate", value=True, remedy=remedy)


def calibrate(probabilities: np.ndarray, labels: np.ndarray) -> dict:
    """The temperature that suits the probabilities of samples that were not trained on.

    Args:
        probabilities: (n, classes) at temperature 1, which may be the mean over several networks.
        labels: (n,) int, the true classes.

    Returns:
        "temperature"; "before" and "after", each with the log loss and the expected calibration error.
    """
    ones = np.ones(len(labels))
    temperature = 1 / logit_factor(log_probabilities(probabilities), labels, ones)
    before = measure(labels, probabilities, MEASURED)
    after = measure(labels, scaled(probabilities, temperature), MEASURED)
    return {"temperature": temperature, "before": before, "after": after}


def cross_entropy(logits: np.ndarray, labels: np.ndarray, weights=None, smoothing: float = 0.0) -> float:
    """Mean cross-entropy in nats of `logits` (n, classes); `smoothing` is spread evenly over all classes."""
    logits = logits - logits.max(axis=1, keepdims=True)
    logs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    own = logs[np.arange(len(labels)), labels]
    return float(-np.average((1 - smoothing) * own + smoothing * logs.mean(axis=1), weights=weights))


def logit_factor(raw: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> float:
    """What to multiply `raw` scores (n, classes) of unseen samples by, for the least cross-entropy (one temperature).

    Where few samples are all right the best factor would be infinite; targets are therefore smoothed by one sample in
    n + 2, after Platt 1999, "Probabilistic outputs for support vector machines", section 2.2.
    """
    candidates = np.geomspace(1e-2, 1e3, 461)  # 2.5 % apart
    smoothing = 1 / (len(labels) + 2)
    return float(min(candidates, key=lambda factor: cross_entropy(factor * raw, labels, weights, smoothing)))
