"""Log output: lines that fit the terminal, and the log file of a run, which also records what a terminal shows as a bar
or a table."""

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
    """Append the log lines of a block, from level INFO, to a file, whether or not the caller configured logging.

    Args:
        path: the log file.
    """
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%Y-%m-%d %H:%M:%S"))
    to_root = _RootHandler(logging.WARNING)
    levels = {each: each.level for each in (log, file_only)}
    quiet = not log.isEnabledFor(logging.INFO)
    for each in levels:
        each.addHandler(handler)
        each.setLevel(logging.INFO)
    if quiet:  # the caller shows warnings only: INFO lines go to the file alone
        log.addHandler(to_root)
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
            log.removeHandler(to_root)
            log.propagate = True
        handler.close()


class TerminalLines(logging.Formatter):
    """Format a record as its message alone, wrapped between words if standard output is a terminal.

    The files in conf/ use it for the console. A record with the attribute `whole` is not wrapped, so that a command in
    it can be copied.
    """

    def format(self, record: logging.LogRecord) -> str:
        message = record.getMessage()
        if not sys.stdout.isatty() or hasattr(record, "whole"):
            return message
        width = shutil.get_terminal_size().columns
        return textwrap.fill(message, width, break_long_words=False, break_on_hyphens=False) if message else message


class _RootHandler(logging.Handler):
    """Pass records to the root logger."""

    def emit(self, record: logging.LogRecord) -> None:
        logging.getLogger().handle(record)
