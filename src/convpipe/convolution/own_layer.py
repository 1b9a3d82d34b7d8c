"""Shape and cost of any layer, with their arithmetic."""

import math
from collections.abc import Iterator

from convpipe.convolution.by_hand import check, output_size_lines, shape, times
from convpipe.convolution.grids import Line
from convpipe.cost.layer import Layer

NAME_WIDTH = 17  # characters for the name of a fact
TITLES = {
    "convolution": "Conv{axes}D",
    "transposed": "Conv{axes}DTranspose: each input value adds a scaled kernel to the output",
    "depthwise": "DepthwiseConv{axes}D: one kernel per channel",
    "separable": "SeparableConv{axes}D: depthwise, then kernel size 1 over the channels",
    "pooling": "Pooling{axes}D",
}


def own_layer(layer: Layer) -> Iterator[str]:
    """Yield shapes with their arithmetic, parameters, multiply-adds, and a check of the size by counting."""
    yield TITLES[layer.kind].format(axes=len(layer.size)) + (f", {layer.groups} groups" if layer.groups > 1 else "")
    kernel = f"{times(layer.kernel_size)}, stride {times(layer.strides)}, dilation {times(layer.dilation)}"
    yield _fact("input", shape((*layer.size, layer.channels)), "input")
    yield _fact("kernel", kernel, "kernel")
    yield _fact(*_edges(layer))
    yield from output_size_lines(layer, layer.output_shape, f"  {'output':<{NAME_WIDTH}} ")
    biases = layer.parameters - layer.weights
    facts = {
        "weights": f"{layer.weights:,}{_weights(layer)}",
        "parameters": f"{layer.parameters:,}: {layer.weights:,} weights and {biases:,} biases",
        "multiply-adds": f"{layer.multiply_adds:,}: {_places(layer)}, {layer.weights:,} at each",
        "output in memory": f"{layer.activation_bytes:,} bytes in float32",
        "receptive field": times(layer.receptive_field),
        "smallest input": times(layer.smallest_input),
    }
    yield from (_fact(name, fact) for name, fact in facts.items())
    if (dense := _dense(layer)) is not None:
        share = dense.weights / layer.weights
        yield _fact("as a convolution", f"{dense.weights:,} weights, {share:.3g} times as many")
    what = "outputs that the kernel reaches" if layer.kind == "transposed" else "kernel positions"
    yield check(f"{what}, counted one by one", _counted(layer), layer.output_size)


def _fact(name: str, fact: str, role: str = "") -> str:
    line = f"  {name:<{NAME_WIDTH}} {fact}"
    return Line(line, role) if role else line


def _edges(layer: Layer) -> tuple[str, str]:
    """Zeros around the input, or the outputs that a transposed layer crops."""
    words = ", ".join(f"{before} before and {after} after" for before, after in layer.pads)
    return ("cropped" if layer.kind == "transposed" else "zeros", words)


def _places(layer: Layer) -> str:
    if layer.kind == "transposed":
        return f"{math.prod(layer.size):,} input positions"
    return f"{math.prod(layer.output_size):,} output positions"


def _weights(layer: Layer) -> str:
    """The product that gives the number of weights, with named factors."""
    kernel, multiplier = times(layer.kernel_size), layer.depth_multiplier
    depthwise = f"{kernel} x {layer.channels} channels" + (f" x {multiplier}" if multiplier > 1 else "")
    if layer.kind == "pooling":
        return ""
    if layer.kind == "depthwise":
        return f": {depthwise}"
    if layer.kind == "separable":
        return f": {depthwise} + {layer.channels * multiplier} channels x {layer.filters} filters"
    channels = f"{layer.channels // layer.groups} channels" + (" of a group" if layer.groups > 1 else "")
    return f": {kernel} x {channels} x {layer.filters} filters"


def _dense(layer: Layer) -> Layer | None:
    """The convolution with as many outputs whose filters read all channels; None if there is nothing to compare."""
    if layer.kind in ("pooling", "transposed") or (layer.kind == "convolution" and layer.groups == 1):
        return None
    return Layer(layer.size, layer.channels, layer.kernel_size, filters=layer.output_channels, padding="same")


def _counted(layer: Layer) -> list[int]:
    """Kernel positions along each axis, counted by sliding the kernel until it no longer fits; for a transposed layer,
    the outputs from the first to the last that the kernel reaches, minus the cropped ones."""
    rows = zip(layer.size, layer.pads, layer.kernel_size, layer.dilation, layer.strides, strict=True)
    if layer.kind == "transposed":
        return [_last_reached(size, kernel, gap, step) + 1 - sum(crop) for size, crop, kernel, gap, step in rows]
    return [len(range(0, size + sum(pad) - (kernel - 1) * gap, step)) for size, pad, kernel, gap, step in rows]


def _last_reached(size: int, kernel_size: int, dilation: int, stride: int) -> int:
    return max(index * stride + tap * dilation for index in (0, size - 1) for tap in range(kernel_size))
