"""The first convolutions of a trained network: weights, geometry and responses."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from convpipe.cost.layer import Layer
from convpipe.errors import ConfigError


@dataclass(frozen=True)
class Kernels:
    """A convolution whose output at place p is the sum over taps k and channels c of
    input[p * strides - before + k * dilation, first + c] * weights[filter, k, c], plus the bias of the filter.

    Args:
        name: name of the layer.
        kind: kind of the layer, for display.
        size: positions of the input along each axis.
        places: positions of the output along each axis.
        kernel_size, strides, dilation, before: one number per axis; `before` counts zeros before the input.
        weights: (filters, *kernel_size, channels of a kernel) float32.
        bias: (filters,) float32.
        first: (filters,) the first input channel that each filter reads.
    """

    name: str
    kind: str
    size: tuple[int, ...]
    places: tuple[int, ...]
    kernel_size: tuple[int, ...]
    strides: tuple[int, ...]
    dilation: tuple[int, ...]
    before: tuple[int, ...]
    weights: np.ndarray
    bias: np.ndarray
    first: np.ndarray

    def responses(self, inputs: np.ndarray) -> np.ndarray:
        """Compute the responses in double precision: (*size, channels) to (*places, filters)."""
        axes = len(self.size)
        spans = [(k - 1) * d + 1 for k, d in zip(self.kernel_size, self.dilation, strict=True)]
        reach = [(p - 1) * s + span for p, s, span in zip(self.places, self.strides, spans, strict=True)]
        pads = [(b, max(r - b - n, 0)) for b, r, n in zip(self.before, reach, self.size, strict=True)]
        padded = np.pad(np.asarray(inputs, np.float64), [*pads, (0, 0)])
        total = np.zeros((*self.places, len(self.weights))) + self.bias
        read = self.first[:, None] + np.arange(self.weights.shape[-1])
        for tap in np.ndindex(*self.kernel_size):
            starts = [k * d for k, d in zip(tap, self.dilation, strict=True)]
            window = tuple(
                slice(a, a + (p - 1) * s + 1, s) for a, p, s in zip(starts, self.places, self.strides, strict=True)
            )
            values, weights = padded[window], self.weights[(slice(None), *tap)]
            if (self.first == self.first[0]).all():
                total += values[..., read[0]] @ weights.T
            else:
                total += (values[..., read] * weights).sum(axis=axes + 1)
        return total

    def only(self, filters: np.ndarray) -> "Kernels":
        """Return the kernels of the given filters."""
        return replace(self, weights=self.weights[filters], bias=self.bias[filters], first=self.first[filters])


def operations(network) -> list:
    """Return the operations of a network in an order in which they can be computed."""
    graph = getattr(network, "_functional", None) or network  # Keras has no public access to a Sequential's graph
    return list(graph.operations)


def is_convolution(operation) -> bool:
    """Return whether an operation moves a kernel that the page can show."""
    from keras import layers

    kinds = tuple(getattr(layers, f"{kind}{axes}D") for kind in ("Conv", "DepthwiseConv") for axes in (1, 2))
    separable = layers.SeparableConv1D, layers.SeparableConv2D
    return isinstance(operation, (*kinds, layers.Conv3D, *separable)) or _fixed(operation) is not None


def _fixed(operation) -> np.ndarray | None:
    """The kernels (size, 1, filters) of a layer with fixed kernels that reads the sum of its channels, else None."""
    kernels = getattr(operation, "kernels", None)
    return kernels if isinstance(kernels, np.ndarray) and kernels.ndim == 3 and kernels.shape[1] == 1 else None


def read_by(operation) -> list:
    """Return the tensors that an operation reads, without the masks that Keras passes along."""
    import keras

    return [tensor for tensor in keras.tree.flatten(operation.input) if tensor.dtype != "bool"]


def first_convolutions(network) -> list:
    """Return the convolutions that come after no other convolution: one, or several in parallel.

    Raises:
        ConfigError: the page can show none; the error names the layer in its place.
    """
    import keras

    behind: set[int] = set()
    found = []
    for operation in operations(network):
        try:
            inputs, outputs = read_by(operation), keras.tree.flatten(operation.output)
        except (AttributeError, ValueError):
            raise refusal(operation, "is used several times in the network") from None
        later = any(id(tensor) in behind for tensor in inputs)
        if is_convolution(operation) and not later:
            found.append(operation)
        if is_convolution(operation) or later:
            behind.update(map(id, outputs))
    if not found:
        raise _without_convolution(network)
    return found


def refusal(operation, why: str) -> ConfigError:
    """Return the error for a network that the page cannot show."""
    message = f"the page cannot show layer {operation.name} ({type(operation).__name__}), which {why}"
    remedy = "set run=RUN to a run of a model with convolutions, such as cnn1d, cnn2d or cnn3d"
    return ConfigError(message, key="run", value=operation.name, remedy=remedy)


def _without_convolution(network) -> ConfigError:
    """The error that names the first layer that learns or counts instead of a convolution."""
    import keras

    candidates = [each for each in operations(network) if not isinstance(each, keras.layers.InputLayer)]
    inner = [each for each in candidates if isinstance(each, keras.Model)]
    if inner:
        return refusal(inner[0], "is a network inside the network")
    known = {
        "ProportionOfPositiveValues": "counts positive responses of its fixed kernels and returns no responses",
        "CompetingKernels": "counts how often each of its fixed kernels responds most and returns no responses",
        "TfIdfScores": "weights word counts and moves no kernel",
        "NGramMean": "averages the vectors of a whole text and moves no kernel",
        "Standardization": "scales all values for a linear layer and moves no kernel",
    }
    named = [each for each in candidates if type(each).__name__ in known]
    if named:
        return refusal(named[0], known[type(named[0]).__name__])
    transposed = [each for each in candidates if type(each).__name__.endswith("Transpose")]
    if transposed:
        return refusal(transposed[0], "adds each input position to several outputs")
    learns = [each for each in candidates if getattr(each, "weights", None)]
    vectors = [each for each in learns if not getattr(each, "starts_anew", False)]
    return refusal((vectors or candidates)[0], "moves no kernel over its input")


def kernels_of(layer, shape: tuple[int, ...]) -> Kernels:
    """Return the convolution of a layer for an input of `shape` (positions..., channels).

    Raises:
        ConfigError: the page cannot show the layer.
    """
    if getattr(layer, "data_format", "channels_last") != "channels_last":
        raise refusal(layer, "has data_format=channels_first")
    weights, bias, first = _weights(layer, shape[-1])
    axes = len(shape) - 1
    size = weights.shape[1 : 1 + axes]
    strides = tuple(getattr(layer, "strides", (1,) * axes))
    dilation = tuple(getattr(layer, "dilation_rate", (1,) * axes))
    pads = padding_of(layer, shape, size, strides, dilation)
    plan = Layer(shape[:-1], shape[-1], size, strides, dilation, padding=pads, name=layer.name)
    before = tuple(pair[0] for pair in pads)
    kind = "fixed kernels" if _fixed(layer) is not None else type(layer).__name__
    numbers = (shape[:-1], plan.output_size, size, strides, dilation, before, weights, bias, first)
    return Kernels(layer.name, kind, *numbers)


def padding_of(layer, shape, size, strides, dilation) -> tuple[tuple[int, int], ...]:
    """Return the zeros (before, after) of each axis. For convpipe's layers, "same" does not depend on the steps."""
    from convpipe.models.layers import masking

    padding = getattr(layer, "padding", "same")
    if isinstance(layer, (masking.Conv1D, masking.MaxPooling1D)) and padding == "same" and strides[0] > 1:
        return (masking.same_padding((size[0] - 1) * dilation[0] + 1),)
    return Layer(shape[:-1], shape[-1], size, strides, dilation, padding=padding, kind="pooling").pads


def _weights(layer, channels: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Weights (filters, *kernel_size, channels of a kernel), biases and first channels."""
    from keras import layers

    fixed = _fixed(layer)
    if fixed is not None:
        weights = np.repeat(np.moveaxis(fixed, -1, 0), channels, axis=-1)
        return weights.astype(np.float32), *_zeros(len(weights))
    arrays = [np.asarray(each, np.float32) for each in layer.get_weights()]
    bias = arrays.pop() if layer.use_bias else None
    kernel, groups = arrays[0], getattr(layer, "groups", 1)
    if isinstance(layer, (layers.SeparableConv1D, layers.SeparableConv2D)):
        kernel = _joined(*arrays)
    if isinstance(layer, (layers.DepthwiseConv1D, layers.DepthwiseConv2D)):
        multiplier, groups = kernel.shape[-1], kernel.shape[-2]
        kernel = kernel.reshape(*kernel.shape[:-2], 1, groups * multiplier)
    weights = np.moveaxis(kernel, -1, 0)
    none, first = _zeros(len(weights))
    if groups > 1:
        first = np.arange(len(weights)) // (len(weights) // groups) * weights.shape[-1]
    return weights, none if bias is None else bias, first


def _zeros(filters: int) -> tuple[np.ndarray, np.ndarray]:
    return np.zeros(filters, np.float32), np.zeros(filters, np.int64)


def _joined(depthwise: np.ndarray, pointwise: np.ndarray) -> np.ndarray:
    """The kernel of the ordinary convolution that equals a separable one: (*kernel_size, channels, filters)."""
    channels, multiplier = depthwise.shape[-2:]
    mixing = pointwise.reshape(channels, multiplier, -1)
    return np.einsum("...cm,cmf->...cf", depthwise, mixing)


def respond(layer, inputs: np.ndarray) -> np.ndarray:
    """Return the response of Keras for one sample before the layer's own activation: (*places, filters) float32.

    Args:
        layer: layer from `first_convolutions`.
        inputs: (positions..., channels), the input of the layer.
    """
    from keras import ops

    batch = ops.convert_to_tensor(inputs[None])
    if (fixed := _fixed(layer)) is not None:
        total = ops.sum(batch, axis=-1, keepdims=True)
        return ops.convert_to_numpy(ops.conv(total, ops.convert_to_tensor(fixed), padding="same"))[0]
    twin = type(layer).from_config(layer.get_config() | {"activation": "linear"})
    twin.build(batch.shape)
    twin.set_weights(layer.get_weights())
    return np.asarray(ops.convert_to_numpy(twin(batch)), np.float32)[0]


def consumers(network, tensor) -> Iterator[Any]:
    """Yield the operations that read a tensor."""
    return (each for each in operations(network) if any(read is tensor for read in read_by(each)))
