"""A convolution worked out by hand, position by position."""

from collections.abc import Iterator

import numpy as np

from convpipe.convolution.grids import WIDTH, Line, number, panel, rows_with_names, side_by_side
from convpipe.convolution.reference import Step
from convpipe.convolution.scenes import Scene
from convpipe.cost.layer import AXES, Layer

MOST_CHANNELS = 6  # with one line per channel
TOLERANCE = 1e-6


def array(values) -> str:
    """Format an array as nested brackets on one line."""
    if np.ndim(values) == 0:
        return number(values)
    return "[" + ", ".join(array(value) for value in values) + "]"


def shape(values) -> str:
    """Format a shape as a Python tuple."""
    return str(tuple(int(v) for v in values))


def terms(window: np.ndarray, weights: np.ndarray, room: int = WIDTH) -> str:
    """Format the products of a window and its weights as a sum that any calculator accepts.

    If the sum is longer than `room`, a weight that all values share is factored out; otherwise the middle is omitted.

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
    """Format `label`, the products and their sum on one line."""
    total = number((window * weights).sum())
    return f"{label}:  {terms(window, weights, WIDTH - len(label) - len(total) - 6)} = {total}"


def step_by_hand(scene: Scene, step: Step, filter_index: int = 0) -> Iterator[str]:
    """Yield the lines of one kernel position: one sum per channel or slice if there are few, then the total."""
    weights, name = scene.kernel[..., filter_index], _output_name(scene, step, filter_index)
    parts = list(_parts(scene, step, weights, filter_index))
    if len(parts) == 1 or len(parts) > MOST_CHANNELS:
        yield sum_line(f"  {name}", step.window, weights)
        return
    yield f"  {name}"
    for label, window, part in parts:
        yield sum_line(f"    {label}", window, part)
    sums = [number((window * part).sum()) for _, window, part in parts]
    yield f"    sum:  {' + '.join(sums)} = {number(step.total)}"


def _output_name(scene: Scene, step: Step, filter_index: int) -> str:
    """Name of the output, with the words under the kernel if the scene has labels."""
    name = f"output {shape(step.position) if len(step.position) > 1 else step.position[0]}"
    if scene.filters > 1:
        name += f", filter {filter_index + 1}"
    if scene.labels:
        first, dilation = step.start[0], scene.layer.dilation[0]
        name += ": " + " ".join(scene.labels[first : first + dilation * len(scene.kernel) : dilation])
    return name


def _parts(scene: Scene, step: Step, weights: np.ndarray, filter_index: int):
    """Yield name, window and weights of each channel, or of each slice of a volume with one channel."""
    if len(scene.layer.size) == 3 and scene.data.shape[-1] == 1:
        for depth in range(len(weights)):
            yield f"slice {step.start[0] + depth}", step.window[depth], weights[depth]
        return
    names = scene.names_seen(filter_index) or [f"channel {index}" for index in range(weights.shape[-1])]
    for index, name in enumerate(names):
        yield name, step.window[..., index], weights[..., index]


def input_lines(scene: Scene) -> Iterator[Line]:
    """Yield the sample as a grid: channels in rows (series), side by side (image), or slices side by side (volume)."""
    pads, words = scene.layer.pads, f"  input {shape(scene.data.shape)}"
    yield Line(words + (", each . is a zero of the padding" if np.any(pads) else ""), "input")
    if len(scene.layer.size) == 1:
        names = _rows(scene.channel_names, scene.data.shape[1])
        before, after = pads[0]
        yield from rows_with_names(names, scene.data.T, "input", scene.labels, before, after)
        return
    yield from side_by_side([panel(name, values, pads[-2:]) for name, values in _planes(scene, scene.data)], "input")


def kernel_lines(scene: Scene) -> Iterator[Line]:
    """Yield the weights as a grid in the layout of the sample; several filters (one axis) one below the other."""
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
    """Names of rows; empty for a single unnamed channel."""
    if channels == 1 and not names:
        return [""]
    return list(names or [f"channel {index}" for index in range(channels)])


def _planes(scene: Scene, values: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """Yield name and values of each channel of an image or each slice of a volume."""
    volume = len(scene.layer.size) == 3
    planes = values[..., 0] if volume else np.moveaxis(values, -1, 0)
    names = [f"slice {index}" for index in range(len(planes))] if volume else scene.channel_names or [""]
    yield from zip(names, planes, strict=True)


def check(what: str, got, expected) -> str:
    """Return a line that confirms that `got` equals `expected`.

    Raises:
        ArithmeticError: they differ, which is a bug of convpipe.
    """
    got, expected = np.asarray(got), np.asarray(expected)
    if got.shape != expected.shape or not np.allclose(got, expected, rtol=0, atol=TOLERANCE):
        raise ArithmeticError(f"{what}: got {got.tolist()}, expected {expected.tolist()}")
    return f"  check: {what}"


def by_hand(scene: Scene, sample: bool = True) -> Iterator[str]:
    """Yield the lines of a scene: sample and kernel as grids, shapes, every position, the output and its check.

    Args:
        scene: the scene.
        sample: whether to show the grids of the sample and the kernel.
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
    """Yield the shape of the output and its arithmetic, one line per axis."""
    first, *more = size_formulas(layer)
    words = f"{label}{shape(output_shape)}: "
    yield Line(words + first, "output")
    yield from (Line(" " * len(words) + formula, "output") for formula in more)


def size_formulas(layer: Layer) -> list[str]:
    """Return the arithmetic of the number of output positions, one formula per axis.

    >>> size_formulas(Layer((5,), 1, (3,), strides=(2,), padding=((1, 1),)))
    ['steps (5 + 1 + 1 - 3) // 2 + 1 = 3']
    >>> size_formulas(Layer((5,), 1, (3,), strides=(2,), kind="transposed"))
    ['steps (5 - 1) * 2 + 3 = 11']
    """
    spans = [(size - 1) * gap + 1 for size, gap in zip(layer.kernel_size, layer.dilation, strict=True)]
    rows = zip(AXES[len(layer.size)], layer.size, layer.pads, spans, layer.strides, layer.output_size, strict=True)
    if layer.kind == "transposed":
        return [
            f"{axis} ({size} - 1) * {stride} + {span}{_signed(pads)} = {places}"
            for axis, size, pads, span, stride, places in rows
        ]
    return [
        f"{axis} ({' + '.join(str(part) for part in (size, *pads) if part)} - {span}) // {stride} + 1 = {places}"
        for axis, size, pads, span, stride, places in rows
    ]


def _signed(crops: tuple[int, int]) -> str:
    """Cropped positions as terms at the end of a sum; negative crops are added zeros."""
    return "".join(f" {'-' if crop > 0 else '+'} {abs(crop)}" for crop in crops if crop)


def times(values) -> str:
    """Format numbers of several axes.

    >>> times((3, 5))
    '3 x 5'
    """
    return " x ".join(map(str, values))


def table(rows: list[tuple[str, ...]], sides: str) -> Iterator[str]:
    """Yield the lines of a table with columns as wide as their widest cell, aligned by `sides`: < or > per column."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = zip(row, sides, widths, strict=True)
        yield "  " + "  ".join(f"{cell:{side}{width}}" for cell, side, width in cells).rstrip()
