"""The forward pass of a network over prepared samples, without a gradient."""

import math
from collections.abc import Callable, Iterator
from functools import partial

import keras
import numpy as np
from keras import ops

from convpipe.data.ragged import Ragged
from convpipe.inference.fixed_features import fixed_kernels, fixed_logits

#: Positions (samples times steps, or times height and width) that pass through a network at once outside of training;
#: bounds the memory of wide layers.
PLAIN_BATCH = 2**17
#: Batches from which on compiling a pass through a network takes less time than it saves.
WORTH_COMPILING = 16


def predict_logits(network, inputs: np.ndarray | Ragged, repeated: bool = False) -> np.ndarray:
    """Logits (n, classes) float32 of prepared `inputs` (n, ...).

    Args:
        network: a built Keras model.
        inputs: prepared samples.
        repeated: whether it is asked for again and again; the pass is compiled then, as it is where there are many
            batches.
    """
    if kernels := fixed_kernels(network):
        return fixed_logits(network, kernels, inputs)
    many = repeated or batches_of(inputs, PLAIN_BATCH) >= WORTH_COMPILING
    run = forward(network) if many else partial(network, training=False)
    pieces = [(rows, ops.convert_to_numpy(run(batch))) for rows, batch in plain_batches(inputs, PLAIN_BATCH)]
    rows, logits = (np.concatenate(each) for each in zip(*pieces, strict=True))
    return logits[np.argsort(rows)]


def batches_of(inputs: np.ndarray | Ragged, values: int) -> int:
    """How many batches `plain_batches` makes of `inputs`."""
    sizes = inputs.shape[1:] if inputs.ndim == 2 else inputs.shape[1:-1]
    return -(-len(inputs) // max(1, values // max(1, math.prod(sizes))))


def plain_batches(
    inputs: np.ndarray | Ragged, values: int, order: np.ndarray | None = None
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Every sample once, in nearly equal batches that hold at most `values` positions each (one sample at least).

    Positions are those of the longest sample: steps, or height times width. Without an `order`, those of equal steps
    come together, so that short ones do not pay for long ones.

    Returns:
        Rows of `inputs` and their batch, one after the other.
    """
    batches = batches_of(inputs, values)
    if order is None:
        order = np.argsort(inputs.steps, kind="stable") if isinstance(inputs, Ragged) else np.arange(len(inputs))
    for rows in np.array_split(order, batches):
        yield rows, inputs[rows]


def traced(function: Callable, network, *scalars: str) -> Callable:
    """`function` of a batch that `network` takes and of numbers, compiled for batches of any size on TensorFlow, where
    many passes through small layers take two to four times as long one operation at a time; itself elsewhere.

    Args:
        function: runs `network`.
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
    """The logits of a batch, without training; compiled once a network, and kept with it."""
    if "forward" not in vars(network):
        # Past Keras, which would take it for a part of the network.
        object.__setattr__(network, "forward", traced(lambda batch: network(batch, training=False), network))
    return network.forward
