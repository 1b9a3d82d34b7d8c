"""Measures by class, by group and by recording."""

from collections.abc import Sequence

import numpy as np

from convpipe.metrics import log_loss


def per_class(labels: np.ndarray, predicted: np.ndarray, class_names: Sequence[str]) -> list[dict]:
    """Precision, recall, F1 and number of samples of each class.

    Args:
        labels, predicted: (n,) int, true and predicted classes.
        class_names: all classes.

    Returns:
        A row a class, with NaN where a figure is not defined: precision of a class that is never predicted, recall of
        one without samples, F1 of one that has neither.
    """
    classes = len(class_names)
    right, support, called = (
        np.bincount(each, minlength=classes) for each in (labels[labels == predicted], labels, predicted)
    )
    with np.errstate(invalid="ignore"):
        figures = {"precision": right / called, "recall": right / support, "f1": 2 * right / (support + called)}
    rows = []
    for number, name in enumerate(class_names):
        measured = {key: float(values[number]) for key, values in figures.items()}
        rows.append({"class": name} | measured | {"support": int(support[number])})
    return rows


def per_group(groups: np.ndarray, labels: np.ndarray, probabilities: np.ndarray) -> list[dict]:
    """Number of samples, accuracy and log loss of each group, in the order of their names.

    Args:
        groups: (n,) str.
        labels: (n,) int.
        probabilities: (n, classes) float64.
    """
    return [{"group": name} | figures for name, figures in _each(groups, labels, probabilities)]


def per_recording(
    recordings: np.ndarray, labels: np.ndarray, probabilities: np.ndarray, class_names: Sequence[str]
) -> list[dict]:
    """As `per_group`, with the true class of each recording, "" where its samples have several, and the class of the
    highest mean probability."""
    rows = []
    for name, figures in _each(recordings, labels, probabilities):
        own = recordings == name
        classes, mean = np.unique(labels[own]), probabilities[own].mean(axis=0)
        label = class_names[classes[0]] if len(classes) == 1 else ""
        rows.append({"recording": name, "label": label, "predicted": class_names[int(mean.argmax())]} | figures)
    return rows


def _each(names: np.ndarray, labels: np.ndarray, probabilities: np.ndarray):
    found, owners = np.unique(names, return_inverse=True)
    order = np.argsort(owners, kind="stable")
    for name, rows in zip(found, np.split(order, np.cumsum(np.bincount(owners))[:-1]), strict=True):
        right = probabilities[rows].argmax(axis=1) == labels[rows]
        loss = log_loss(labels[rows], probabilities[rows])
        yield str(name), {"samples": len(rows), "accuracy": float(right.mean()), "log_loss": loss}
