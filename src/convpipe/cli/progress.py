"""What a command says on standard error: lines, and its progress as a bar on a terminal, as lines elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

#: Seconds without a line after which the share is told.
SECONDS = 10


def say(line: str) -> None:
    """Print a line that the user should see, such as what was dropped, converted or guessed."""
    print(line, file=sys.stderr, flush=True)


@contextmanager
def bar(title: str, total: int) -> Iterator[Callable[[int], None]]:
    """A block whose progress is shown.

    Args:
        title: what is done.
        total: how many steps it takes.

    Yields:
        A function that is told how many steps more are done.
    """
    from convpipe.progress_bar import Bar, is_interactive
    from convpipe.tables import plain_console

    done, told = 0, time.monotonic()
    shown = Bar(title, total, plain_console(stderr=True), transient=True) if is_interactive(sys.stderr) else None

    def advance(steps: int) -> None:
        nonlocal done, told
        done += steps
        if shown:
            shown.move(done)
        elif time.monotonic() - told > SECONDS:
            told = time.monotonic()
            say(f"{title}: {100 * done / total:.0f} %")

    if shown:
        shown.start()
    try:
        yield advance
    finally:
        if shown:
            shown.stop()
