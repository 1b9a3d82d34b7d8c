"""What is logged: on a terminal in lines that fit, and in the log of a run, with what a terminal shows as a bar or a
table."""

import logging
import shutil
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

log = logging.getLogger("convpipe")
#: For lines that the terminal shows in another form; without a log file they are dropped.
file_only = logging.getLogger("convpipe.file_only")
file_only.propagate = False
file_only.addHandler(logging.NullHandler())


@contextmanager
def log_file(path: Path) -> Iterator[None]:
    """A block whose lines, from INFO on, are appended to a file, whether or not the program that calls set up logging.

    Args:
        path: of the file.
    """
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%Y-%m-%d %H:%M:%S"))
    through = _Through(logging.WARNING)
    levels = {each: each.level for each in (log, file_only)}
    quiet = not log.isEnabledFor(logging.INFO)
    for each in levels:
        each.addHandler(handler)
        each.setLevel(logging.INFO)
    if quiet:  # the program that calls wants warnings only: lines below stay in the file
        log.addHandler(through)
        log.propagate = False
    try:
        yield
    except BaseException as error:
        file_only.info(f"ended by {' '.join(f'{type(error).__name__}: {error}'.split())}")
        raise
    finally:
        for each, level in levels.items():
            each.removeHandler(handler)
            each.setLevel(level)
        if quiet:
            log.removeHandler(through)
            log.propagate = True
        handler.close()


class TerminalLines(logging.Formatter):
    """Messages alone, broken between words where standard output is a terminal; in conf/ the formatter of it. A record
    with `whole` is not broken, so that a command in it can be copied."""

    def format(self, record: logging.LogRecord) -> str:
        message = record.getMessage()
        if not sys.stdout.isatty() or hasattr(record, "whole"):
            return message
        width = shutil.get_terminal_size().columns
        return textwrap.fill(message, width, break_long_words=False, break_on_hyphens=False) if message else message


class _Through(logging.Handler):
    """Hands records on to the root logger."""

    def emit(self, record: logging.LogRecord) -> None:
        logging.getLogger().handle(record)
