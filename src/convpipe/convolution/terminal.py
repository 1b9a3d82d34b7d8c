"""Print the worked cases, on a terminal in the colors of the pictures."""

import sys
from collections.abc import Iterable

from convpipe.convolution.grids import Line

#: Color of each role, lighter than in the pictures to be readable on dark and light backgrounds.
COLORS = {"input": "#3b8ecb", "kernel": "#c8741a", "output": "#219b7a"}


def print_lines(lines: Iterable[str]) -> None:
    """Print lines one by one; on a terminal, unless NO_COLOR is set, input, kernel and output lines are colored."""
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
