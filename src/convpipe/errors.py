"""Errors that a user can correct: what is wrong, where, and how to fix it."""

import difflib
import os
from collections.abc import Iterable

#: Exit status of a command whose standard output was closed, as in `convpipe train | head`.
BROKEN_PIPE = 141
#: Maximum number of known names that an error lists.
MOST_KNOWN = 60


class ConvpipeError(Exception):
    """Base of every error that a user can correct. A command prints it in one line and exits with status 2.

    Args:
        message: what is wrong, without the place and the remedy.
        file: path or name of the file at fault, printed first.
        line: line or row in `file`, counted from 1.
        key: the setting at fault, such as "training.epochs".
        value: the value of `key`, or the value found in `file`.
        remedy: what to do, printed last.

    >>> str(ConvpipeError("2 columns, expected 3", file="a.csv", line=7, remedy="correct or remove the line"))
    'a.csv line 7: 2 columns, expected 3; correct or remove the line'
    """

    def __init__(
        self,
        message: str,
        *,
        file: str | os.PathLike | None = None,
        line: int | None = None,
        key: str | None = None,
        value: object = None,
        remedy: str | None = None,
    ):
        super().__init__(message)
        self.message, self.file, self.line = message, None if file is None else str(file), line
        self.key, self.value, self.remedy = key, value, remedy

    def __str__(self) -> str:
        place = "" if self.file is None else self.file + ("" if self.line is None else f" line {self.line}") + ": "
        return place + self.message + ("" if self.remedy is None else f"; {self.remedy}")


class ConfigError(ConvpipeError):
    """A setting is unknown, out of bounds, or in conflict with another setting."""


class DataError(ConvpipeError):
    """A file, a sample or a set of labels is not what a reader or a split needs."""


class FetchError(ConvpipeError):
    """A package with data could not be downloaded, or is not the pinned version."""


class PluginError(ConvpipeError):
    """A plugin cannot be imported, registers something invalid, or is needed but was not named."""


class TrainingError(ConvpipeError):
    """Training cannot continue: the loss is not a number, or a checkpoint does not fit."""


class TrackingError(ConvpipeError):
    """The tracking store cannot be opened or written."""


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a hint for the end of an error: the known name most similar to `name`, or else all known names.

    >>> nearest("kernel_sze", ["filters", "kernel_size"])
    'did you mean kernel_size?'
    >>> nearest("zzz", ["fcn", "mlp"])
    'choose one of fcn, mlp'
    """
    known = sorted(known)
    close = difflib.get_close_matches(name, known, n=1)
    more = f" and {len(known) - MOST_KNOWN} more" if len(known) > MOST_KNOWN else ""
    return f"did you mean {close[0]}?" if close else "choose one of " + ", ".join(known[:MOST_KNOWN]) + more
