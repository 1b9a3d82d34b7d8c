"""Conv1D, Conv2D and Conv3D side by side: a line, a plane and a block of values, with a kernel moving in each."""

import itertools
import math

from convpipe.convolution.pictures import canvas
from convpipe.convolution.pictures.canvas import Canvas
from convpipe.cost.layer import AXES, Layer

SIDE, KERNEL = 5, 3  # values and kernel size along each axis
PLACES = SIDE - KERNEL + 1
UNIT, LEAN, RISE = 0.72, 0.5, 0.42  # edge of a value in cells; shift of a depth step to the right and up, in units
PANEL, IN_TOP, OUT_TOP = 6.9, 4.7, 11.5  # cells


class BoxPicture:
    """One frame per position of the three-dimensional kernel; the other two kernels repeat their positions."""

    milliseconds = 450
    frames = PLACES**3
    still = 22  # the middle of the front
    #: The layers to draw and to describe in the captions.
    layers = tuple(Layer((SIDE,) * axes, 1, (KERNEL,) * axes, bias=False) for axes in AXES)

    def draw(self, frame: int, still: bool) -> Canvas:
        sheet = Canvas(3 * PANEL + 0.4, 15.5)
        sheet.title(f"{SIDE} values along each axis, a kernel of {KERNEL} along each, one filter")
        for column, layer in enumerate(self.layers):
            self._panel(sheet, 0.6 + column * PANEL, layer, frame, still)
        return sheet

    def _panel(self, sheet: Canvas, x: float, layer: Layer, frame: int, still: bool) -> None:
        axes = len(layer.size)
        places = list(itertools.product(*map(range, layer.output_size)))
        now = frame % len(places)
        sheet.text(x, 2.05, f"Conv{axes}D", "title", bold=True)
        sheet.text(x, 2.75, f"moves along {', '.join(AXES[axes])}", "label", color=canvas.ORANGE)
        block = _Block(x, IN_TOP, _three(layer.size))
        block.edges(sheet, canvas.BLUE)
        start, size = _from_behind(places[now], SIDE - KERNEL), _three(layer.kernel_size)
        block.cut(sheet, start, size, canvas.ORANGES, canvas.ORANGE)
        result = _Block(x, OUT_TOP, _three(layer.output_size))
        result.edges(sheet, canvas.GREEN)
        cells = {_from_behind(place, PLACES - 1): index for index, place in enumerate(places)}
        # From back to front: cubes that are nearer, higher or further right cover the others.
        for cell in sorted(cells, key=lambda cell: (-cell[0], -cell[1], cell[2])):
            if cells[cell] <= now or still:
                shades = canvas.DARK_GREENS if cells[cell] == now else canvas.GREENS
                result.cut(sheet, cell, (1, 1, 1), shades, canvas.GREEN)
        self._caption(sheet, x, layer)

    def _caption(self, sheet: Canvas, x: float, layer: Layer) -> None:
        kernel = f"kernel {(*layer.kernel_size, 1)}: {layer.weights} weights"
        sheet.text(x, 9.05, f"input {(*layer.size, layer.channels)}", "label", color=canvas.BLUE)
        sheet.text(x, 9.7, kernel, "label", color=canvas.ORANGE)
        sheet.text(x, 14.3, f"output {layer.output_shape}", "label", color=canvas.GREEN)
        sheet.text(
            x, 14.95, f"{math.prod(layer.output_size)} × {layer.weights} = {layer.multiply_adds} multiply-adds", "label"
        )


def _three(values, fill: int = 1) -> tuple[int, int, int]:
    """Values of depth, height and width, with `fill` for missing axes."""
    return tuple([fill] * (3 - len(values)) + list(values))


def _from_behind(place: tuple[int, ...], last: int) -> tuple[int, int, int]:
    """Where a position is drawn: the first in depth is at the back, so that earlier ones do not hide later ones."""
    depth, height, width = _three(place, 0)
    return (last - depth if len(place) == 3 else 0), height, width


class _Block:
    """Cubes seen from the front, right and above; (x, y) is the upper left corner of the front."""

    def __init__(self, x: float, y: float, size: tuple[int, int, int]):
        self.x, self.y, self.size = x, y, size

    def _point(self, depth: float, height: float, width: float) -> tuple[float, float]:
        return self.x + (width + LEAN * depth) * UNIT, self.y + (height - RISE * depth) * UNIT

    def cut(self, sheet: Canvas, start, size, colors, edge: str) -> None:
        """Draw a solid piece of `size` values from `start` on: front, top and right side, each with its grid."""
        for face, color in zip(_faces(start, size), colors, strict=True):
            sheet.shape([self._point(*corner) for corner in face], color, edge, 1.6)
        for line in _grid(start, size):
            self._line(sheet, line, edge, 0.8, 3.2)

    def edges(self, sheet: Canvas, color: str) -> None:
        """Draw the whole block as a transparent box: its outline, and a faint grid behind the solid pieces."""
        for line in _grid((0, 0, 0), self.size):
            self._line(sheet, line, canvas.EDGE, 0.8, 1)
        for face in _faces((0, 0, 0), self.size):
            sheet.shape([self._point(*corner) for corner in face], "none", color, 2.2, 2)

    def _line(self, sheet: Canvas, line, color: str, width: float, zorder: float) -> None:
        xs, ys = zip(*(self._point(*end) for end in line), strict=True)
        sheet.line(xs, ys, color, width, zorder=zorder)


def _faces(start, size) -> tuple[list, list, list]:
    """Corners (depth, height, width) of the front, the top and the right side."""
    (d, h, w), (back, low, right) = start, [s + n for s, n in zip(start, size, strict=True)]
    return (
        [(d, h, w), (d, h, right), (d, low, right), (d, low, w)],
        [(d, h, w), (d, h, right), (back, h, right), (back, h, w)],
        [(d, h, right), (back, h, right), (back, low, right), (d, low, right)],
    )


def _grid(start, size):
    """Lines between neighboring values on the front, the top and the right side, each a pair of corners."""
    (d, h, w), (back, low, right) = start, [s + n for s, n in zip(start, size, strict=True)]
    for height in range(h + 1, low):
        yield (d, height, w), (d, height, right)
        yield (d, height, right), (back, height, right)
    for width in range(w + 1, right):
        yield (d, h, width), (d, low, width)
        yield (d, h, width), (back, h, width)
    for depth in range(d + 1, back):
        yield (depth, h, w), (depth, h, right)
        yield (depth, h, right), (depth, low, right)
