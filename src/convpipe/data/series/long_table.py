"""Long tables: a row is a step, and a column tells the recordings apart."""

from dataclasses import replace

import numpy as np

from convpipe.data.series.reading import Reading
from convpipe.data.series.recordings import Recordings, most_frequent
from convpipe.data.series.roles import Roles, channels_of, label_missing, listed, roles_of
from convpipe.data.series.settings import SeriesSettings
from convpipe.data.series.time_axis import usable_times
from convpipe.data.tables.table import Table
from convpipe.errors import DataError
from convpipe.overrides import pasteable


def read_long(table: Table, data: SeriesSettings, reading: Reading) -> Recordings:
    """The recordings in a long table, in the order in which they appear; rows keep their order within one.

    Args:
        table: a row a step.
        data: settings; a column that none of them names is guessed.
        reading: takes remarks.

    Raises:
        DataError: no labels, a row without a recording, a recording of two groups, or a cell that is no number.
    """
    roles = roles_of(table, data)
    if roles.label is None and not data.intervals and reading.labeled:
        raise label_missing(table)
    by, roles = _told_apart_by(roles)
    owner, ids = _recordings(table, by)
    channels, left = channels_of(table, roles, data)
    for line in left:
        reading.remark(line)
    values = np.empty((len(table), len(channels)))
    for place, name in enumerate(channels):
        values[:, place] = table.numbers(name)
    order, starts = _order(owner, len(ids))
    cut = starts[1:]

    def split(array: np.ndarray) -> list[np.ndarray]:
        return np.split(array if order is None else array[order], cut)

    labels, class_names, step_labels = _labels(table, roles, split, len(ids))
    times, seconds = usable_times(table, roles.time, data.time is not None, reading.remark)
    roles = replace(roles, time=None if times is None else roles.time)
    resolved = replace(
        data, layout="long", label=roles.label, recording=list(by) if len(by) > 1 else by[0] if by else None,
        group=roles.group, time=roles.time, columns=channels,
    )  # fmt: skip
    return Recordings(
        _what(len(ids), by, channels, roles, step_labels is not None), resolved, split(values), channels, ids, labels,
        class_names, _groups(table, roles.group, owner, ids, by),
        None if times is None else split(times), seconds, step_labels,
    )  # fmt: skip


def _told_apart_by(roles: Roles) -> tuple[tuple[str, ...], Roles]:
    """The columns that tell recordings apart: those of recordings, else that of groups, else none."""
    if roles.recording:
        return roles.recording, roles
    return ((roles.group,) if roles.group else ()), roles


def _recordings(table: Table, by: tuple[str, ...]) -> tuple[np.ndarray, list[str]]:
    """For each row the place of its recording, and what the recordings are called."""
    if not by:
        return np.zeros(len(table), np.int64), [table.file.name]
    codes, names = table.codes(by[0])
    for column in by[1:]:
        more, others = table.codes(column)
        missing = (codes < 0) | (more < 0)
        pairs, first, inverse = np.unique(codes * (len(others) + 1) + more, return_index=True, return_inverse=True)
        rank = np.argsort(np.argsort(first))
        at_first = first[np.argsort(first)]
        names = [f"{names[codes[row]]}/{others[more[row]]}" for row in at_first]
        codes = np.where(missing, -1, rank[inverse])
    if (codes < 0).any():
        row = int(np.argmax(codes < 0))
        remedy = "write one, or remove the row"
        message = f"no recording in column {' or '.join(by)}"
        raise DataError(message, **table.place(row), key="data.recording", remedy=remedy)
    return codes, names


def _order(owner: np.ndarray, count: int) -> tuple[np.ndarray | None, np.ndarray]:
    """The order that brings the rows of each recording together (None: they are), and where each begins."""
    counts = np.bincount(owner, minlength=count)
    order = None if (np.diff(owner) >= 0).all() else np.argsort(owner, kind="stable")
    return order, np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int64)


def _labels(table: Table, roles: Roles, split, count: int) -> tuple[np.ndarray, list[str], list[np.ndarray] | None]:
    """A label a recording, the class names, and the labels of steps where they vary within a recording."""
    if roles.label is None:
        return np.full(count, -1, np.int64), [], None
    codes, names = table.codes(roles.label)
    steps = split(codes)
    first = np.array([each[0] for each in steps])
    varies = any((each != label).any() for each, label in zip(steps, first, strict=True))
    if not varies:
        return first, names, None
    return np.array([most_frequent(each) for each in steps], np.int64), names, steps


def _groups(table: Table, column: str | None, owner: np.ndarray, ids: list[str], by: tuple[str, ...]):
    """The group of each recording; None where no column tells it.

    Raises:
        DataError: a recording of two groups, or of none.
    """
    if column is None:
        return None
    codes, names = table.codes(column)
    first = np.full(len(ids), -1, np.int64)
    first[owner[::-1]] = codes[::-1]
    other = (codes != first[owner]) | (codes < 0)
    if other.any():
        row = int(np.argmax(other))
        place, recording = table.place(row), ids[owner[row]]
        if codes[row] < 0:
            message, remedy = f"no group in column {column}", "write one, or remove the row"
            raise DataError(message, **place, key="data.group", remedy=remedy)
        message = f"recording {recording} has two groups, {names[first[owner[row]]]} and {names[codes[row]]}"
        remedy = f"set {pasteable('data.recording', [column, *by])} if each group counts its recordings anew"
        raise DataError(message, **place, key="data.group", value=names[codes[row]], remedy=remedy)
    return [names[code] for code in first]


def _what(count: int, by: tuple[str, ...], channels: list[str], roles: Roles, varying: bool) -> str:
    told = f" by `{'`, `'.join(by)}`" if by else ""
    what = f"long table: {count:,} recording{'s' * (count != 1)}{told}, {described(channels)}"
    what += f", labels `{roles.label}`" if roles.label else ""
    what += " (a label a step)" if varying else ""
    what += f", groups `{roles.group}`" if roles.group else ""
    return what + (f", time `{roles.time}`" if roles.time else "")


def described(channels: list[str]) -> str:
    """How many channels, and their names where these are few.

    >>> described(["ax", "ay"])
    '2 channels ax, ay'
    """
    return f"{len(channels):,} channel{'s' * (len(channels) != 1)} {listed(channels)}"
