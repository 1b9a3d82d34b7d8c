"""Long tables: one row per step, and a column that identifies the recording."""

from dataclasses import replace

import numpy as np

from convpipe.data.series.reading import Reading
from convpipe.data.series.recordings import Recordings, most_frequent
from convpipe.data.series.roles import Roles, abbreviate, channels_of, label_missing, roles_of
from convpipe.data.series.settings import SeriesSettings
from convpipe.data.series.time_axis import usable_times
from convpipe.data.tables.table import Table
from convpipe.errors import DataError
from convpipe.overrides import pasteable


def read_long(table: Table, data: SeriesSettings, reading: Reading) -> Recordings:
    """Read the recordings in a long table, in order of appearance. Rows keep their order within a recording.

    Args:
        table: one row per step.
        data: settings; columns that they do not name are guessed.
        reading: collects remarks.

    Raises:
        DataError: no labels, a row without a recording, a recording with two groups, or a cell that is not a number.
    """
    roles = roles_of(table, data)
    if roles.label is None and not data.intervals and reading.labeled:
        raise label_missing(table)
    by, roles = _recording_columns(roles)
    recording_of, ids = _recordings(table, by)
    channels, left = channels_of(table, roles, data)
    for line in left:
        reading.remark(line)
    values = np.empty((len(table), len(channels)))
    for place, name in enumerate(channels):
        values[:, place] = table.numbers(name)
    order, starts = _order(recording_of, len(ids))
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
        class_names, _groups(table, roles.group, recording_of, ids, by),
        None if times is None else split(times), seconds, step_labels,
    )  # fmt: skip


def _recording_columns(roles: Roles) -> tuple[tuple[str, ...], Roles]:
    """Return the columns that identify recordings: those of recordings, else that of groups, else none."""
    if roles.recording:
        return roles.recording, roles
    return ((roles.group,) if roles.group else ()), roles


def _recordings(table: Table, by: tuple[str, ...]) -> tuple[np.ndarray, list[str]]:
    """Return the index of the recording of each row, and the names of the recordings."""
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
        remedy = "add one, or remove the row"
        message = f"no recording in column {' or '.join(by)}"
        raise DataError(message, **table.place(row), key="data.recording", remedy=remedy)
    return codes, names


def _order(recording_of: np.ndarray, count: int) -> tuple[np.ndarray | None, np.ndarray]:
    """Return the order that groups rows by recording (None if they are grouped already), and the start of each."""
    counts = np.bincount(recording_of, minlength=count)
    order = None if (np.diff(recording_of) >= 0).all() else np.argsort(recording_of, kind="stable")
    return order, np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int64)


def _labels(table: Table, roles: Roles, split, count: int) -> tuple[np.ndarray, list[str], list[np.ndarray] | None]:
    """Return one label per recording, the class names, and step labels (None if no recording has several labels)."""
    if roles.label is None:
        return np.full(count, -1, np.int64), [], None
    codes, names = table.codes(roles.label)
    steps = split(codes)
    first = np.array([each[0] for each in steps])
    varies = any((each != label).any() for each, label in zip(steps, first, strict=True))
    if not varies:
        return first, names, None
    return np.array([most_frequent(each) for each in steps], np.int64), names, steps


def _groups(table: Table, column: str | None, recording_of: np.ndarray, ids: list[str], by: tuple[str, ...]):
    """Return the group of each recording; None without a column of groups.

    Raises:
        DataError: a recording with two groups, or with none.
    """
    if column is None:
        return None
    codes, names = table.codes(column)
    first = np.full(len(ids), -1, np.int64)
    first[recording_of[::-1]] = codes[::-1]
    wrong = (codes != first[recording_of]) | (codes < 0)
    if wrong.any():
        row = int(np.argmax(wrong))
        place, recording = table.place(row), ids[recording_of[row]]
        if codes[row] < 0:
            message, remedy = f"no group in column {column}", "add one, or remove the row"
            raise DataError(message, **place, key="data.group", remedy=remedy)
        message = f"recording {recording} has two groups, {names[first[recording_of[row]]]} and {names[codes[row]]}"
        remedy = f"set {pasteable('data.recording', [column, *by])} if each group numbers its own recordings"
        raise DataError(message, **place, key="data.group", value=names[codes[row]], remedy=remedy)
    return [names[code] for code in first]


def _what(count: int, by: tuple[str, ...], channels: list[str], roles: Roles, varying: bool) -> str:
    columns = f" by `{'`, `'.join(by)}`" if by else ""
    what = f"long table: {count:,} recording{'s' * (count != 1)}{columns}, {describe_channels(channels)}"
    what += f", labels `{roles.label}`" if roles.label else ""
    what += " (one per step)" if varying else ""
    what += f", groups `{roles.group}`" if roles.group else ""
    return what + (f", time `{roles.time}`" if roles.time else "")


def describe_channels(channels: list[str]) -> str:
    """Return the number of channels and the names of the first ones.

    >>> describe_channels(["ax", "ay"])
    '2 channels ax, ay'
    """
    return f"{len(channels):,} channel{'s' * (len(channels) != 1)} {abbreviate(channels)}"
