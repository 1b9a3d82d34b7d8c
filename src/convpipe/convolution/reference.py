"""What convolution computes, written out in plain NumPy for any number of axes: to be read, and to test others against.

Networks compute the cross-correlation: the kernel is laid on the data as it stands. The convolution of mathematics and
signal processing lays it on turned round, last value first (Goodfellow, Bengio and Courville, "Deep Learning", 2016,
section 9.1). Where a kernel is learned the two differ in nothing but the order in which its values are kept.
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
        position: index of the output, one number an axis.
        start: index of the window's first value in the padded data, one number an axis.
        window: (*kernel_size, channels / groups) the values under the kernel.
        products: of the same shape, the window times the kernel.
        total: their sum, the output.
    """

    position: tuple[int, ...]
    start: tuple[int, ...]
    window: np.ndarray
    products: np.ndarray
    total: float


def per_axis(value, axes: int) -> tuple[int, ...]:
    """One number an axis from one for all, or from as many as there are axes.

    >>> per_axis(2, 3), per_axis((1, 2), 2)
    ((2, 2, 2), (1, 2))
    """
    return (int(value),) * axes if np.ndim(value) == 0 else tuple(int(v) for v in value)


def layer_for(data, kernel, *, strides=1, dilation=1, padding="valid", groups: int = 1) -> Layer:
    """The arithmetic of laying `kernel` (*kernel_size, channels / groups, filters) on a sample (*size, channels)."""
    axes = np.ndim(data) - 1
    if np.ndim(kernel) != axes + 2:
        message = f"a kernel of shape {np.shape(kernel)} does not fit a sample of shape {np.shape(data)}"
        remedy = f"use a kernel of {axes} axes, then channels and filters"
        raise ConfigError(message, value=np.shape(kernel), remedy=remedy)
    (*size, channels), (*kernel_size, found, filters) = np.shape(data), np.shape(kernel)
    moves = (tuple(kernel_size), per_axis(strides, axes), per_axis(dilation, axes))
    padding = padding if isinstance(padding, str) else tuple(map(tuple, padding))
    layer = Layer(tuple(size), channels, *moves, filters, padding, groups, bias=False, name="kernel")
    if (seen := channels // groups) != found:
        message = f"a kernel has {found} channels, but sees {seen} of {channels} in {groups} groups"
        raise ConfigError(message, value=found, remedy=f"use a kernel of {seen} channels")
    return layer


def padded(data: np.ndarray, layer: Layer) -> np.ndarray:
    """A sample (*size, channels) with the layer's zeros round it."""
    return np.pad(data, (*layer.pads, (0, 0)))


def steps(data, kernel, filter_index: int = 0, **settings) -> Iterator[Step]:
    """One filter on its way over one sample, position by position, last axis fastest.

    Args:
        data: (*size, channels) one sample.
        kernel: (*kernel_size, channels / groups, filters).
        filter_index: the filter that is followed.
        settings: strides, dilation, padding, groups as in `cross_correlate`.

    >>> [step.total for step in steps([[1], [2], [4]], [[[1]], [[1]]])]
    [3, 6]
    """
    data, kernel = np.asarray(data), np.asarray(kernel)
    layer = layer_for(data, kernel, **settings)
    surrounded, weights = padded(data, layer), kernel[..., filter_index]
    seen = layer.channels // layer.groups
    first = filter_index // (layer.filters // layer.groups) * seen
    for position in np.ndindex(*layer.output_size):
        start = tuple(index * stride for index, stride in zip(position, layer.strides, strict=True))
        rows = zip(start, layer.receptive_field, layer.dilation, strict=True)
        place = tuple(slice(begin, begin + reach, gap) for begin, reach, gap in rows)
        window = surrounded[(*place, slice(first, first + seen))]
        products = window * weights
        yield Step(position, start, window, products, products.sum().item())


def cross_correlate(data, kernel, *, strides=1, dilation=1, padding="valid", groups=1, bias=None, channels="last"):
    """Cross-correlation: what Conv1D, Conv2D and Conv3D compute.

    Args:
        data: (batch, *size, channels), or (batch, channels, *size) with channels="first"; any dtype.
        kernel: (*kernel_size, channels / groups, filters) as Keras keeps it, or (filters, channels / groups,
            *kernel_size) as PyTorch does with channels="first".
        strides, dilation: whole numbers, one for all axes or one each.
        padding: valid, same, causal (one axis), or pairs (before, after), one an axis.
        groups: input channels and filters fall into so many parts, each part of the filters seeing only its own; as
            many groups as channels is a depthwise convolution.
        bias: (filters,) added to every position, or None.
        channels: last or first, for data, kernel and result.

    Returns:
        (batch, *positions, filters) or (batch, filters, *positions), in the dtype of the products.

    Raises:
        ConfigError: shapes or settings that do not fit together, or an empty output.

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
    """Transposed convolution: each input value lays the kernel, times itself, on the output, where overlaps add up.

    Args:
        data: (batch, *size, channels); any dtype.
        kernel: (*kernel_size, filters, channels), as Keras keeps it.
        strides, dilation: whole numbers, one for all axes or one each: how far the kernel moves in the output from one
            input to the next, and how far its values lie apart.
        padding: valid, same, or pairs (before, after) of outputs that are cropped, one an axis.

    Returns:
        (batch, *positions, filters) in the dtype of the products.

    Raises:
        ConfigError: shapes or settings that do not fit together, or an empty output.

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
    kept = [slice(before, size - after) for (before, after), size in zip(crops, sizes, strict=True)]
    return full[(slice(None), *kept)]


def transposed_layer(data, kernel, *, strides=1, dilation=1, padding="valid") -> Layer:
    """The arithmetic of a transposed convolution of a sample (*size, channels) by (*kernel_size, filters, channels)."""
    (*size, channels), (*kernel_size, filters, found) = np.shape(data), np.shape(kernel)
    if found != channels:
        message = f"a kernel has {found} channels, but the sample has {channels}"
        raise ConfigError(message, value=found, remedy=f"use a kernel of {channels} channels")
    moves = (tuple(kernel_size), per_axis(strides, len(size)), per_axis(dilation, len(size)))
    padding = padding if isinstance(padding, str) else tuple(map(tuple, padding))
    return Layer(tuple(size), channels, *moves, filters, padding, kind="transposed", bias=False, name="kernel")


def convolve(data, kernel, *, channels: str = "last", **settings):
    """Convolution as mathematics does it: the kernel turned round along every axis; otherwise `cross_correlate`.

    >>> convolve([[[1], [2], [4]]], [[[1]], [[-1]]]).tolist()
    [[[1], [2]]]
    """
    kernel = np.asarray(kernel)
    axes = range(2, kernel.ndim) if channels == "first" else range(kernel.ndim - 2)
    return cross_correlate(data, np.flip(kernel, tuple(axes)), channels=channels, **settings)
