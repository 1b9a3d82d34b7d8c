"""A convolution written out, position by position, as you would do it with pencil and paper."""

from collections.abc import Iterator

import numpy as np

from convpipe.convolution.grids import WIDTH, Line, number, panel, rows_with_names, side_by_side
from convpipe.convolution.reference import Step
from convpipe.convolution.scenes import Scene
from convpipe.cost.layer import AXES, Layer

MOST_CHANNELS = 6  # that get a line each
TOLERANCE = 1e-6


def array(values) -> str:
    """Nested brackets on one line."""
    if np.ndim(values) == 0:
        return number(values)
    return "[" + ", ".join(array(value) for value in values) + "]"


def shape(values) -> str:
    """A shape as Python writes it."""
    return str(tuple(int(v) for v in values))


def terms(window: np.ndarray, weights: np.ndarray, room: int = WIDTH) -> str:
    """The products of a window and its weights as a sum to be typed into any calculator.

    Of a sum that is longer than `room`, an equal weight is written once, else the middle is left out.

    >>> terms(np.array([2, 4]), np.array([1, -1]))
    '2*1 + 4*-1'
    >>> terms(np.array([2, 4, 6]), np.array([0.25, 0.25, 0.25]), room=20)
    '(2 + 4 + 6) * 0.25'
    """
    values, factors = window.ravel(), weights.ravel()
    pairs = [f"{number(a)}*{number(b)}" for a, b in zip(values, factors, strict=True)]
    if len(words := " + ".join(pairs)) <= room:
        return words
    together = f"({' + '.join(map(number, values))}) * {number(factors[0])}"
    if len(set(factors.tolist())) == 1 and len(together) <= room:
        return together
    return " + ".join([*pairs[:4], "...", *pairs[-2:]])


def sum_line(label: str, window: np.ndarray, weights: np.ndarray) -> str:
    """`label`, the products and their sum on one line."""
    total = number((window * weights).sum())
    return f"{label}:  {terms(window, weights, WIDTH - len(label) - len(total) - 6)} = {total}"


def step_by_hand(scene: Scene, step: Step, filter_index: int = 0) -> Iterator[str]:
    """One position of the kernel: a sum for each channel or slice where there are few, then the sum of the sums."""
    weights, name = scene.kernel[..., filter_index], _name_of(scene, step, filter_index)
    parts = list(_parts(scene, step, weights, filter_index))
    if len(parts) == 1 or len(parts) > MOST_CHANNELS:
        yield sum_line(f"  {name}", step.window, weights)
        return
    yield f"  {name}"
    for label, window, part in parts:
        yield sum_line(f"    {label}", window, part)
    sums = [number((window * part).sum()) for _, window, part in parts]
    yield f"    sum:  {' + '.join(sums)} = {number(step.total)}"


def _name_of(scene: Scene, step: Step, filter_index: int) -> str:
    """Which output it is, with the words under the kernel where they have any."""
    name = f"output {shape(step.position) if len(step.position) > 1 else step.position[0]}"
    if scene.filters > 1:
        name += f", filter {filter_index + 1}"
    if scene.labels:
        first, dilation = step.start[0], scene.layer.dilation[0]
        name += ": " + " ".join(scene.labels[first : first + dilation * len(scene.kernel) : dilation])
    return name


def _parts(scene: Scene, step: Step, weights: np.ndarray, filter_index: int):
    """The window and the weights of each channel, or of each slice of a volume of one channel, with their names."""
    if len(scene.layer.size) == 3 and scene.data.shape[-1] == 1:
        for depth in range(len(weights)):
            yield f"slice {step.start[0] + depth}", step.window[depth], weights[depth]
        return
    names = scene.names_seen(filter_index) or [f"channel {index}" for index in range(weights.shape[-1])]
    for index, name in enumerate(names):
        yield name, step.window[..., index], weights[..., index]


def input_lines(scene: Scene) -> Iterator[Line]:
    """The sample as a grid: channels in rows (a series), side by side (an image), or slices side by side (a volume)."""
    pads, words = scene.layer.pads, f"  input {shape(scene.data.shape)}"
    yield Line(words + (", each . is a zero of the padding" if np.any(pads) else ""), "input")
    if len(scene.layer.size) == 1:
        names = _rows(scene.channel_names, scene.data.shape[1])
        before, after = pads[0]
        yield from rows_with_names(names, scene.data.T, "input", scene.labels, before, after)
        return
    yield from side_by_side([panel(name, values, pads[-2:]) for name, values in _planes(scene, scene.data)], "input")


def kernel_lines(scene: Scene) -> Iterator[Line]:
    """The weights as a grid, laid out as the sample is; several filters (of one axis) one below the other."""
    if scene.filters > 1:
        words = "kernel size, channels that a filter reads, filters"
        yield Line(f"  kernel {shape(scene.kernel.shape)}: {words}", "kernel")
        names = [f"filter {i + 1}, {name}" for i in range(scene.filters) for name in scene.names_seen(i)]
        rows = np.moveaxis(scene.kernel, -1, 0).swapaxes(1, 2)  # (filters, channels, kernel_size)
        yield from rows_with_names(names, rows.reshape(len(names), -1), "kernel")
        return
    weights = scene.kernel[..., 0]
    yield Line(f"  kernel {shape(weights.shape)}", "kernel")
    if len(scene.layer.size) == 1:
        yield from rows_with_names(_rows(scene.channel_names, weights.shape[1]), weights.T, "kernel")
    else:
        yield from side_by_side([panel(name, values) for name, values in _planes(scene, weights)], "kernel")


def _rows(names: tuple[str, ...], channels: int) -> list[str]:
    """Names of rows: none for a single channel."""
    if channels == 1 and not names:
        return [""]
    return list(names or [f"channel {index}" for index in range(channels)])


def _planes(scene: Scene, values: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """Channels of an image or slices of a volume, with their names."""
    volume = len(scene.layer.size) == 3
    planes = values[..., 0] if volume else np.moveaxis(values, -1, 0)
    names = [f"slice {index}" for index in range(len(planes))] if volume else scene.channel_names or [""]
    yield from zip(names, planes, strict=True)


def check(what: str, got, expected) -> str:
    """A line that says that `got` is what was expected.

    Raises:
        ArithmeticError: it is not, which is a mistake of this package's and not of its user's.
    """
    got, expected = np.asarray(got), np.asarray(expected)
    if got.shape != expected.shape or not np.allclose(got, expected, rtol=0, atol=TOLERANCE):
        raise ArithmeticError(f"{what}: got {got.tolist()}, expected {expected.tolist()}")
    return f"  check: {what}"


def by_hand(scene: Scene, sample: bool = True) -> Iterator[str]:
    """A whole scene: the sample and the kernel as grids, shapes, every position, the output and its check.

    Args:
        scene: what is worked out.
        sample: whether the grids of the sample and the kernel are shown.
    """
    yield scene.title
    if sample:
        yield from input_lines(scene)
        yield from kernel_lines(scene)
    channels = (scene.filters,) if scene.filters > 1 else ()
    yield from output_size_lines(scene.layer, (*scene.layer.output_size, *channels))
    for index in range(scene.filters):
        for step in scene.steps(index):
            yield from step_by_hand(scene, step, index)
    output = scene.output()
    yield Line(f"  result: {array(output)}", "output")
    yield check(f"equals {array(scene.expected)}", output, scene.expected)


def output_size_lines(layer: Layer, output_shape: tuple[int, ...], label: str = "  output ") -> Iterator[Line]:
    """The shape of the output and how it is worked out, on a line for each axis where there are several."""
    first, *more = size_formulas(layer)
    words = f"{label}{shape(output_shape)}: "
    yield Line(words + first, "output")
    yield from (Line(" " * len(words) + formula, "output") for formula in more)


def size_formulas(layer: Layer) -> list[str]:
    """How many positions the output has along each axis, worked out.

    >>> size_formulas(Layer((5,), 1, (3,), strides=(2,), padding=((1, 1),)))
    ['steps (5 + 1 + 1 - 3) // 2 + 1 = 3']
    >>> size_formulas(Layer((5,), 1, (3,), strides=(2,), kind="transposed"))
    ['steps (5 - 1) * 2 + 3 = 11']
    """
    spans = [(size - 1) * gap + 1 for size, gap in zip(layer.kernel_size, layer.dilation, strict=True)]
    rows = zip(AXES[len(layer.size)], layer.size, layer.pads, spans, layer.strides, layer.output_size, strict=True)
    if layer.kind == "transposed":
        return [
            f"{axis} ({size} - 1) * {stride} + {reach}{_signed(pads)} = {places}"
            for axis, size, pads, reach, stride, places in rows
        ]
    return [
        f"{axis} ({' + '.join(str(part) for part in (size, *pads) if part)} - {reach}) // {stride} + 1 = {places}"
        for axis, size, pads, reach, stride, places in rows
    ]


def _signed(crops: tuple[int, int]) -> str:
    """What is cropped as it stands at the end of a sum; fewer than none are zeros that are added."""
    return "".join(f" {'-' if crop > 0 else '+'} {abs(crop)}" for crop in crops if crop)


def times(values) -> str:
    """Numbers of several axes as people write them.

    >>> times((3, 5))
    '3 x 5'
    """
    return " x ".join(map(str, values))


def table(rows: list[tuple[str, ...]], sides: str) -> Iterator[str]:
    """Lines of a table whose columns are as wide as their widest cell, each aligned to a side, < or >."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = zip(row, sides, widths, strict=True)
        yield "  " + "  ".join(f"{cell:{side}{width}}" for cell, side, width in cells).rstrip()
