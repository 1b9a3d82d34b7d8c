"""Metrics of a classifier on a part of the data, from its probabilities.

A metric is a registered function of labels (n,) int64 and probabilities (n, classes) float64 whose rows sum to one. The
setting `evaluation.metrics` selects the metrics to compute.
"""

import math
from collections.abc import Callable, Sequence
from functools import wraps

import numpy as np

from convpipe.errors import DataError
from convpipe.registry import METRICS, register_metric

BINS = 15
#: Samples times classes whose ranks a resample processes at once, so that they stay in the processor's cache.
RANKS_AT_ONCE = 2**17

#: Computes a metric of a resample from the count of each sample in it, (n,) int64.
OfCounts = Callable[[np.ndarray], float]


def measure(labels: np.ndarray, probabilities: np.ndarray, metrics: Sequence[str]) -> dict:
    """Compute the requested metrics, in their order, and the number of samples.

    Means over classes leave out classes without samples in the part.

    Args:
        labels: (n,) int, the true classes.
        probabilities: (n, classes) float, rows that sum to one.
        metrics: names of registered metrics.

    Returns:
        "n" and each metric, as Python numbers.

    Raises:
        ConfigError: a metric is unknown.
        DataError: there are no samples, shapes do not match, a label has no column, or a probability is not finite.

    >>> measure(np.array([0, 1]), np.array([[0.75, 0.25], [0.5, 0.5]]), ["accuracy"])
    {'n': 2, 'accuracy': 0.5}
    """
    labels, probabilities = checked(labels, probabilities)
    return {"n": len(labels)} | {name: float(METRICS[name].function(labels, probabilities)) for name in metrics}


def _metric(name: str, label: str | None = None, higher_is_better: bool = True) -> Callable:
    """Register the decorated function as a metric that a bootstrap can compute without copies of the samples.

    The decorated function takes labels and probabilities, does the work that all resamples share, and returns a
    function that computes the metric of a resample. Its name then refers to the metric of the samples themselves.
    """

    def decorate(counted: Callable[[np.ndarray, np.ndarray], OfCounts]) -> Callable[[np.ndarray, np.ndarray], float]:
        @wraps(counted)
        def metric(labels: np.ndarray, probabilities: np.ndarray) -> float:
            return counted(labels, probabilities)(np.ones(len(labels), np.int64))

        return register_metric(name, label, higher_is_better, counted)(metric)

    return decorate


@_metric("accuracy")
def accuracy(labels: np.ndarray, probabilities: np.ndarray) -> OfCounts:
    """The fraction of samples whose most probable class is the true one."""
    return _mean(probabilities.argmax(axis=1) == labels)


@_metric("balanced_accuracy")
def balanced_accuracy(labels: np.ndarray, probabilities: np.ndarray) -> OfCounts:
    """The mean recall of the classes in `labels` (as in scikit-learn)."""

    def of(right: np.ndarray, true: np.ndarray, predicted: np.ndarray) -> float:
        return float(np.mean(right[true > 0] / true[true > 0]))

    return _by_class(labels, probabilities, of)


@_metric("macro_f1", label="macro F1")
def macro_f1(labels: np.ndarray, probabilities: np.ndarray) -> OfCounts:
    """The mean F1 of the classes that are in `labels` or are predicted (as in scikit-learn)."""

    def of(right: np.ndarray, true: np.ndarray, predicted: np.ndarray) -> float:
        seen = true + predicted > 0
        return float(np.mean(2 * right[seen] / (true + predicted)[seen]))

    return _by_class(labels, probabilities, of)


@_metric("log_loss", higher_is_better=False)
def log_loss(labels: np.ndarray, probabilities: np.ndarray) -> OfCounts:
    """The mean of -ln p(label) in nats, with p clipped to [eps, 1 - eps]; eps is 2e-16, the epsilon of float64."""
    step = np.finfo(np.float64).eps
    return _mean(-np.log(np.clip(probabilities[np.arange(len(labels)), labels], step, 1 - step)))


@_metric("expected_calibration_error", label="calibration error", higher_is_better=False)
def expected_calibration_error(labels: np.ndarray, probabilities: np.ndarray) -> OfCounts:
    """The mean distance between confidence and accuracy, in [0, 1]; 0 is perfect calibration.

    The confidence of a sample is its largest probability. Samples are grouped by confidence into 15 bins of equal
    width. The error is the distance between the accuracy and the mean confidence of a bin, averaged over the samples.
    Reference: Guo, Pleiss, Sun and Weinberger (2017), "On calibration of modern neural networks", equation 5.

    >>> float(round(expected_calibration_error(np.array([0, 1]), np.array([[0.8, 0.2], [0.8, 0.2]])), 3))
    0.3
    """
    confidence = probabilities.max(axis=1)
    gaps = (probabilities.argmax(axis=1) == labels) - confidence
    bins = np.clip(np.ceil(confidence * BINS).astype(int) - 1, 0, BINS - 1)

    def of(counts: np.ndarray) -> float:
        # For each bin, the number of samples times the distance is the absolute sum of the differences.
        return float(np.abs(np.bincount(bins, counts * gaps, BINS)).sum() / counts.sum())

    return of


@_metric("matthews_corrcoef", label="Matthews correlation")
def matthews_corrcoef(labels: np.ndarray, probabilities: np.ndarray) -> OfCounts:
    """The correlation of true and predicted classes, in [-1, 1] (as in scikit-learn)."""

    def of(right: np.ndarray, true: np.ndarray, predicted: np.ndarray) -> float:
        count = int(true.sum())
        spread = float(count**2 - true @ true) * float(count**2 - predicted @ predicted)
        return float(right.sum() * count - true @ predicted) / math.sqrt(spread) if spread else 0.0

    return _by_class(labels, probabilities, of)


@_metric("brier_score", label="Brier score", higher_is_better=False)
def brier_score(labels: np.ndarray, probabilities: np.ndarray) -> OfCounts:
    """The mean squared distance of the probabilities from one for the true class and zero for the others, in [0, 2]."""
    return _mean(np.sum((probabilities - np.eye(probabilities.shape[1])[labels]) ** 2, axis=1))


@_metric("roc_auc", label="ROC AUC")
def roc_auc(labels: np.ndarray, probabilities: np.ndarray) -> OfCounts:
    """The mean area under the ROC curve of one class against the rest.

    Only classes with samples both inside and outside count; without any, the result is NaN. The area is the fraction
    of pairs in the right order (Mann and Whitney 1947).
    """
    classes = probabilities.shape[1]
    size = max(1, RANKS_AT_ONCE // len(labels))
    parts = np.split(np.arange(classes), range(size, classes, size))
    blocks = [_ordered_pairs(labels, probabilities, part) for part in parts]

    def of(counts: np.ndarray) -> float:
        own = np.bincount(labels, counts, classes)
        others = own.sum() - own
        both = (own > 0) & (others > 0)
        if not both.any():
            return float("nan")
        ordered = np.concatenate([block(counts, own) for block in blocks])
        return float(np.mean(ordered[both] / (own * others)[both]))

    return of


def _ordered_pairs(labels: np.ndarray, probabilities: np.ndarray, classes: np.ndarray) -> Callable:
    """Count, for some classes, the pairs of a sample of the class and another sample in the right order.

    A tie counts as half a pair.

    Returns:
        A function of the count of each sample, (n,) int64, and of each class, (all classes,) float64.
    """
    count = len(labels)
    order, parts = np.empty((len(classes), count), np.int64), []
    for place, each in enumerate(classes):
        order[place] = np.argsort(probabilities[:, each], kind="stable")
        ranked, rows = probabilities[order[place], each], np.flatnonzero(labels == each)
        scores, before = probabilities[rows, each], place * count
        ties = (np.searchsorted(ranked, scores, side) + before for side in ("left", "right"))
        parts.append((rows, *ties, np.full(len(rows), place)))
    ranks = order.ravel()
    rows, lower, upper, owners = map(np.concatenate, zip(*parts, strict=True))

    def of(counts: np.ndarray, by_class: np.ndarray) -> np.ndarray:
        below = np.concatenate([[0], np.cumsum(counts[ranks])])
        own, before = by_class[classes], np.arange(len(classes)) * by_class.sum()
        twice = np.bincount(owners, counts[rows] * (below[lower] + below[upper]), len(classes))
        return (twice - 2 * before * own - own**2) / 2  # subtract the preceding classes and pairs within the class

    return of


def _mean(values: np.ndarray) -> OfCounts:
    """The mean of `values` (n,) over the samples of a resample."""
    return lambda counts: float((counts * values).sum() / counts.sum())


def _by_class(labels: np.ndarray, probabilities: np.ndarray, measure: Callable[..., float]) -> OfCounts:
    """The metric that `measure` computes from three counts per class, each (classes,) int64: correct predictions,
    samples and predictions."""
    predicted, classes = probabilities.argmax(axis=1), probabilities.shape[1]
    right = np.flatnonzero(predicted == labels)

    def of(counts: np.ndarray) -> float:
        weighted = ((labels[right], counts[right]), (labels, counts), (predicted, counts))
        return measure(*(np.bincount(each, weights, classes).astype(np.int64) for each, weights in weighted))

    return of


def checked(labels, probabilities) -> tuple[np.ndarray, np.ndarray]:
    """Return both as arrays; the probabilities are float64, and their rows are scaled to sum to one exactly.

    Raises:
        DataError: as `measure` does.
    """
    labels, probabilities = np.asarray(labels), np.asarray(probabilities, dtype=np.float64)
    if len(labels) == 0:
        raise DataError("the part has no samples to evaluate", remedy="give it at least one")
    if probabilities.ndim != 2 or len(probabilities) != len(labels):
        message = f"{len(labels)} labels but probabilities of shape {probabilities.shape}"
        raise DataError(message, value=probabilities.shape, remedy="give one row for each label")
    if labels.min() < 0 or labels.max() >= probabilities.shape[1]:
        label = int(labels.min() if labels.min() < 0 else labels.max())
        raise DataError(f"label {label} has no column among {probabilities.shape[1]} classes", value=label)
    broken = np.flatnonzero(~np.isfinite(probabilities).all(axis=1))
    if broken.size:
        message = f"{broken.size} of {len(labels)} predictions are not finite, the first in row {broken[0]}"
        raise DataError(message, value=int(broken[0]), remedy="train again with a lower training.learning_rate")
    return labels, probabilities / probabilities.sum(axis=1, keepdims=True)
