"""The worked cases of scripts/convolve.py: generators of the printed lines, including checks."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np

from convpipe.convolution import scenes
from convpipe.convolution.by_hand import array, by_hand, check, shape, table
from convpipe.convolution.grids import Line
from convpipe.convolution.own_layer import own_layer
from convpipe.convolution.reference import cross_correlate
from convpipe.convolution.settings import ConvolveSettings
from convpipe.convolution.worked_layers import WORKED_LAYERS
from convpipe.cost.layer import AXES, Layer

#: Row labels of the table that compares Conv1D, Conv2D and Conv3D.
ROWS = ("", "kernel moves along", "input", "kernel", "output", "weights per filter", "multiply-adds", "examples")


def work(settings: ConvolveSettings) -> Iterator[str]:
    """Yield the lines of the requested cases with comparisons and pictures, or of a trained run's network.

    Raises:
        ConvpipeError: settings of your own layer conflict, the output is empty, or the run does not exist.
    """
    settings.check_sample()
    if settings.certify:
        from convpipe.convolution.certify.run import certified_lines

        yield from certified_lines(settings.certified_run)
        return
    if settings.run:
        yield from _network_of(settings, settings.run)
        return
    for name in settings.names:
        yield from own_layer(settings.layer.layer()) if name == "layer" else WORKED[name]()
        if settings.compare:
            from convpipe.convolution.compare import compared

            yield from compared(name, settings.layer)
        if settings.pictures:
            from convpipe.convolution.pictures.drawing import draw_case

            yield from (f"  wrote {path}" for path in draw_case(name, settings.layer, settings.pictures))
        yield ""
    if settings.page:
        from convpipe.convolution.lesson_page.build import build_page

        Path(settings.page).write_text(build_page(), encoding="utf-8")
        yield f"wrote {settings.page}"


def _network_of(settings: ConvolveSettings, run: str) -> Iterator[str]:
    from convpipe.convolution.run_network import network_lines, run_cost

    written: list[str] = []
    if settings.page:
        from convpipe.convolution.network_page.build import write_network_page

        written = write_network_page(run, settings.sample, settings.page)  # before the table: it may raise
    cost, sample = run_cost(run)
    yield from network_lines(cost, sample)
    if settings.pictures:
        from convpipe.convolution.pictures.drawing import draw_network

        yield from (f"  wrote {path}" for path in draw_network(cost, sample, settings.pictures))
    yield from written


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
    yield Line(f"  input {shape(flat.data.shape)}", "input")
    yield Line(f"  kernel {shape(flat.kernel.shape[:-1])}", "kernel")
    yield Line(f"  result: {array(flat.output())}", "output")
    yield check("equals Conv1D", flat.output()[0], scene.output())


def moving_average() -> Iterator[str]:
    yield "The moving average is a convolution whose k weights are all 1/k:"
    yield "output i = (input i + ... + input (i + k - 1)) / k"
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
    sizes = f"input {shape(plane.shape)}, kernel {shape((*kernel.shape, 1))}, output {shape(flat.shape)}"
    yield f"  as an image: {sizes}"
    yield check("the kernel spans all 100 channels in one dimension", line[0, 0], scene.expected)
    repeated = np.repeat(scene.expected[:, None], 4, axis=1)
    yield check("the kernel spans all 100 channels in two dimensions", flat[0, 0], repeated)


def sensor() -> Iterator[str]:
    yield from by_hand(scenes.sensor())
    yield "  above zero where the readings rise, below zero where they fall"


def dimensions() -> Iterator[str]:
    """Conv1D, Conv2D and Conv3D on the same number of values; all numbers are computed."""
    layers = scenes.same_values_in_one_two_three()
    yield "Conv1D, Conv2D and Conv3D move a kernel along one, two and three axes;"
    yield "here a kernel of 3 along each, 8 filters, on the same 4,096 values:"
    examples = ("series, text", "images, spectrograms", "MRI, CT, video")
    columns = [ROWS, *map(_table_column, layers, examples)]
    yield from table(list(zip(*columns, strict=True)), "<" * len(columns))
    growth = [after.multiply_adds / before.multiply_adds for before, after in pairwise(layers)]
    yield f"  each additional axis: {' and '.join(f'{factor:g}' for factor in growth)} times the multiply-adds"
    for axes in (1, 2, 3):
        data, kernel = np.ones((1, *(4,) * axes, 1)), np.ones((*(3,) * axes, 1, 2))
        out = cross_correlate(data, kernel, padding="same").shape[1:]
        yield check(f"Conv{axes}D takes and returns samples of {axes + 1} axes", len(out), axes + 1)


def _table_column(layer: Layer, example: str) -> tuple[str, ...]:
    axes = AXES[len(layer.size)]
    sizes = ((*layer.size, layer.channels), (*layer.kernel_size, layer.channels), layer.output_shape)
    weights = f"{layer.weights // layer.filters:,}"
    return f"Conv{len(axes)}D", ", ".join(axes), *map(shape, sizes), weights, f"{layer.multiply_adds:,}", example


#: Name of each case, except your own layer -> generator of its lines.
WORKED = {case.__name__: case for case in (image, sentence, moving_average, channels_first, dimensions, sensor)}
WORKED |= WORKED_LAYERS
