"""What the layers of Keras say about their kernels, in the words of this package."""

import math

import numpy as np

from convpipe.cost.layer import Layer
from convpipe.errors import ConfigError

KINDS = (  # the first that fits counts, by subclass, so that a project's own layers are known too
    ("separable", "SeparableConv", "12"),
    ("depthwise", "DepthwiseConv", "12"),
    ("convolution", "Conv", "123"),
    ("pooling", "MaxPooling", "123"),
    ("pooling", "AveragePooling", "123"),
)


class EmptyOutput(Exception):
    """A layer gets fewer positions than its kernel spans."""


def layer_of(operation, shape: tuple[int, ...]) -> Layer | None:
    """The arithmetic of a Keras layer that moves a kernel, None for any other operation."""
    kind = _kind(operation)
    if kind is None:
        return _fixed_kernels(operation, shape)
    if operation.data_format != "channels_last":
        raise ConfigError(
            f"{operation.name} has its channels first, but costs are worked out for channels last only",
            value=operation.data_format,
            remedy="build it with data_format='channels_last'",
        )
    try:
        return Layer(
            size=shape[:-1],
            channels=shape[-1],
            kernel_size=operation.pool_size if kind == "pooling" else operation.kernel_size,
            strides=operation.strides,
            dilation=() if kind == "pooling" else operation.dilation_rate,
            filters=1 if kind in ("pooling", "depthwise") else operation.filters,
            padding=operation.padding,
            groups=getattr(operation, "groups", 1) if kind == "convolution" else 1,
            kind=kind,
            depth_multiplier=getattr(operation, "depth_multiplier", 1),
            bias=getattr(operation, "use_bias", False),
            name=operation.name,
        )
    except ConfigError as error:
        raise EmptyOutput(error.message) from None


def _fixed_kernels(operation, shape: tuple[int, ...]) -> Layer | None:
    """The arithmetic of a layer whose `kernels` (size, channels, filters) are an array and no weight."""
    kernels = getattr(operation, "kernels", None)
    if not isinstance(kernels, np.ndarray) or kernels.ndim != len(shape) + 1:
        return None
    *size, channels, filters = kernels.shape
    return Layer(shape[:-1], channels, tuple(size), filters=filters, padding="same", bias=False, name=operation.name)


def _kind(operation) -> str | None:
    from keras import layers

    for kind, prefix, dimensions in KINDS:
        if isinstance(operation, tuple(getattr(layers, f"{prefix}{axes}D") for axes in dimensions)):
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


def zeros_around(operation):
    """The zeros (before, after) along each axis that a layer only puts round its input, None for any other layer."""
    from keras import layers

    if not isinstance(operation, (layers.ZeroPadding1D, layers.ZeroPadding2D, layers.ZeroPadding3D)):
        return None
    return [operation.padding] if isinstance(operation.padding[0], int) else operation.padding
