"""What the predictions for windows say about the recordings that they were cut from."""

import numpy as np


def measure_recordings(labels: np.ndarray, probabilities: np.ndarray, recordings: np.ndarray | None) -> dict:
    """Accuracy by recording, where samples are windows.

    Args:
        labels: (n,) int64, the true classes of the windows.
        probabilities: (n, classes) float.
        recordings: (n,) str, the recording of each window; None where each sample is a recording.

    Returns:
        "recordings", their number; "accuracy_per_recording", the mean over recordings of the accuracy of their
        windows, so that long recordings count no more than short ones; where each recording has one label,
        "recording_accuracy", the fraction of recordings whose class of the highest mean probability is the true one.
        Nothing where each sample is a recording.

    >>> probabilities = np.array([[0.9, 0.1], [0.4, 0.6], [0.4, 0.6], [0.2, 0.8]])
    >>> measure_recordings(np.array([0, 0, 0, 1]), probabilities, np.array(["a", "a", "a", "b"]))
    {'recordings': 2, 'accuracy_per_recording': 0.6666666666666666, 'recording_accuracy': 1.0}
    """
    if recordings is None:
        return {}
    names, owner = np.unique(recordings, return_inverse=True)
    windows = np.bincount(owner)
    right = np.bincount(owner, weights=probabilities.argmax(axis=1) == labels)
    measured = {"recordings": len(names), "accuracy_per_recording": float(np.mean(right / windows))}
    first = labels[np.unique(owner, return_index=True)[1]]
    if (labels == first[owner]).all():
        total = np.zeros((len(names), probabilities.shape[1]))
        np.add.at(total, owner, probabilities)
        measured["recording_accuracy"] = float(np.mean(total.argmax(axis=1) == first))
    return measured
