"""Accuracy by recording, from the predictions for windows."""

import numpy as np


def measure_recordings(labels: np.ndarray, probabilities: np.ndarray, recordings: np.ndarray | None) -> dict:
    """Return the accuracy by recording if samples are windows.

    Args:
        labels: (n,) int64, the true classes of the windows.
        probabilities: (n, classes) float.
        recordings: (n,) str, the recording of each window; None if each sample is a recording.

    Returns:
        "recordings": the number of recordings. "accuracy_per_recording": the accuracy of the windows, averaged per
        recording, so that every recording has the same weight. "recording_accuracy", only if each recording has one
        label: the fraction of recordings whose class with the highest mean probability is correct. Empty if each
        sample is a recording.

    >>> probabilities = np.array([[0.9, 0.1], [0.4, 0.6], [0.4, 0.6], [0.2, 0.8]])
    >>> measure_recordings(np.array([0, 0, 0, 1]), probabilities, np.array(["a", "a", "a", "b"]))
    {'recordings': 2, 'accuracy_per_recording': 0.6666666666666666, 'recording_accuracy': 1.0}
    """
    if recordings is None:
        return {}
    names, owner = np.unique(recordings, return_inverse=True)
    windows = np.bincount(owner)
    correct = np.bincount(owner, weights=probabilities.argmax(axis=1) == labels)
    measured = {"recordings": len(names), "accuracy_per_recording": float(np.mean(correct / windows))}
    first = labels[np.unique(owner, return_index=True)[1]]
    if (labels == first[owner]).all():
        total = np.zeros((len(names), probabilities.shape[1]))
        np.add.at(total, owner, probabilities)
        measured["recording_accuracy"] = float(np.mean(total.argmax(axis=1) == first))
    return measured
