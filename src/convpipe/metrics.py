"""Metrics of a classifier on a part of the data, from its probabilities.

A metric is a registered function of labels (n,) int64 and probabilities (n, classes) float64 whose rows sum to one. The
setting `evaluation.metrics` chooses which are computed.
"""

import math
from collections.abc import Sequence

import numpy as np

from convpipe.errors import DataError
from convpipe.registry import METRICS, register_metric

BINS = 15


def measure(labels: np.ndarray, probabilities: np.ndarray, metrics: Sequence[str]) -> dict:
    """The number of samples and the given metrics, in their order.

    Classes that the part lacks are left out of means over classes.

    Args:
        labels: (n,) int, the true classes.
        probabilities: (n, classes) float, rows that sum to one.
        metrics: names of registered metrics.

    Returns:
        "n" and each metric: plain Python numbers.

    Raises:
        ConfigError: an unknown metric.
        DataError: no samples, shapes that do not fit, labels beyond the columns, or probabilities that are not finite.

    >>> measure(np.array([0, 1]), np.array([[0.75, 0.25], [0.5, 0.5]]), ["accuracy"])
    {'n': 2, 'accuracy': 0.5}
    """
    labels, probabilities = _checked(labels, probabilities)
    return {"n": len(labels)} | {name: float(METRICS[name].function(labels, probabilities)) for name in metrics}


@register_metric("accuracy")
def accuracy(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """The fraction of samples whose most probable class is the true one."""
    return float(np.mean(probabilities.argmax(axis=1) == labels))


@register_metric("balanced_accuracy")
def balanced_accuracy(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """The mean recall of the classes in `labels` (as in scikit-learn)."""
    right, true, _ = _counts(labels, probabilities)
    return float(np.mean(right[true > 0] / true[true > 0]))


@register_metric("macro_f1", label="macro F1")
def macro_f1(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """The mean F1 of the classes that are in `labels` or are predicted (as in scikit-learn)."""
    right, true, predicted = _counts(labels, probabilities)
    seen = true + predicted > 0
    return float(np.mean(2 * right[seen] / (true + predicted)[seen]))


@register_metric("log_loss", higher_is_better=False)
def log_loss(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """The mean of -ln p(label) in nats, with p kept above the smallest float64 step (2e-16)."""
    step = np.finfo(np.float64).eps
    given = np.clip(probabilities[np.arange(len(labels)), labels], step, 1 - step)
    return float(np.mean(-np.log(given)))


@register_metric("expected_calibration_error", label="calibration error", higher_is_better=False)
def expected_calibration_error(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """The mean distance between confidence and accuracy, in [0, 1]; 0 is perfect calibration.

    The confidence of a sample is its largest probability. Samples are put into 15 bins of equal width by confidence.
    The error is the distance between the accuracy and the mean confidence of a bin, averaged over the samples.
    Reference: Guo, Pleiss, Sun and Weinberger (2017), "On calibration of modern neural networks", equation 5.

    >>> float(round(expected_calibration_error(np.array([0, 1]), np.array([[0.8, 0.2], [0.8, 0.2]])), 3))
    0.3
    """
    confidence = probabilities.max(axis=1)
    correct = probabilities.argmax(axis=1) == labels
    bins = np.clip(np.ceil(confidence * BINS).astype(int) - 1, 0, BINS - 1)
    # In a bin, samples times distance is the absolute sum of the differences.
    return float(np.abs(np.bincount(bins, weights=correct - confidence, minlength=BINS)).sum() / len(labels))


@register_metric("matthews_corrcoef", label="Matthews correlation")
def matthews_corrcoef(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """The correlation of true and predicted classes, in [-1, 1] (as in scikit-learn)."""
    right, true, predicted = _counts(labels, probabilities)
    count = len(labels)
    spread = float(count**2 - true @ true) * float(count**2 - predicted @ predicted)
    return float(right.sum() * count - true @ predicted) / math.sqrt(spread) if spread else 0.0


@register_metric("brier_score", label="Brier score", higher_is_better=False)
def brier_score(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """The mean squared distance of the probabilities from one for the true class and zero for the others, in [0, 2]."""
    return float(np.mean(np.sum((probabilities - np.eye(probabilities.shape[1])[labels]) ** 2, axis=1)))


@register_metric("roc_auc", label="ROC AUC")
def roc_auc(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """The mean area under the curve of one class against the rest, over the classes that have both; NaN for none."""
    from scipy.stats import rankdata

    of_class = np.bincount(labels, minlength=probabilities.shape[1])
    others = len(labels) - of_class
    both = np.flatnonzero((of_class > 0) & (others > 0))
    if not len(both):
        return float("nan")
    # The share of pairs in order, from the ranks (Mann and Whitney 1947): the area, quick enough for a bootstrap.
    ranks = np.where(labels[:, None] == both, rankdata(probabilities[:, both], axis=0), 0).sum(axis=0)
    pairs = of_class[both] * others[both]
    return float(np.mean((ranks - of_class[both] * (of_class[both] + 1) / 2) / pairs))


def _counts(labels: np.ndarray, probabilities: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each class (classes,) int: samples that are predicted right, samples of it, predictions of it."""
    predicted, classes = probabilities.argmax(axis=1), probabilities.shape[1]
    chosen = (labels[predicted == labels], labels, predicted)
    right, true, called = (np.bincount(each, minlength=classes) for each in chosen)
    return right, true, called


def _checked(labels, probabilities) -> tuple[np.ndarray, np.ndarray]:
    """Both as arrays; the probabilities in float64 with rows that sum to one beyond the rounding of float32."""
    labels, probabilities = np.asarray(labels), np.asarray(probabilities, dtype=np.float64)
    if len(labels) == 0:
        raise DataError("no samples to measure on", remedy="give the part at least one")
    if probabilities.ndim != 2 or len(probabilities) != len(labels):
        found = f"{len(labels)} labels but probabilities of shape {probabilities.shape}"
        raise DataError(found, value=probabilities.shape, remedy="give one row for each label")
    if labels.min() < 0 or labels.max() >= probabilities.shape[1]:
        label = int(labels.min() if labels.min() < 0 else labels.max())
        raise DataError(f"label {label} has no column among {probabilities.shape[1]} classes", value=label)
    broken = np.flatnonzero(~np.isfinite(probabilities).all(axis=1))
    if broken.size:
        found = f"not a number in {broken.size} of {len(labels)} predictions, first row {broken[0]}"
        raise DataError(found, value=int(broken[0]), remedy="train again with a lower training.learning_rate")
    return labels, probabilities / probabilities.sum(axis=1, keepdims=True)
