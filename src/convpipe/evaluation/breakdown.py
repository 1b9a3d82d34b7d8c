"""Metrics per class, per group and per recording."""

from collections.abc import Sequence

import numpy as np

from convpipe.metrics import log_loss


def per_class(labels: np.ndarray, predicted: np.ndarray, class_names: Sequence[str]) -> list[dict]:
    """Return precision, recall, F1 and number of samples of each class.

    Args:
        labels, predicted: (n,) int, true and predicted classes.
        class_names: all classes.

    Returns:
        One row per class. Undefined values are NaN: the precision of a class that is never predicted, the recall of a
        class without samples, the F1 of a class with neither.
    """
    classes = len(class_names)
    correct, support, predictions = (
        np.bincount(each, minlength=classes) for each in (labels[labels == predicted], labels, predicted)
    )
    with np.errstate(invalid="ignore"):
        values = {
            "precision": correct / predictions,
            "recall": correct / support,
            "f1": 2 * correct / (support + predictions),
        }
    rows = []
    for number, name in enumerate(class_names):
        own = {key: float(each[number]) for key, each in values.items()}
        rows.append({"class": name} | own | {"support": int(support[number])})
    return rows


def per_group(groups: np.ndarray, labels: np.ndarray, probabilities: np.ndarray) -> list[dict]:
    """Return number of samples, accuracy and log loss of each group, sorted by name.

    Args:
        groups: (n,) str.
        labels: (n,) int.
        probabilities: (n, classes) float64.
    """
    return [{"group": name} | values for name, values in _each(groups, labels, probabilities)]


def per_recording(
    recordings: np.ndarray, labels: np.ndarray, probabilities: np.ndarray, class_names: Sequence[str]
) -> list[dict]:
    """Return the rows of `per_group` for recordings, with two more columns.

    "label" is the true class of a recording, or "" if its samples have several. "predicted" is the class with the
    highest mean probability.
    """
    rows = []
    for name, values in _each(recordings, labels, probabilities):
        own = recordings == name
        classes, mean = np.unique(labels[own]), probabilities[own].mean(axis=0)
        label = class_names[classes[0]] if len(classes) == 1 else ""
        rows.append({"recording": name, "label": label, "predicted": class_names[int(mean.argmax())]} | values)
    return rows


def _each(names: np.ndarray, labels: np.ndarray, probabilities: np.ndarray):
    distinct, owners = np.unique(names, return_inverse=True)
    order = np.argsort(owners, kind="stable")
    for name, rows in zip(distinct, np.split(order, np.cumsum(np.bincount(owners))[:-1]), strict=True):
        correct = probabilities[rows].argmax(axis=1) == labels[rows]
        loss = log_loss(labels[rows], probabilities[rows])
        yield str(name), {"samples": len(rows), "accuracy": float(correct.mean()), "log_loss": loss}
