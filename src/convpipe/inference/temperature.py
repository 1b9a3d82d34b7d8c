"""Temperature scaling: one number that makes the probabilities of a classifier more or less confident.

Reference: Guo, Pleiss, Sun and Weinberger (2017), "On calibration of modern neural networks", section 4.2. Here the
logarithms of an ensemble's mean probabilities replace the logits of a single network.
"""

import numpy as np

#: Lower bound of probabilities, so that each has a finite logarithm.
LEAST = float(np.finfo(np.float32).tiny)


def scaled(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Scale probabilities by a temperature: p ** (1 / temperature), divided by their sum.

    The most probable class stays the same, even if rounding would make two classes equal.

    Args:
        probabilities: (n, classes) float32, rows that sum to one.
        temperature: positive. Above 1, probabilities become less confident; below 1, more confident; at 1 they are
            returned unchanged.

    Returns:
        (n, classes) float32.

    >>> [round(float(p), 3) for p in scaled(np.array([[0.8, 0.2]], np.float32), 2.0)[0]]
    [0.667, 0.333]
    """
    if temperature == 1:
        return probabilities
    logs = log_probabilities(probabilities) / temperature
    powers = np.exp(logs - logs.max(axis=1, keepdims=True))
    found = (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)
    first = probabilities.argmax(axis=1)
    tied = np.flatnonzero(found.argmax(axis=1) != first)
    found[tied, first[tied]] = np.nextafter(found[tied].max(axis=1), np.float32(2))
    return found


def log_probabilities(probabilities: np.ndarray) -> np.ndarray:
    """Return the logarithms of probabilities in float64, all of them finite."""
    return np.log(np.maximum(probabilities, LEAST, dtype=np.float64))
