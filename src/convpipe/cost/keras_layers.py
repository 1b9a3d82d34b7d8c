"""What the layers of Keras say about their kernels, in the words of this package."""

import math

import numpy as np

from convpipe.cost.layer import Layer
from convpipe.errors import ConfigError

KINDS = (  # the first that fits counts, by subclass, so that a project's own layers are known too
    ("separable", "SeparableConv{}D", "12"),
    ("depthwise", "DepthwiseConv{}D", "12"),
    ("convolution", "Conv{}D", "123"),
    ("transposed", "Conv{}DTranspose", "123"),
    ("pooling", "MaxPooling{}D", "123"),
    ("pooling", "AveragePooling{}D", "123"),
)

#: Layers of Keras whose outputs depend on all positions, or that move positions.
MIXING = (
    *("RNN", "Bidirectional", "Attention", "AdditiveAttention", "MultiHeadAttention", "GroupQueryAttention"),
    *("GroupNormalization", "Permute", "Reshape", "Flatten"),
)

#: Attribute of a layer of Keras -> argument of `Layer`.
ARGUMENTS = {name: name for name in ("kernel_size", "strides", "filters", "padding", "groups", "depth_multiplier")}
ARGUMENTS |= {"pool_size": "kernel_size", "dilation_rate": "dilation", "use_bias": "bias"}


class EmptyOutput(Exception):
    """A layer gets fewer positions than its kernel spans."""


def layer_of(operation, shape: tuple[int, ...]) -> Layer | None:
    """The arithmetic of a Keras layer that moves a kernel, None for any other operation."""
    kind = _kind(operation)
    if kind is None:
        return _fixed(operation, shape)
    if operation.data_format != "channels_last":
        message = f"{operation.name} has its channels first, but costs are worked out for channels last only"
        remedy = "build it with data_format='channels_last'"
        raise ConfigError(message, value=operation.data_format, remedy=remedy)
    given = {field: getattr(operation, name) for name, field in ARGUMENTS.items() if hasattr(operation, name)}
    if (own := getattr(operation, "pads", None)) is not None:  # a layer of our own that does not pad as Keras does
        given["padding"] = own
    try:
        return Layer(shape[:-1], shape[-1], kind=kind, name=operation.name, **given)
    except ConfigError as error:
        raise EmptyOutput(error.message) from None


def _fixed(operation, shape: tuple[int, ...]) -> Layer | None:
    """The arithmetic of a layer whose `kernels` (size, channels, filters) are an array and no weight, or of one that
    only puts zeros round its input; None for any other operation."""
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
    """Multiply-adds of one operation, None where this module knows no rule for it."""
    from keras import layers

    if layer is not None:
        return layer.multiply_adds
    if callable(getattr(operation, "multiply_adds", None)):  # a layer of our own that knows
        return int(operation.multiply_adds(tuple(tensors[0].shape[1:])))
    if isinstance(operation, layers.Dense):
        return math.prod(tensors[0].shape[1:]) * operation.units
    return 0 if starts_anew(operation) else None  # looking up vectors multiplies nothing


def starts_anew(operation) -> bool:
    """Whether positions are counted from this layer on (words become vectors, sound becomes frames)."""
    from keras import layers

    return isinstance(operation, layers.Embedding) or getattr(operation, "starts_anew", False)


def mixes_positions(operation, rank: int) -> bool:
    """Whether an output position may depend on other input positions than its own, though their numbers agree.

    Args:
        operation: one that moves no kernel.
        rank: axes of its output, batch and channels included.
    """
    from keras import layers

    if isinstance(operation, (layers.LayerNormalization, layers.UnitNormalization, layers.Softmax)):
        axes = operation.axis if isinstance(operation.axis, (list, tuple)) else [operation.axis]
        return any(axis not in (-1, rank - 1) for axis in axes)
    return isinstance(operation, tuple(getattr(layers, name) for name in MIXING))
