"""The forward pass of a network over prepared samples, without a gradient."""

import math
from collections.abc import Callable, Iterator
from functools import partial

import keras
import numpy as np
from keras import ops

from convpipe.data.ragged import Ragged
from convpipe.inference.fixed_features import fixed_kernels, fixed_logits

#: Positions (samples times steps, or times height and width) per batch outside of training. This limits the memory of
#: wide layers.
PLAIN_BATCH = 2**17
#: Number of batches above which compiling the forward pass saves more time than it takes.
WORTH_COMPILING = 16


def predict_logits(network, inputs: np.ndarray | Ragged, repeated: bool = False) -> np.ndarray:
    """Return the logits (n, classes) float32 of prepared `inputs` (n, ...).

    Args:
        network: a built Keras model.
        inputs: prepared samples.
        repeated: whether there will be many calls. The forward pass is compiled then, as it is for many batches.
    """
    if kernels := fixed_kernels(network):
        return fixed_logits(network, kernels, inputs)
    many = repeated or batches_of(inputs, PLAIN_BATCH) >= WORTH_COMPILING
    run = forward(network) if many else partial(network, training=False)
    pieces = [(rows, ops.convert_to_numpy(run(batch))) for rows, batch in plain_batches(inputs, PLAIN_BATCH)]
    rows, logits = (np.concatenate(each) for each in zip(*pieces, strict=True))
    return logits[np.argsort(rows)]


def batches_of(inputs: np.ndarray | Ragged, values: int) -> int:
    """Return the number of batches that `plain_batches` makes of `inputs`."""
    sizes = inputs.shape[1:] if inputs.ndim == 2 else inputs.shape[1:-1]
    return -(-len(inputs) // max(1, values // max(1, math.prod(sizes))))


def plain_batches(
    inputs: np.ndarray | Ragged, values: int, order: np.ndarray | None = None
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield every sample once, in nearly equal batches of at most `values` positions each (and at least one sample).

    Positions are those of the longest sample: steps, or height times width. Without an `order`, samples are sorted by
    steps, so that short ones are padded little.

    Yields:
        Rows of `inputs`, and their batch.
    """
    batches = batches_of(inputs, values)
    if order is None:
        order = np.argsort(inputs.steps, kind="stable") if isinstance(inputs, Ragged) else np.arange(len(inputs))
    for rows in np.array_split(order, batches):
        yield rows, inputs[rows]


def traced(function: Callable, network, *scalars: str) -> Callable:
    """Compile a function of a batch and of numbers, for batches of any size, if the backend is TensorFlow.

    Eager execution of many passes through small layers takes two to four times as long. With other backends, return
    `function` itself.

    Args:
        function: calls `network`.
        network: an uncompiled model.
        scalars: names of further arguments, each a float32 tensor in a compiled function.
    """
    if keras.backend.backend() != "tensorflow":
        return function
    import tensorflow as tf

    (taken,) = network.inputs
    signature = [tf.TensorSpec(taken.shape, tf.as_dtype(taken.dtype))]
    signature += [tf.TensorSpec((), tf.float32, name) for name in scalars]
    return tf.function(function, input_signature=signature, autograph=False)


def forward(network) -> Callable:
    """Return the compiled forward pass of a network in inference mode. It is compiled once and kept on the network."""
    if "forward" not in vars(network):
        # Bypass Keras, which would track it as a part of the network.
        object.__setattr__(network, "forward", traced(lambda batch: network(batch, training=False), network))
    return network.forward
