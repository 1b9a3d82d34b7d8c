"""Lines of the worked cases in the colors of the pictures, on a terminal only."""

import sys
from collections.abc import Iterable

from convpipe.convolution.grids import Line

#: By role: lighter than in the pictures, so that they read on a dark ground as well as on a light one.
COLORS = {"input": "#3b8ecb", "kernel": "#c8741a", "output": "#219b7a"}


def print_lines(lines: Iterable[str]) -> None:
    """Print lines as they come; a terminal without NO_COLOR shows those of the input, kernel and output in color."""
    if not sys.stdout.isatty():
        for line in lines:
            print(line)
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    for line in lines:
        style = COLORS[line.role] if isinstance(line, Line) else ""
        console.print(Text(line, style=style), soft_wrap=True)
