"""A convolution written out, position by position, as you would do it with pencil and paper."""

from collections.abc import Iterator

import numpy as np

from convpipe.convolution.reference import Step
from convpipe.convolution.scenes import Scene
from convpipe.cost.layer import AXES, Layer

MOST_TERMS = 12  # of a sum that are written out; of a longer one the first and the last
MOST_CHANNELS = 6  # that get a line each
TOLERANCE = 1e-6


def number(value: float) -> str:
    """A number as short as six digits allow.

    >>> number(0.1 + 0.2), number(-8.0)
    ('0.3', '-8')
    """
    return f"{value:.6g}"


def array(values) -> str:
    """Nested brackets on one line."""
    if np.ndim(values) == 0:
        return number(values)
    return "[" + ", ".join(array(value) for value in values) + "]"


def shape(values) -> str:
    """A shape as Python writes it."""
    return str(tuple(int(v) for v in values))


def terms(window: np.ndarray, weights: np.ndarray) -> str:
    """The products of a window and its weights as a sum to be typed into any calculator.

    >>> terms(np.array([2, 4]), np.array([1, -1]))
    '2*1 + 4*-1'
    """
    pairs = [f"{number(a)}*{number(b)}" for a, b in zip(window.ravel(), weights.ravel(), strict=True)]
    if len(pairs) > MOST_TERMS:
        pairs = [*pairs[:4], "...", *pairs[-2:]]
    return " + ".join(pairs)


def step_by_hand(scene: Scene, step: Step) -> Iterator[str]:
    """One position of the kernel: a sum a channel where there are few, then the sum of the sums."""
    weights, channels = scene.kernel[..., 0], scene.data.shape[-1]
    name = f"output {shape(step.position) if len(step.position) > 1 else step.position[0]}"
    if scene.labels:
        first, dilation = step.start[0], scene.layer.dilation[0]
        name += ": " + " ".join(scene.labels[first : first + dilation * len(weights) : dilation])
    if channels == 1 or channels > MOST_CHANNELS:
        yield f"  {name}:  {terms(step.window, weights)} = {number(step.total)}"
        return
    yield f"  {name}"
    sums = [number(step.products[..., channel].sum()) for channel in range(channels)]
    for channel, (label, total) in enumerate(zip(scene.channel_names, sums, strict=True)):
        yield f"    {label}:  {terms(step.window[..., channel], weights[..., channel])} = {total}"
    yield f"    sum:  {' + '.join(sums)} = {number(step.total)}"


def check(what: str, got, expected) -> str:
    """A line that says that `got` is what was expected.

    Raises:
        ArithmeticError: it is not, which is a mistake of this package's and not of its user's.
    """
    got, expected = np.asarray(got), np.asarray(expected)
    if got.shape != expected.shape or not np.allclose(got, expected, rtol=0, atol=TOLERANCE):
        raise ArithmeticError(f"{what}: got {got.tolist()}, expected {expected.tolist()}")
    return f"  check: {what}"


def by_hand(scene: Scene) -> Iterator[str]:
    """A whole scene: shapes, every position, the output and its check."""
    yield scene.title
    sizes = f"input {shape(scene.data.shape)}, kernel {shape(scene.kernel.shape[:-1])}"
    yield f"  {sizes}, output {shape(scene.layer.output_size)}: {size_formula(scene.layer)}"
    for step in scene.steps():
        yield from step_by_hand(scene, step)
    output = scene.output()
    yield f"  result: {array(output)}"
    yield check(f"equals {array(scene.expected)}", output, scene.expected)


def size_formula(layer: Layer) -> str:
    """How many places the kernel has along each axis, worked out.

    >>> size_formula(Layer((5,), 1, (3,), strides=(2,), padding=((1, 1),)))
    'steps (5 + 1 + 1 - 3) // 2 + 1 = 3'
    """
    columns = (layer.size, layer.pads, layer.receptive_field, layer.strides, layer.output_size)
    return ", ".join(
        f"{axis} ({' + '.join(str(part) for part in (size, *pads) if part)} - {reach}) // {stride} + 1 = {places}"
        for axis, size, pads, reach, stride, places in zip(AXES[len(layer.size)], *columns, strict=True)
    )


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
