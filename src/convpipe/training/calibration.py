"""From raw scores to logits: how sure a classifier may be, learnt from samples that it did not see."""

import numpy as np


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
