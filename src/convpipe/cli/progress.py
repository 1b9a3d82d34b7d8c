"""Messages of a command on standard error: lines, and progress as a bar on a terminal or as lines elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

#: Minimum seconds between two lines of progress.
SECONDS = 10


def say(line: str) -> None:
    """Print a line that the user should see, for example that data were dropped, converted or guessed."""
    print(line, file=sys.stderr, flush=True)


@contextmanager
def bar(title: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show the progress of a block.

    Args:
        title: name of the task.
        total: number of steps.

    Yields:
        A function to call with the number of steps completed since the last call.
    """
    from convpipe.progress_bar import Bar, is_interactive
    from convpipe.tables import plain_console

    done, reported_at = 0, time.monotonic()
    shown = Bar(title, total, plain_console(stderr=True), transient=True) if is_interactive(sys.stderr) else None

    def advance(steps: int) -> None:
        nonlocal done, reported_at
        done += steps
        if shown:
            shown.move(done)
        elif time.monotonic() - reported_at > SECONDS:
            reported_at = time.monotonic()
            say(f"{title}: {100 * done / total:.0f}%")

    if shown:
        shown.start()
    try:
        yield advance
    finally:
        if shown:
            shown.stop()
