"""Batch-normalization statistics, computed over the training part instead of remembered from training.

The moving averages of batch normalization need some hundred steps to arrive; a small dataset trains for less, and
late weights move on under them. So before a network is used, its training part is passed through it once more and each
mean and variance is set to what was seen. Reference: Wu and Johnson 2021, "Rethinking 'Batch' in BatchNorm", section 3.
"""

from collections.abc import Iterable

import numpy as np
from keras import layers

from convpipe.inference.logits import traced


class Recalibration:
    """Sets every moving mean and variance of a network to its averages over a training part, as often as wanted.

    Args:
        network: a built Keras model; nothing but its moving statistics changes.
    """

    def __init__(self, network):
        self.network = network
        every = list(network._flatten_layers())
        self.norms = [layer for layer in every if isinstance(layer, layers.BatchNormalization)]
        self.noisy = [layer for layer in every if hasattr(layer, "rate")]
        self._run = traced(self._step, network, "momentum")

    def over(self, batches: Iterable[np.ndarray]) -> None:
        """Recalibrate, without dropout.

        With one batch the statistics are exact. With several, each layer sees the others' batch statistics below it
        and the variance between batch means is left out: small for large batches in which classes are mixed.

        Args:
            batches: inputs as in training, without augmentation; the more samples in each, the better.
        """
        kept = [(norm, "momentum", norm.momentum) for norm in self.norms]
        kept += [(layer, "rate", layer.rate) for layer in self.noisy]
        try:
            for layer in self.noisy:
                layer.rate = 0.0
            seen = 0
            for inputs in batches if self.norms else ():
                self._run(inputs, np.float32(seen / (seen + len(inputs))))
                seen += len(inputs)
        finally:
            for layer, name, value in kept:
                setattr(layer, name, value)

    def _step(self, inputs, momentum) -> None:
        for norm in self.norms:
            norm.momentum = momentum
        self.network(inputs, training=True)
