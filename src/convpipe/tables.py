"""Tables for terminals of any width: numbers are not broken, and every part repeats the first column."""

import os
from collections.abc import Iterable, Sequence
from typing import Literal

from rich import box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

#: Minimum width of the first column.
LEAST_FIRST = 10


def plain_console(**options) -> Console:
    """Return a rich console without markup; with NO_COLOR it writes plain text, without colors and bold.

    Args:
        options: options of `rich.console.Console`.
    """
    look = {"color_system": None} if os.environ.get("NO_COLOR") else {}
    return Console(markup=False, emoji=False, highlight=False, **look | options)


class FittingTable:
    """A table that fits the terminal.

    A table that is too wide is split into several, one below the other. Each repeats the first column, whose words may
    wrap.

    Args:
        heads: heads of the columns; a head may have several lines.
        rows: rows with as many cells as there are heads.
        words: heads of the columns of words, except the first: they are aligned left, and wrap between words if there
            is no other way to fit.
        bold: heads of columns to emphasize.
        lines: whether to draw a line below the heads.
    """

    def __init__(
        self,
        heads: Sequence[str],
        rows: Iterable[Sequence[str | Text]],
        words: Sequence[str] = (),
        bold: Sequence[str] = (),
        lines: bool = True,
    ):
        self.heads, self.rows = list(heads), [[self._text(cell) for cell in row] for row in rows]
        self.words, self.bold, self.lines = words, bold, lines
        # Width between two cells, and of both edges together.
        self.gap, self.edges = (3, 2) if lines else (2, 0)

    @staticmethod
    def _text(cell: str | Text) -> Text:
        return cell if isinstance(cell, Text) else Text(cell)

    @property
    def width(self) -> int:
        """Width of the unsplit table."""
        return self._whole(self.heads)

    def _whole(self, heads: Sequence[str]) -> int:
        widths = [max(_width(head), self._widest(place)) for place, head in enumerate(heads)]
        return sum(widths) + self.gap * (len(widths) - 1) + self.edges

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for number, table in enumerate(self._parts(options.max_width)):
            if number and not self.lines:
                yield Text()
            yield table

    def _parts(self, room: int) -> list[Table]:
        """The tables for a width of `room`: one, or one with heads on several lines, or several."""
        for heads in (self.heads, [self._narrow(place) for place in range(len(self.heads))]):
            if self._whole(heads) <= room:
                return [self._table(heads, range(1, len(heads)), room)]
        widths = [max(_width(head), self._widest(place)) for place, head in enumerate(heads)]
        most = max(room - max(widths[1:], default=0) - self.gap - self.edges, LEAST_FIRST)
        words = [word for text in (heads[0], *(row[0].plain for row in self.rows)) for word in text.split()]
        longest = max(map(cell_len, words), default=0)
        first = min(widths[0], most, max(room // 3, longest))
        groups: list[list[int]] = []
        left = 0
        for place, width in enumerate(widths[1:], 1):
            if not groups or width + self.gap > left:
                groups.append([])
                left = room - first - self.edges
            groups[-1].append(place)
            left -= width + self.gap
        return [self._table(heads, group, first) for group in groups]

    def _widest(self, place: int) -> int:
        """Width of the widest cell of a column."""
        return max((_width(row[place].plain) for row in self.rows), default=0)

    def _narrow(self, place: int) -> str:
        """Break a head into lines that are no wider than its cells, if its words allow it."""
        lines: list[str] = []
        for word in self.heads[place].split():
            if lines and len(lines[-1]) + 1 + len(word) <= self._widest(place):
                lines[-1] += f" {word}"
            else:
                lines.append(word)
        return "\n".join(lines)

    def _table(self, heads: Sequence[str], group: Sequence[int], first: int) -> Table:
        if self.lines:
            table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        else:
            table = Table(box=None, pad_edge=False, padding=(0, self.gap, 0, 0))
        table.add_column(heads[0], overflow="fold", max_width=first)
        for place in group:
            is_words, style = self.heads[place] in self.words, "bold" if self.heads[place] in self.bold else ""
            side: Literal["left", "right"] = "left" if is_words else "right"
            table.add_column(heads[place], justify=side, no_wrap=not is_words, overflow="fold", style=style)
        for row in self.rows:
            table.add_row(row[0], *(row[place] for place in group))
        return table


def _width(text: str) -> int:
    return max(map(cell_len, text.split("\n")))
