"""Metrics of a classifier on a part of the data, from its probabilities.

A metric is a registered function of labels (n,) int64 and probabilities (n, classes) float64 whose rows sum to one. The
setting `evaluation.metrics` chooses which are computed.
"""

import math
from collections.abc import Callable, Sequence
from functools import wraps

import numpy as np

from convpipe.errors import DataError
from convpipe.registry import METRICS, register_metric

BINS = 15
#: Samples times classes whose ranks a resample passes through at once: they stay near the processor.
RANKS_AT_ONCE = 2**17

#: Gives a metric of a resample from how often it holds each sample, (n,) int64.
OfCounts = Callable[[np.ndarray], float]


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
    labels, probabilities = checked(labels, probabilities)
    return {"n": len(labels)} | {name: float(METRICS[name].function(labels, probabilities)) for name in metrics}


def _metric(name: str, label: str | None = None, higher_is_better: bool = True) -> Callable:
    """A decorator that registers a metric which a bootstrap can compute without copies of the samples.

    The decorated function takes labels and probabilities, does what all resamples share, and returns the metric of a
    resample. What is registered, and takes its name, is the metric of the samples themselves.
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
    """The mean of -ln p(label) in nats, with p kept above the smallest float64 step (2e-16)."""
    step = np.finfo(np.float64).eps
    return _mean(-np.log(np.clip(probabilities[np.arange(len(labels)), labels], step, 1 - step)))


@_metric("expected_calibration_error", label="calibration error", higher_is_better=False)
def expected_calibration_error(labels: np.ndarray, probabilities: np.ndarray) -> OfCounts:
    """The mean distance between confidence and accuracy, in [0, 1]; 0 is perfect calibration.

    The confidence of a sample is its largest probability. Samples are put into 15 bins of equal width by confidence.
    The error is the distance between the accuracy and the mean confidence of a bin, averaged over the samples.
    Reference: Guo, Pleiss, Sun and Weinberger (2017), "On calibration of modern neural networks", equation 5.

    >>> float(round(expected_calibration_error(np.array([0, 1]), np.array([[0.8, 0.2], [0.8, 0.2]])), 3))
    0.3
    """
    confidence = probabilities.max(axis=1)
    gaps = (probabilities.argmax(axis=1) == labels) - confidence
    bins = np.clip(np.ceil(confidence * BINS).astype(int) - 1, 0, BINS - 1)

    def of(counts: np.ndarray) -> float:
        # In a bin, samples times distance is the absolute sum of the differences.
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
    """The mean area under the curve of one class against the rest, over the classes that have both; NaN for none.

    The area is the share of pairs in order (Mann and Whitney 1947).
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
    """For some classes, the pairs of a sample of the class and another one that are in order; ties count half.

    Returns:
        A function of how often each sample counts, (n,) int64, and each class, (all classes,) float64.
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
        return (twice - 2 * before * own - own**2) / 2  # without the classes before, and pairs within the class

    return of


def _mean(values: np.ndarray) -> OfCounts:
    """The mean of `values` (n,) over the samples of a resample."""
    return lambda counts: float((counts * values).sum() / counts.sum())


def _by_class(labels: np.ndarray, probabilities: np.ndarray, measure: Callable[..., float]) -> OfCounts:
    """`measure` of three numbers for each class (classes,) int64: samples that are predicted right, samples of it,
    predictions of it."""
    predicted, classes = probabilities.argmax(axis=1), probabilities.shape[1]
    right = np.flatnonzero(predicted == labels)

    def of(counts: np.ndarray) -> float:
        chosen = ((labels[right], counts[right]), (labels, counts), (predicted, counts))
        return measure(*(np.bincount(rows, often, classes).astype(np.int64) for rows, often in chosen))

    return of


def checked(labels, probabilities) -> tuple[np.ndarray, np.ndarray]:
    """Both as arrays; the probabilities in float64 with rows that sum to one beyond the rounding of float32.

    Raises:
        DataError: as `measure` does.
    """
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
