"""The forward pass of one sample through a network, recorded by operation."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import layers, ops

from convpipe.cost.graph import run_through, tensors_in


@dataclass(frozen=True)
class Step:
    """One operation of a forward pass.

    Args:
        operation: of Keras.
        inputs: input tensors, including masks.
        output: the first output.
    """

    operation: Any
    inputs: list
    output: Any


@dataclass(frozen=True)
class Pass:
    """The operations from a batch to the logits.

    Args:
        steps: in the order of computation.
        logits: (batch, classes) tensor.
    """

    steps: list[Step]
    logits: Any

    def made(self, tensor) -> Step | None:
        """Return the operation that computed a tensor, or None for the input."""
        return next((step for step in self.steps if step.output is tensor), None)

    def first(self, *kinds: type) -> Step | None:
        """Return the first operation of one of the types, or None."""
        return next((step for step in self.steps if isinstance(step.operation, kinds)), None)


def forward_pass(network, batch, replaced: tuple | None = None) -> Pass:
    """Run a forward pass in inference mode.

    Args:
        network: a functional or sequential keras.Model with one input.
        batch: input of samples without padding.
        replaced: an operation and a tensor that replaces its output; if None, every output is computed.
    """
    steps: list[Step] = []

    def visit(operation, name: str, args, kwargs):
        output = replaced[1] if replaced and operation is replaced[0] else operation(*args, **kwargs)
        steps.append(Step(operation, tensors_in(args, kwargs), keras.tree.flatten(output)[0]))
        return output

    logits = run_through(network, [batch if ops.is_tensor(batch) else ops.convert_to_tensor(batch)], visit)
    return Pass(steps, keras.tree.flatten(logits)[0])


def is_inactive(operation) -> bool:
    """Whether an operation returns its input unchanged outside of training."""
    dropouts = (layers.Dropout, layers.SpatialDropout1D, layers.SpatialDropout2D, layers.SpatialDropout3D)
    return isinstance(operation, (*dropouts, layers.GaussianNoise, layers.GaussianDropout, layers.Identity))


def is_linear(operation) -> bool:
    """Whether an operation is a Dense layer without an activation."""
    return isinstance(operation, layers.Dense) and operation.activation is keras.activations.linear


def numbers(tensor) -> np.ndarray:
    """Convert a tensor or a weight to a float64 array."""
    return np.asarray(ops.convert_to_numpy(ops.cast(tensor, "float32")), np.float64)


def dense_weights(layer) -> tuple[np.ndarray, np.ndarray]:
    """Return kernel (features, classes) and bias (classes,) of a Dense layer, float64."""
    kernel = numbers(layer.kernel)
    return kernel, numbers(layer.bias) if layer.use_bias else np.zeros(kernel.shape[1])


def positions(shape: Sequence[int]) -> tuple[int, ...]:
    """Return the sizes of the axes between batch and channels."""
    return tuple(int(size) for size in shape[1:-1])
