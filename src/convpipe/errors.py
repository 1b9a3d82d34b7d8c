"""Errors for the person who made them: what is wrong, where, what to do."""

import difflib
from collections.abc import Iterable


class ConvpipeError(Exception):
    """Base of every error that a user can mend; a script prints it in one line and exits with 2."""


class ConfigError(ConvpipeError):
    """A setting is unknown, out of bounds or at odds with another."""


class DataError(ConvpipeError):
    """A file, a series or a set of labels is not what a reader or a split needs."""


class FetchError(ConvpipeError):
    """A package that carries data could not be fetched, or is not the pinned one."""


class TrainingError(ConvpipeError):
    """Training cannot go on: the loss is not a number, or a saved state does not fit."""


class TrackingError(ConvpipeError):
    """The tracking store cannot be opened or written."""


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint that ends an error: the known name that is most like `name`, else all of them.

    >>> nearest("kernel_sze", ["filters", "kernel_size"])
    'did you mean kernel_size?'
    >>> nearest("zzz", ["fcn", "mlp"])
    'known: fcn, mlp'
    """
    known = sorted(known)
    close = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {close[0]}?" if close else "known: " + ", ".join(known)
