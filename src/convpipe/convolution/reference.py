"""Convolution in plain NumPy for any number of axes: a readable definition, and a reference for tests.

Networks compute the cross-correlation: the kernel is not flipped. Convolution in mathematics and signal processing
flips the kernel along every axis first (Goodfellow, Bengio and Courville, "Deep Learning", 2016, section 9.1). For a
learned kernel, the two differ only in the order in which its values are stored.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from convpipe.cost.layer import Layer
from convpipe.errors import ConfigError


@dataclass(frozen=True)
class Step:
    """The kernel at one position.

    Args:
        position: index of the output, one number per axis.
        start: index of the window's first value in the padded data, one number per axis.
        window: (*kernel_size, channels / groups), the values under the kernel.
        products: same shape, the window times the kernel.
        total: sum of the products, the output.
    """

    position: tuple[int, ...]
    start: tuple[int, ...]
    window: np.ndarray
    products: np.ndarray
    total: float


def per_axis(value, axes: int) -> tuple[int, ...]:
    """Return one number per axis, given one number for all axes or one per axis.

    >>> per_axis(2, 3), per_axis((1, 2), 2)
    ((2, 2, 2), (1, 2))
    """
    return (int(value),) * axes if np.ndim(value) == 0 else tuple(int(v) for v in value)


def layer_for(data, kernel, *, strides=1, dilation=1, padding="valid", groups: int = 1) -> Layer:
    """Return the `Layer` of a kernel (*kernel_size, channels / groups, filters) on a sample (*size, channels)."""
    axes = np.ndim(data) - 1
    if np.ndim(kernel) != axes + 2:
        message = f"a kernel of shape {np.shape(kernel)} does not fit a sample of shape {np.shape(data)}"
        remedy = f"use a kernel with {axes} axes, followed by channels and filters"
        raise ConfigError(message, value=np.shape(kernel), remedy=remedy)
    (*size, channels), (*kernel_size, kernel_channels, filters) = np.shape(data), np.shape(kernel)
    moves = (tuple(kernel_size), per_axis(strides, axes), per_axis(dilation, axes))
    padding = padding if isinstance(padding, str) else tuple(map(tuple, padding))
    layer = Layer(tuple(size), channels, *moves, filters, padding, groups, bias=False, name="kernel")
    if (group_channels := channels // groups) != kernel_channels:
        message = f"a kernel has {kernel_channels} channels, but {channels} in {groups} groups need {group_channels}"
        raise ConfigError(message, value=kernel_channels, remedy=f"use a kernel with {group_channels} channels")
    return layer


def padded(data: np.ndarray, layer: Layer) -> np.ndarray:
    """Return a sample (*size, channels) with the layer's padding around it."""
    return np.pad(data, (*layer.pads, (0, 0)))


def steps(data, kernel, filter_index: int = 0, **settings) -> Iterator[Step]:
    """Yield the positions of one filter over one sample, last axis fastest.

    Args:
        data: (*size, channels), one sample.
        kernel: (*kernel_size, channels / groups, filters).
        filter_index: index of the filter.
        settings: strides, dilation, padding, groups as in `cross_correlate`.

    >>> [step.total for step in steps([[1], [2], [4]], [[[1]], [[1]]])]
    [3, 6]
    """
    data, kernel = np.asarray(data), np.asarray(kernel)
    layer = layer_for(data, kernel, **settings)
    padded_data, weights = padded(data, layer), kernel[..., filter_index]
    group_channels = layer.channels // layer.groups
    first = filter_index // (layer.filters // layer.groups) * group_channels
    for position in np.ndindex(*layer.output_size):
        start = tuple(index * stride for index, stride in zip(position, layer.strides, strict=True))
        rows = zip(start, layer.receptive_field, layer.dilation, strict=True)
        place = tuple(slice(begin, begin + span, gap) for begin, span, gap in rows)
        window = padded_data[(*place, slice(first, first + group_channels))]
        products = window * weights
        yield Step(position, start, window, products, products.sum().item())


def cross_correlate(data, kernel, *, strides=1, dilation=1, padding="valid", groups=1, bias=None, channels="last"):
    """Compute the cross-correlation, as Conv1D, Conv2D and Conv3D do.

    Args:
        data: (batch, *size, channels), or (batch, channels, *size) with channels="first"; any dtype.
        kernel: (*kernel_size, channels / groups, filters), as in Keras, or (filters, channels / groups, *kernel_size)
            with channels="first", as in PyTorch.
        strides, dilation: whole numbers, one for all axes or one per axis.
        padding: valid, same, causal (one axis), or pairs (before, after), one per axis.
        groups: number of groups of channels and filters; the filters of a group read only its channels. With as many
            groups as channels, the convolution is depthwise.
        bias: (filters,) added to every position, or None.
        channels: last or first, for data, kernel and result.

    Returns:
        (batch, *positions, filters) or (batch, filters, *positions), in the dtype of the products.

    Raises:
        ConfigError: shapes or settings do not fit together, or the output is empty.

    >>> cross_correlate([[[1], [2], [4]]], [[[1]], [[-1]]]).tolist()
    [[[-1], [-2]]]
    """
    data, kernel = np.asarray(data), np.asarray(kernel)
    if channels == "first":
        data, kernel = np.moveaxis(data, 1, -1), np.moveaxis(kernel, (0, 1), (-1, -2))
    settings = {"strides": strides, "dilation": dilation, "padding": padding, "groups": groups}
    layer = layer_for(data[0], kernel, **settings)
    totals = [[step.total for step in steps(x, kernel, f, **settings)] for x in data for f in range(layer.filters)]
    output = np.asarray(totals, np.result_type(data, kernel)).reshape(len(data), layer.filters, *layer.output_size)
    if bias is not None:
        output = output + np.reshape(bias, (layer.filters,) + (1,) * len(layer.size))
    return output if channels == "first" else np.moveaxis(output, 1, -1)


def transposed(data, kernel, *, strides=1, dilation=1, padding="valid") -> np.ndarray:
    """Compute the transposed convolution: each input value adds a scaled kernel to the output, where overlaps add up.

    Args:
        data: (batch, *size, channels); any dtype.
        kernel: (*kernel_size, filters, channels), as in Keras.
        strides, dilation: whole numbers, one for all axes or one per axis: output positions from one input to the next,
            and from one kernel value to the next.
        padding: valid, same, or pairs (before, after) of cropped outputs, one per axis.

    Returns:
        (batch, *positions, filters) in the dtype of the products.

    Raises:
        ConfigError: shapes or settings do not fit together, or the output is empty.

    >>> transposed([[[1], [2]]], [[[1]], [[3]]], strides=2).tolist()
    [[[1], [3], [2], [6]]]
    """
    data, kernel = np.asarray(data), np.asarray(kernel)
    layer = transposed_layer(data[0], kernel, strides=strides, dilation=dilation, padding=padding)
    axes = len(layer.size)
    crops = [(before, max(after, 0)) for before, after in layer.pads]
    sizes = [places + sum(crop) for places, crop in zip(layer.output_size, crops, strict=True)]
    full = np.zeros((len(data), *sizes, layer.filters), np.result_type(data, kernel))
    for position in np.ndindex(*layer.size):
        rows = zip(position, layer.strides, layer.dilation, layer.kernel_size, strict=True)
        place = tuple(slice(i * step, i * step + (k - 1) * gap + 1, gap) for i, step, gap, k in rows)
        full[(slice(None), *place)] += np.tensordot(data[(slice(None), *position)], kernel, axes=(1, axes + 1))
    cropped = [slice(before, size - after) for (before, after), size in zip(crops, sizes, strict=True)]
    return full[(slice(None), *cropped)]


def transposed_layer(data, kernel, *, strides=1, dilation=1, padding="valid") -> Layer:
    """Return the transposed `Layer` of a kernel (*kernel_size, filters, channels) on a sample (*size, channels)."""
    (*size, channels), (*kernel_size, filters, kernel_channels) = np.shape(data), np.shape(kernel)
    if kernel_channels != channels:
        message = f"a kernel has {kernel_channels} channels, but the sample has {channels}"
        raise ConfigError(message, value=kernel_channels, remedy=f"use a kernel with {channels} channels")
    moves = (tuple(kernel_size), per_axis(strides, len(size)), per_axis(dilation, len(size)))
    padding = padding if isinstance(padding, str) else tuple(map(tuple, padding))
    return Layer(tuple(size), channels, *moves, filters, padding, kind="transposed", bias=False, name="kernel")


def convolve(data, kernel, *, channels: str = "last", **settings):
    """Compute the convolution of mathematics: `cross_correlate` with the kernel flipped along every axis.

    >>> convolve([[[1], [2], [4]]], [[[1]], [[-1]]]).tolist()
    [[[1], [2]]]
    """
    kernel = np.asarray(kernel)
    axes = range(2, kernel.ndim) if channels == "first" else range(kernel.ndim - 2)
    return cross_correlate(data, np.flip(kernel, tuple(axes)), channels=channels, **settings)
