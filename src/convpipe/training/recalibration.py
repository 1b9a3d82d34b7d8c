"""Batch normalization statistics, recomputed over the training part.

The moving averages of batch normalization need some hundred steps to converge. Small datasets train for fewer, and the
weights change until the last step. Therefore the training part passes through a network once more before it is used,
which sets each mean and variance. Reference: Wu and Johnson 2021, "Rethinking 'Batch' in BatchNorm", section 3.
"""

from collections.abc import Iterable

import numpy as np
from keras import layers

from convpipe.inference.logits import traced


class Recalibration:
    """Sets every moving mean and variance of a network to its average over a training part; can run repeatedly.

    Args:
        network: a built Keras model; only its moving statistics change.
    """

    def __init__(self, network):
        self.network = network
        all_layers = list(network._flatten_layers())
        self.norms = [layer for layer in all_layers if isinstance(layer, layers.BatchNormalization)]
        self.dropouts = [layer for layer in all_layers if hasattr(layer, "rate")]
        self._run = traced(self._step, network, "momentum")

    def over(self, batches: Iterable[np.ndarray]) -> None:
        """Recalibrate, without dropout.

        With one batch the statistics are exact. With several, the layers below normalize by the statistics of each
        batch, and the variance between batch means is ignored: a small error for large batches of mixed classes.

        Args:
            batches: inputs as in training, without augmentation; large batches are more accurate.
        """
        original = [(norm, "momentum", norm.momentum) for norm in self.norms]
        original += [(layer, "rate", layer.rate) for layer in self.dropouts]
        try:
            for layer in self.dropouts:
                layer.rate = 0.0
            seen = 0
            for inputs in batches if self.norms else ():
                self._run(inputs, np.float32(seen / (seen + len(inputs))))
                seen += len(inputs)
        finally:
            for layer, name, value in original:
                setattr(layer, name, value)

    def _step(self, inputs, momentum) -> None:
        for norm in self.norms:
            norm.momentum = momentum
        self.network(inputs, training=True)
