"""Batch-normalisation statistics, computed over the training part instead of remembered from training.

The moving averages of batch normalisation need some hundred steps to arrive; a small data set trains for less, and
late weights move on under them. So before a network is used, its training part is passed through it once more and each
mean and variance is set to what was seen. Reference: Wu and Johnson 2021, "Rethinking 'Batch' in BatchNorm", section 3.
"""

from collections.abc import Iterable
from contextlib import contextmanager

import numpy as np
from keras import layers


def recalibrate(network, batches: Iterable[np.ndarray]) -> None:
    """Set every moving mean and variance of `network` to the averages over `batches`.

    With one batch the statistics are exact. With several, each layer sees the others' batch statistics below it and the
    variance between batch means is left out: small for large batches in which classes are mixed.

    Args:
        network: a built Keras model; nothing but its moving statistics changes.
        batches: inputs as in training, without augmentation; the more samples in each, the better.
    """
    with _as_average(network) as norms:
        seen = 0
        for inputs in batches if norms else ():
            for norm in norms:
                norm.momentum = seen / (seen + len(inputs))
            network(inputs, training=True)
            seen += len(inputs)


@contextmanager
def _as_average(network):
    """The normalisation layers; dropout is off, and their momentum is given back afterwards."""
    every = list(network._flatten_layers())
    norms = [layer for layer in every if isinstance(layer, layers.BatchNormalization)]
    noisy = [layer for layer in every if hasattr(layer, "rate")]
    kept = [(norm, "momentum", norm.momentum) for norm in norms] + [(layer, "rate", layer.rate) for layer in noisy]
    for layer in noisy:
        layer.rate = 0.0
    try:
        yield norms
    finally:
        for layer, name, value in kept:
            setattr(layer, name, value)
