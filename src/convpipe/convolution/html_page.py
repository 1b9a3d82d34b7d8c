"""The page in which you move the kernel: one file, no network, and it checks itself against this package.

Its parts lie in the folder `page`; its arithmetic is written again in JavaScript, so Python writes into the page what
a few hundred layers must give, and the page computes them all when it opens and says whether they agree.
"""

import itertools
import json
from pathlib import Path

import numpy as np

from convpipe.convolution.reference import cross_correlate
from convpipe.cost.layer import Layer, span
from convpipe.errors import ConfigError

PARTS = Path(__file__).parent / "page"
SIZES = {1: 12, 2: 6, 3: 4}  # positions along each axis of the input that the page shows
CHANNELS, LARGEST_KERNEL = 3, 5
PADDINGS = {1: ("valid", "same", "causal", "1", "2"), 2: ("valid", "same", "1", "2"), 3: ("valid", "same", "1", "2")}


def build_page() -> str:
    """The whole page, as HTML."""
    page = _part("page.html")
    for place, words in {
        "/*STYLE*/": _part("page.css"),
        "/*ARITHMETIC*/": _part("arithmetic.js"),
        "/*VIEW*/": _part("view.js"),
        "/*NUMBERS*/": json.dumps(numbers(), separators=(",", ":")),
    }.items():
        page = page.replace(place, words.strip())
    return page


def _part(name: str) -> str:
    return (PARTS / name).read_text(encoding="utf-8")


def numbers() -> dict:
    """The input and the kernel of each number of axes, flat with the channel last, and what layers on them give."""
    arrays = {axes: (_data(axes), _kernel(axes)) for axes in SIZES}
    return {
        "sizes": SIZES,
        "channels": CHANNELS,
        "largest_kernel": LARGEST_KERNEL,
        "data": {axes: data.ravel().tolist() for axes, (data, _) in arrays.items()},
        "kernel": {axes: kernel.ravel().tolist() for axes, (_, kernel) in arrays.items()},
        "checks": [{"layer": layer, "expected": expected(layer, *arrays[layer["dimensions"]])} for layer in layers()],
    }


def _data(axes: int) -> np.ndarray:
    """(*size, channels): small whole numbers, the first channel with something to be found in it."""
    data = np.random.default_rng(axes).integers(0, 10, (SIZES[axes],) * axes + (CHANNELS,))
    if axes == 1:
        data[:, 0] = [0, 1, 0, 2, 5, 8, 9, 6, 3, 1, 0, 1]  # a bump
    if axes == 2:
        data[..., 0] = [0, 0, 1, 8, 9, 9]  # an edge from top to bottom
    return data


def _kernel(axes: int) -> np.ndarray:
    """(*largest kernel, channels): a smaller kernel is its first part."""
    kernel = np.random.default_rng(10 + axes).integers(-2, 3, (LARGEST_KERNEL,) * axes + (CHANNELS,))
    if axes == 1:
        kernel[:3, 0] = [-1, 0, 1]  # answers to a rise
    if axes == 2:
        kernel[:3, :3, 0] = [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]  # answers to an edge (Sobel)
    return kernel


def layers() -> list[dict]:
    """Layers of every number of axes, kernel, stride, dilation and padding, as the page keeps them."""
    found = []
    for axes in SIZES:
        settings = itertools.product((1, 2, 3, 5), (1, 2, 3), (1, 2), PADDINGS[axes])
        for count, (kernel, stride, dilation, padding) in enumerate(settings):
            layer = {"dimensions": axes, "kernel": kernel, "stride": stride, "dilation": dilation, "padding": padding}
            found.append(layer | {"channels": 1 + count % CHANNELS, "filters": (1, 8, 64, 5)[count % 4]})
    return found


def expected(layer: dict, data: np.ndarray, kernel: np.ndarray) -> list:
    """What the page must find: shape, parameters, multiply-adds, bytes and one filter's outputs, last axis fastest.

    Of a layer whose output would be empty, the smallest size along each axis that would do.
    """
    axes, channels, padding = layer["dimensions"], layer["channels"], layer["padding"]
    settings = {"strides": (layer["stride"],) * axes, "dilation": (layer["dilation"],) * axes}
    settings["padding"] = ((int(padding), int(padding)),) * axes if padding.isdigit() else padding
    size = (layer["kernel"],) * axes
    try:
        costs = Layer(data.shape[:-1], channels, size, filters=layer["filters"], **settings)
    except ConfigError:
        # With the padding that it has, an input as large as the kernel's span always does.
        sufficient = (span(layer["kernel"], layer["dilation"]),) * axes
        return [Layer(sufficient, channels, size, **settings).smallest_input[0]]
    weights = kernel[(slice(layer["kernel"]),) * axes + (slice(channels), None)]
    outputs = cross_correlate(data[None, ..., :channels], weights, **settings).ravel().tolist()
    return [list(costs.output_shape), costs.parameters, costs.multiply_adds, costs.activation_bytes, outputs]
