"""The worked cases of scripts/convolve.py, each a generator of the lines that are printed, checks among them."""

import math
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np

from convpipe.convolution import scenes
from convpipe.convolution.by_hand import array, by_hand, check, shape, size_formula, table, times
from convpipe.convolution.reference import cross_correlate
from convpipe.convolution.settings import ConvolveSettings
from convpipe.cost.layer import AXES, Layer

#: Of the table that sets Conv1D, Conv2D and Conv3D side by side.
HEAD = ("layer", "the kernel moves along", "sample in", "kernel", "sample out", "parameters", "multiply-adds", "for")


def work(settings: ConvolveSettings) -> Iterator[str]:
    """The lines of every case that is asked for, with its comparisons and pictures; or of a trained run's network.

    Raises:
        ConvpipeError: settings of your own layer in conflict, an empty output, or a run that does not exist.
    """
    if settings.run:
        yield from _network_of(settings.run, settings.pictures)
        return
    for name in settings.names:
        yield from own_layer(settings.layer.layer()) if name == "layer" else WORKED[name]()
        if settings.compare:
            from convpipe.convolution.compare import compared

            yield from compared(name, settings.layer)
        if settings.pictures:
            from convpipe.convolution.drawing import draw_case

            yield from (f"  wrote {path}" for path in draw_case(name, settings.layer, settings.pictures))
        yield ""
    if settings.page:
        from convpipe.convolution.html_page import build_page

        Path(settings.page).write_text(build_page(), encoding="utf-8")
        yield f"wrote {settings.page}"


def _network_of(run: str, pictures: str | None) -> Iterator[str]:
    from convpipe.convolution.run_network import network_lines, run_cost

    cost, sample = run_cost(run)
    yield from network_lines(cost, sample)
    if pictures:
        from convpipe.convolution.drawing import draw_network

        yield from (f"  wrote {path}" for path in draw_network(cost, sample, pictures))


def image() -> Iterator[str]:
    yield from by_hand(scenes.image())


def sentence() -> Iterator[str]:
    scene = scenes.sentence()
    yield from by_hand(scene)
    single = cross_correlate(scene.data[None].astype("float32"), scene.kernel.astype("float32"), strides=2)
    yield f"  in float32: [{', '.join(map(str, single.ravel()))}]"
    yield ""
    flat = scenes.as_image(scene)
    yield flat.title
    yield f"  input {shape(flat.data.shape)}, kernel {shape(flat.kernel.shape[:-1])}"
    yield f"  result: {array(flat.output())}"
    yield check("equals Conv1D", flat.output()[0], scene.output())


def moving_average() -> Iterator[str]:
    yield "The moving average is a convolution: b_i = sum over j of a_(i+j) * w_j, with every w_j = 1/k"
    for scene in scenes.moving_averages():
        yield ""
        yield from by_hand(scene)


def channels_first() -> Iterator[str]:
    scene = scenes.channels_first()
    yield from by_hand(scene)
    first = np.moveaxis(scene.data, -1, 0)[None]
    kernel = np.moveaxis(scene.kernel, (-1, -2), (0, 1))
    line = cross_correlate(first, kernel, channels="first")
    yield f"  channels first: input {shape(first.shape)}, kernel {shape(kernel.shape)}, output {shape(line.shape)}"
    plane = np.repeat(first[..., None], 4, axis=-1)
    flat = cross_correlate(plane, kernel[..., None], channels="first")
    yield f"  as an image: input {shape(plane.shape)}, kernel {shape((*kernel.shape, 1))}, output {shape(flat.shape)}"
    yield check("the kernel spans all 100 channels by itself, in one dimension", line[0, 0], scene.expected)
    yield check("and in two", flat[0, 0], np.repeat(scene.expected[:, None], 4, axis=1))


def sensor() -> Iterator[str]:
    yield from by_hand(scenes.sensor())
    yield "  above zero where the readings rise, below zero where they fall, zero where they stay or turn"


def dimensions() -> Iterator[str]:
    """Conv1D, Conv2D and Conv3D on the same number of values; every figure is computed."""
    layers = scenes.same_values_in_one_two_three()
    yield "Conv1D, Conv2D and Conv3D move a kernel along one, two and three axes; 8 filters on the same 4,096 values:"
    examples = ("series, text", "images, spectrograms", "MRI, CT, video")
    yield from table([HEAD, *map(_table_row, layers, examples)], "<" * len(HEAD))
    growth = [after.multiply_adds / before.multiply_adds for before, after in pairwise(layers)]
    yield f"  each axis more: {' and '.join(f'{factor:g}' for factor in growth)} times the multiply-adds a value"
    for axes in (1, 2, 3):
        data, kernel = np.ones((1, *(4,) * axes, 1)), np.ones((*(3,) * axes, 1, 2))
        out = cross_correlate(data, kernel, padding="same").shape[1:]
        yield check(f"Conv{axes}D takes a sample of {axes + 1} axes and gives one of {axes + 1}", len(out), axes + 1)


def _table_row(layer: Layer, example: str) -> tuple[str, ...]:
    axes = AXES[len(layer.size)]
    name, along = f"Conv{len(axes)}D", f"{len(axes)}: {', '.join(axes)}"
    sizes = ((*layer.size, layer.channels), (*layer.kernel_size, layer.channels), layer.output_shape)
    return name, along, *map(shape, sizes), f"{layer.parameters:,}", f"{layer.multiply_adds:,}", example


def own_layer(layer: Layer) -> Iterator[str]:
    """Shape and cost of any layer, worked out."""
    axes = len(layer.size)
    biases, places = layer.parameters - layer.weights, math.prod(layer.output_size)
    yield f"Pooling in {axes} dimensions" if layer.kind == "pooling" else f"Conv{axes}D, {layer.kind}"
    facts = {
        "input": shape((*layer.size, layer.channels)),
        "kernel": f"{times(layer.kernel_size)}, stride {times(layer.strides)}, dilation {times(layer.dilation)}",
        "zeros": ", ".join(f"{before} before and {after} after" for before, after in layer.pads),
        "output": f"{shape(layer.output_shape)}: {size_formula(layer)}",
        "parameters": f"{layer.parameters:,}: {layer.weights:,} weights and {biases:,} biases",
        "multiply-adds": f"{layer.multiply_adds:,}: {places:,} places, {layer.weights:,} at each",
        "output in memory": f"{layer.activation_bytes:,} bytes in float32",
        "receptive field": times(layer.receptive_field),
        "smallest input": times(layer.smallest_input),
    }
    for name, fact in facts.items():
        yield f"  {name:<17} {fact}"
    yield check("the places of the kernel, counted one by one", _counted(layer), layer.output_size)


def _counted(layer: Layer) -> list[int]:
    """Places of the kernel along each axis, found by sliding it until it no longer fits."""
    rows = zip(layer.size, layer.pads, layer.receptive_field, layer.strides, strict=True)
    return [len(range(0, size + sum(pads) - reach + 1, stride)) for size, pads, reach, stride in rows]


#: The lines of each case but your own layer, by its name.
WORKED = {case.__name__: case for case in (image, sentence, moving_average, channels_first, dimensions, sensor)}
