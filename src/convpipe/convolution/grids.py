"""Small grids of numbers as text with aligned columns, at most 80 characters wide if possible."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np

WIDTH = 80
MARGIN, BETWEEN = 4, 4  # characters before the first panel and between panels
MOST_ROWS = 12  # a longer grid shows only its first three rows and the last
ZERO = "."  # a zero of the padding


class Line(str):
    """A line to print, with a role ("input", "kernel" or "output") that sets its color on a terminal."""

    role: str

    def __new__(cls, words: str, role: str):
        line = super().__new__(cls, words)
        line.role = role
        return line


class Panel(NamedTuple):
    """A grid of cells with a name above it."""

    name: str
    cells: list[list[str]]


def number(value: float) -> str:
    """Format a number with up to six digits, or as a fraction if that is exact and shorter.

    >>> number(0.1 + 0.2), number(-8.0), number(1 / 27)
    ('0.3', '-8', '1/27')
    """
    words = f"{value:.6g}"
    fraction = Fraction(float(value)).limit_denominator(99)
    return str(fraction) if len(words) > 6 and abs(float(fraction) - value) < 1e-9 else words


def panel(name: str, values: np.ndarray, pads: Sequence[tuple[int, int]] = ((0, 0), (0, 0))) -> Panel:
    """Format rows and columns of numbers, with a mark for each zero of the padding around them."""
    cells = np.full([size + sum(pair) for size, pair in zip(values.shape, pads, strict=True)], ZERO, object)
    (top, _), (left, _) = pads
    cells[top : top + values.shape[0], left : left + values.shape[1]] = [[number(v) for v in row] for row in values]
    return Panel(name, cells.tolist())


def side_by_side(panels: Sequence[Panel], role: str, margin: int = MARGIN) -> Iterator[Line]:
    """Yield panels next to each other, as many per band as the width allows."""
    width = max(len(cell) for each in panels for row in each.cells for cell in row)
    grids = [[each.name, *("  ".join(f"{cell:>{width}}" for cell in row) for row in each.cells)] for each in panels]
    if not any(each.name for each in panels):
        grids = [grid[1:] for grid in grids]
    widest = max(len(line) for grid in grids for line in grid)
    at_once = max((WIDTH - margin + BETWEEN) // (widest + BETWEEN), 1)
    for first in range(0, len(grids), at_once):
        for row in zip(*grids[first : first + at_once], strict=True):
            yield Line((" " * margin + (" " * BETWEEN).join(f"{line:{widest}}" for line in row)).rstrip(), role)


def rows_with_names(
    names: Sequence[str], values: np.ndarray, role: str, heads: Sequence[str] = (), before: int = 0, after: int = 0
) -> Iterator[Line]:
    """Yield a grid with a name to the left of each row and, if given, a heading above each column.

    Args:
        names: one per row.
        values: (rows, columns).
        role: role of the lines.
        heads: one per column, or empty.
        before, after: number of zeros of the padding on the left and on the right.
    """
    cells = panel("", values, ((0, 0), (before, after))).cells
    lines = [(name, row) for name, row in zip(names, cells, strict=True)]
    if len(lines) > MOST_ROWS:
        lines = [*lines[:3], ("...", [""] * len(cells[0])), lines[-1]]
    if heads:
        lines.insert(0, ("", [*[""] * before, *heads, *[""] * after]))
    label = max(len(name) for name, _ in lines)
    width = max(len(cell) for _, row in lines for cell in row)
    for name, row in lines:
        words = "  ".join(f"{cell:>{width}}" for cell in row)
        yield Line((" " * MARGIN + (f"{name:{label}}  " if label else "") + words).rstrip(), role)
