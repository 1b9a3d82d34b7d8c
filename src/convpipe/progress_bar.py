"""Progress on a terminal: a bar that fits any width, and a status line."""

import math
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.text import Text

from convpipe.tables import plain_console

#: Minimum and maximum width of a bar, in columns.
LEAST_BAR, LONGEST_BAR = 10, 40


def is_interactive(stream) -> bool:
    """Whether lines of a stream can be redrawn: on a terminal, unless NO_COLOR or TERM=dumb is set."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


class Bar:
    """A progress bar with the number of steps, the time left and, if any, metrics.

    Args:
        title: name of the task.
        total: number of steps.
        console: where the bar is drawn; default: standard output.
        transient: whether the bar is removed when it stops.
    """

    def __init__(self, title: str, total: int, console: Console | None = None, transient: bool = False):
        self.title, self.total = title, total
        self.console = console or plain_console()
        self.place, self.measures = 0.0, ""
        self.first: float | None = None
        self.ends: float | None = None
        self.live = Live(get_renderable=self._lines, console=self.console, refresh_per_second=8, transient=transient)

    def start(self) -> None:
        """Show the bar."""
        self.started = time.perf_counter()
        self.live.start()

    def move(self, place: float, measures: str | None = None) -> None:
        """Update the number of completed steps, including the fraction of the current one, and the metrics."""
        now = time.perf_counter()
        self.first = place if self.first is None else self.first
        if place > max(self.place, self.first):
            self.ends = now + (now - self.started) / (place - self.first) * (self.total - place)
        self.place = place
        self.measures = self.measures if measures is None else measures

    def stop(self) -> None:
        """Stop drawing, and restore the terminal."""
        self.live.stop()

    def _lines(self) -> Text:
        left = "" if self.ends is None else f"{duration(max(self.ends - time.perf_counter(), 0))} left"
        return bar_lines(self.title, self.place, self.total, self.measures, left, self.console.width)


def bar_lines(title: str, place: float, total: int, measured: str, left: str, width: int) -> Text:
    """Draw a bar on one line, or on several if there is no room; words and numbers are not broken.

    Args:
        title: name of the task.
        place: number of completed steps, including the fraction of the current one.
        total: number of steps.
        measured: the latest metrics, separated by two spaces.
        left: the time left.
        width: width of the terminal in columns.

    >>> print(bar_lines("training", 5.0, 10, "loss 0.5000", "3 s left", 50))
    training ━━━━━─────   5/10  3 s left  loss 0.5000
    """
    count = f"{int(place):{len(str(total))}}/{total}"
    facts = [each for each in (count, left) if each]
    # The last column stays free, because some terminals wrap there.
    room = width - 1
    right = "  ".join([*facts, measured] if measured else facts)
    if room - len(title) - len(right) - 3 >= LEAST_BAR:
        return _bar(title, place / total, right, room)
    below = _wrapped(measured.split("  "), room) if measured else []
    right = "  ".join(facts)
    if room - len(title) - len(right) - 3 < LEAST_BAR:
        return Text("\n", no_wrap=True).join([*_wrapped([title], room), _bar("", place / total, right, room), *below])
    return Text("\n", no_wrap=True).join([_bar(title, place / total, right, room), *below])


def _bar(title: str, share: float, right: str, room: int) -> Text:
    """One line: title, bar, facts."""
    size = max(min(room - len(title) - len(right) - 3 * bool(title) - 2 * (not title), LONGEST_BAR), 1)
    full = int(size * min(share, 1.0))
    text = Text(f"{title} " if title else "", no_wrap=True)
    return text.append("━" * full, "bold").append("─" * (size - full), "dim").append(f"  {right}")


def _wrapped(parts: list[str], room: int) -> list[Text]:
    """Put as many parts on a line as fit, without breaking any."""
    lines: list[str] = []
    for part in parts:
        if lines and len(lines[-1]) + 2 + len(part) <= room:
            lines[-1] += f"  {part}"
        else:
            lines.append(part)
    return [Text(line, no_wrap=True, overflow="ellipsis") for line in lines]


@contextmanager
def status(words: str) -> Iterator[None]:
    """Show one line on a terminal while a block runs; show nothing elsewhere."""
    if not is_interactive(sys.stdout):
        yield
        return
    line = Text(f"{words} ...", no_wrap=True, overflow="ellipsis")
    with Live(line, console=plain_console(), transient=True, auto_refresh=False):
        yield


def duration(seconds: float) -> str:
    """Format a duration.

    >>> duration(3), duration(75), duration(7300)
    ('3 s', '1 min 15 s', '2 h 1 min')
    """
    whole = math.ceil(seconds)
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60} min {whole % 60} s" if whole < 3600 else f"{whole // 3600} h {whole % 3600 // 60} min"
