"""Convert Keras layers to `Layer` objects, for the arithmetic of costs."""

import math

import numpy as np

from convpipe.cost.layer import Layer
from convpipe.errors import ConfigError

KINDS = (  # the first match counts; subclasses match too, such as the layers of convpipe
    ("separable", "SeparableConv{}D", "12"),
    ("depthwise", "DepthwiseConv{}D", "12"),
    ("convolution", "Conv{}D", "123"),
    ("transposed", "Conv{}DTranspose", "123"),
    ("pooling", "MaxPooling{}D", "123"),
    ("pooling", "AveragePooling{}D", "123"),
)

#: Keras layers whose outputs depend on all positions, or that move positions.
MIXING = (
    *("RNN", "Bidirectional", "Attention", "AdditiveAttention", "MultiHeadAttention", "GroupQueryAttention"),
    *("GroupNormalization", "Permute", "Reshape", "Flatten"),
)

#: Attribute of a Keras layer -> argument of `Layer`.
ARGUMENTS = {name: name for name in ("kernel_size", "strides", "filters", "padding", "groups", "depth_multiplier")}
ARGUMENTS |= {"pool_size": "kernel_size", "dilation_rate": "dilation", "use_bias": "bias"}


class EmptyOutput(Exception):
    """The input of a layer has fewer positions than its kernel spans."""


def layer_of(operation, shape: tuple[int, ...]) -> Layer | None:
    """Return the `Layer` of an operation that moves a kernel, or None for any other operation."""
    kind = _kind(operation)
    if kind is None:
        return _without_weights(operation, shape)
    if operation.data_format != "channels_last":
        message = f"{operation.name} has its channels first, but costs can be computed for channels last only"
        remedy = "build it with data_format='channels_last'"
        raise ConfigError(message, value=operation.data_format, remedy=remedy)
    arguments = {field: getattr(operation, name) for name, field in ARGUMENTS.items() if hasattr(operation, name)}
    if (pads := getattr(operation, "pads", None)) is not None:  # a layer of convpipe that pads differently from Keras
        arguments["padding"] = pads
    try:
        return Layer(shape[:-1], shape[-1], kind=kind, name=operation.name, **arguments)
    except ConfigError as error:
        raise EmptyOutput(error.message) from None


def _without_weights(operation, shape: tuple[int, ...]) -> Layer | None:
    """Return the `Layer` of an operation without kernel weights, or None for any other operation.

    This is either an operation whose `kernels` (size, channels, filters) are an array, or zero padding.
    """
    from keras import layers

    kernels, name = getattr(operation, "kernels", None), operation.name
    if isinstance(operation, (layers.ZeroPadding1D, layers.ZeroPadding2D, layers.ZeroPadding3D)):
        pads = operation.padding if len(shape) > 2 else (operation.padding,)
        return Layer(shape[:-1], shape[-1], (1,) * len(pads), padding=pads, kind="pooling", name=name)
    if not isinstance(kernels, np.ndarray) or kernels.ndim != len(shape) + 1:
        return None
    *size, channels, filters = kernels.shape
    return Layer(shape[:-1], channels, tuple(size), filters=filters, padding="same", bias=False, name=name)


def _kind(operation) -> str | None:
    from keras import layers

    for kind, name, dimensions in KINDS:
        if isinstance(operation, tuple(getattr(layers, name.format(axes)) for axes in dimensions)):
            return kind
    return None


def multiply_adds_of(operation, layer, tensors) -> int | None:
    """Return the multiply-adds of one operation, or None if this module has no rule for it."""
    from keras import layers

    if layer is not None:
        return layer.multiply_adds
    if callable(getattr(operation, "multiply_adds", None)):  # a layer that defines its multiply-adds
        return int(operation.multiply_adds(tuple(tensors[0].shape[1:])))
    if isinstance(operation, layers.Dense):
        return math.prod(tensors[0].shape[1:]) * operation.units
    return 0 if starts_anew(operation) else None  # an embedding lookup does not multiply


def starts_anew(operation) -> bool:
    """Whether positions are counted from the output of this layer (words become vectors, sound becomes frames)."""
    from keras import layers

    return isinstance(operation, layers.Embedding) or getattr(operation, "starts_anew", False)


def mixes_positions(operation, rank: int) -> bool:
    """Whether an output position may depend on other input positions, although input and output sizes are equal.

    Args:
        operation: an operation without a moving kernel.
        rank: number of axes of its output, including batch and channels.
    """
    from keras import layers

    if isinstance(operation, (layers.LayerNormalization, layers.UnitNormalization, layers.Softmax)):
        axes = operation.axis if isinstance(operation.axis, (list, tuple)) else [operation.axis]
        return any(axis not in (-1, rank - 1) for axis in axes)
    return isinstance(operation, tuple(getattr(layers, name) for name in MIXING))
