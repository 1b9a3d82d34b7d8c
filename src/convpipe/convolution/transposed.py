"""The worked case of a transposed convolution: each input value adds a scaled kernel to the output."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from convpipe.convolution.by_hand import array, check, output_size_lines, shape
from convpipe.convolution.grids import Line, number, rows_with_names
from convpipe.convolution.reference import cross_correlate, transposed, transposed_layer
from convpipe.cost.layer import Layer


@dataclass(frozen=True)
class Spread:
    """One series, one kernel and the expected output of their transposed convolution, with a single channel.

    Args:
        data: (steps,) the input.
        kernel: (kernel_size,) the weights.
        stride: output positions from one input value to the next.
        expected: (positions,) the expected output, computed independently of this package.
    """

    data: np.ndarray
    kernel: np.ndarray
    stride: int
    expected: np.ndarray

    @property
    def layer(self) -> Layer:
        return transposed_layer(self.data[:, None], self.kernel[:, None, None], strides=self.stride)

    def output(self) -> np.ndarray:
        """Return the output (positions,) of the reference definition."""
        return transposed(self.data[None, :, None], self.kernel[:, None, None], strides=self.stride)[0, :, 0]

    def products(self) -> np.ndarray:
        """Return what each input value adds to each output, (steps, positions); NaN where it adds nothing."""
        rows = np.full((len(self.data), len(self.expected)), np.nan)
        for index, value in enumerate(self.data):
            first = index * self.stride
            rows[index, first : first + len(self.kernel)] = value * self.kernel
        return rows

    def terms(self, position: int) -> list[tuple[int, int]]:
        """Return the pairs (input step, weight index) whose products add up to an output."""
        pairs = ((step, position - step * self.stride) for step in range(len(self.data)))
        return [(step, tap) for step, tap in pairs if 0 <= tap < len(self.kernel)]


def example() -> Spread:
    """Three values, a kernel of three, stride 2."""
    return Spread(np.array([2, 1, 3]), np.array([1, 2, 3]), 2, expected=np.array([2, 4, 7, 2, 6, 6, 9]))


def transposed_by_hand(scene: Spread) -> Iterator[str]:
    """Yield the lines of the case: the grids, the products of each input, and the sum of each output."""
    layer = scene.layer
    yield f"Conv1DTranspose: each input value adds a scaled kernel to the output, stride {scene.stride}"
    for role, values in (("input", scene.data), ("kernel", scene.kernel)):
        yield Line(f"  {role} {shape((len(values), 1))}", role)
        yield from rows_with_names([""], values[None], role)
    yield from output_size_lines(layer, layer.output_size)
    yield "  what each input value adds to each output:"
    yield from _products_lines(scene)
    for position, total in enumerate(scene.expected):
        pairs = [f"{number(scene.data[step])}*{number(scene.kernel[tap])}" for step, tap in scene.terms(position)]
        yield f"  output {position}:  {' + '.join(pairs)} = {number(total)}"
    output = scene.output()
    yield Line(f"  result: {array(output)}", "output")
    yield check(f"equals {array(scene.expected)}", output, scene.expected)
    back = cross_correlate(output[None, :, None], scene.kernel[:, None, None], strides=scene.stride)
    words = f"Conv1D with this kernel and stride maps {len(output)} steps back to {len(scene.data)}"
    yield check(words, back.shape[1], len(scene.data))
    yield f"  multiply-adds: {len(scene.data)} input positions x {layer.weights} weights = {layer.multiply_adds}"


def _products_lines(scene: Spread) -> Iterator[str]:
    cells = [["" if np.isnan(value) else number(value) for value in row] for row in scene.products()]
    heads = [str(position) for position in range(len(scene.expected))]
    names = ["output", *(f"input {step}: {number(value)} * kernel" for step, value in enumerate(scene.data)), "sum"]
    label, sums = max(map(len, names)), [number(total) for total in scene.expected]
    width = max(len(cell) for row in (heads, sums, *cells) for cell in row)
    for name, row in zip(names, (heads, *cells, sums), strict=True):
        line = f"    {name:{label}}  " + "  ".join(f"{cell:>{width}}" for cell in row)
        yield Line(line.rstrip(), "output") if name in ("output", "sum") else line.rstrip()
