"""What a classifier is worth on a part of the data, from its probabilities."""

import numpy as np

from convpipe.errors import DataError

BINS = 15


def measure(labels: np.ndarray, probabilities: np.ndarray) -> dict:
    """The figures that every run reports, in the order in which it reports them.

    Classes that the part lacks are left out of the means: balanced accuracy is the mean recall of the classes that
    stand in `labels`, macro F1 the mean over the classes that stand in `labels` or are predicted (as in scikit-learn).
    Log loss is the mean of -ln p(label) in nats, with p kept above the smallest float64 step (2e-16).

    Args:
        labels: (n,) int, the true classes.
        probabilities: (n, classes) float, rows that sum to one.

    Returns:
        n, accuracy, balanced_accuracy, macro_f1, log_loss and expected_calibration_error: plain Python numbers.

    Raises:
        DataError: no samples, shapes that do not fit, labels beyond the columns, or probabilities that are not finite.

    >>> measure(np.array([0, 1]), np.array([[0.75, 0.25], [0.5, 0.5]]))["accuracy"]
    0.5
    """
    from sklearn.metrics import f1_score, log_loss, recall_score

    labels, probabilities = _checked(labels, probabilities)
    predicted = probabilities.argmax(axis=1)
    present = np.unique(labels)
    return {
        "n": len(labels),
        "accuracy": float(np.mean(predicted == labels)),
        "balanced_accuracy": float(recall_score(labels, predicted, labels=present, average="macro", zero_division=0)),
        "macro_f1": float(f1_score(labels, predicted, average="macro", zero_division=0)),
        "log_loss": float(log_loss(labels, probabilities, labels=np.arange(probabilities.shape[1]))),
        "expected_calibration_error": expected_calibration_error(labels, probabilities),
    }


def expected_calibration_error(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """How far confidence is from accuracy, on average.

    The confidence of a sample is its largest probability. With B_m the samples whose confidence lies in
    ((m - 1) / 15, m / 15], the error is the sum over the 15 bins of |B_m| / n * |accuracy(B_m) - confidence(B_m)|.
    Reference: Guo, Pleiss, Sun and Weinberger (2017), "On calibration of modern neural networks", equation 5.

    Args:
        labels: (n,) int, the true classes.
        probabilities: (n, classes) float, rows that sum to one.

    Returns:
        A number from 0 (as right as it is sure) to 1.

    >>> float(round(expected_calibration_error(np.array([0, 1]), np.array([[0.8, 0.2], [0.8, 0.2]])), 3))
    0.3
    """
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    bins = np.clip(np.ceil(confidence * BINS).astype(int) - 1, 0, BINS - 1)
    # |B_m| * |accuracy - confidence| is the absolute sum of the differences within the bin.
    return float(np.abs(np.bincount(bins, weights=right - confidence, minlength=BINS)).sum() / len(labels))


def per_class(labels: np.ndarray, probabilities: np.ndarray, class_names) -> list[dict]:
    """One row a class: class, precision, recall, f1 and support (samples of that class in `labels`).

    Args:
        labels: (n,) int, the true classes.
        probabilities: (n, classes) float.
        class_names: one a column of `probabilities`.

    Returns:
        The rows in the order of `class_names`; a ratio without a single sample to judge it by is 0.

    Raises:
        DataError: as for `measure`.
    """
    from sklearn.metrics import precision_recall_fscore_support

    labels, probabilities = _checked(labels, probabilities)
    columns = precision_recall_fscore_support(
        labels, probabilities.argmax(axis=1), labels=np.arange(len(class_names)), zero_division=0
    )
    return [
        {"class": name, "precision": float(p), "recall": float(r), "f1": float(f), "support": int(n)}
        for name, p, r, f, n in zip(class_names, *columns, strict=True)
    ]


def _checked(labels, probabilities) -> tuple[np.ndarray, np.ndarray]:
    """Both as arrays; the probabilities in float64 with rows that sum to one beyond the rounding of float32."""
    labels, probabilities = np.asarray(labels), np.asarray(probabilities, dtype=np.float64)
    if len(labels) == 0:
        raise DataError("no samples to measure on; give the part at least one")
    if probabilities.ndim != 2 or len(probabilities) != len(labels):
        raise DataError(f"{len(labels)} labels but probabilities of shape {probabilities.shape}; give one row a label")
    if labels.min() < 0 or labels.max() >= probabilities.shape[1]:
        raise DataError(f"label {labels.max()} or {labels.min()} has no column among {probabilities.shape[1]} classes")
    broken = np.flatnonzero(~np.isfinite(probabilities).all(axis=1))
    if broken.size:
        where = f"{broken.size} of {len(labels)} predictions, first row {broken[0]}"
        raise DataError(f"not a number in {where}; train again with a lower training.learning_rate")
    return labels, probabilities / probabilities.sum(axis=1, keepdims=True)
