"""Wide tables: one row per series, with its label."""

import re
from dataclasses import replace

import numpy as np

from convpipe.data.series.reading import Reading
from convpipe.data.series.recordings import Recordings
from convpipe.data.series.roles import UNNAMED, Roles, label_missing, roles_of
from convpipe.data.series.settings import SeriesSettings
from convpipe.data.tables.table import Table
from convpipe.errors import DataError

#: Whole numbers below this are exact in double precision.
EXACT_BELOW = 2**53


def read_wide(table: Table, data: SeriesSettings, reading: Reading, label: str | None = None) -> Recordings:
    """Read the series in a wide table, one per row; missing values at the end of a row are left out.

    Columns such as ax_0, ax_1, ay_0, ay_1 are steps of several channels; otherwise all columns are steps of one.

    Args:
        table: one row per series.
        data: settings; columns that they do not name are guessed.
        reading: collects remarks.
        label: label of all series, instead of a column of labels.

    Raises:
        DataError: no labels, a row without one, or a cell that is not a number.
    """
    roles, steps = _roles(table, data, label, reading)
    channels, columns = _channels(steps)
    if len(channels) == 1 and not data.columns:
        _check_channels(table, steps)
    values = np.empty((len(table), len(columns[0]), len(channels)))
    for place, names in enumerate(columns):
        for step, name in enumerate(names):
            values[:, step, place] = table.numbers(name)
    if roles.label is None:
        codes, class_names = np.full(len(table), 0 if reading.labeled else -1, np.int64), [str(label)]
    else:
        codes, class_names = table.codes(roles.label)
    if (codes < 0).any() and reading.labeled:
        facts = table.place(int(np.argmax(codes < 0)))
        raise DataError("no label", **facts, key="data.label", remedy="add one, or remove the row")
    resolved = replace(data, layout="wide", label=roles.label, group=roles.group, columns=steps)
    what = f"wide table: {len(table):,} series of {len(columns[0]):,} steps, "
    what += "1 channel" if len(channels) == 1 else f"{len(channels)} channels {', '.join(channels)}"
    if roles.label:
        counted = not table.headed and roles.label.isdigit()
        what += f", labels in column {roles.label} (counted from 0)" if counted else f", labels `{roles.label}`"
    return Recordings(
        what + (f", groups `{roles.group}`" if roles.group else ""), resolved, trimmed(values, reading), channels,
        [f"{table.file.name} line {line}" for line in table.lines()], codes, class_names,
        table.texts(roles.group) if roles.group else None,
    )  # fmt: skip


def trimmed(values: np.ndarray, reading: Reading) -> list[np.ndarray]:
    """Remove the missing values at the end of series (n, steps, channels), which are padding. Return one (steps,
    channels) array per series, with at least one step."""
    present = ~np.isnan(values).all(axis=2)
    lengths = np.where(present.any(axis=1), values.shape[1] - np.argmax(present[:, ::-1], axis=1), 1)
    short = int((lengths < values.shape[1]).sum())
    if short:
        reading.remark(
            f"left out missing values at the end of {short:,} series (the shortest has {lengths.min():,} steps)"
        )
    return [series[:length] for series, length in zip(values, lengths, strict=True)]


def _roles(table: Table, data: SeriesSettings, label: str | None, reading: Reading) -> tuple[Roles, list[str]]:
    """Return the roles of the columns, and the columns of the steps."""
    roles = roles_of(table, data) if table.headed or data.label or data.group else Roles(None, (), None, None)
    label_column = None if label is not None else roles.label or _label(table)
    if not reading.labeled:
        label_column = roles.label
    if label_column is None and label is None and reading.labeled:
        raise label_missing(table)
    # A column that numbers or names the rows is not a step.
    roles = Roles(label_column, roles.recording, roles.group, None)
    if data.columns:
        return roles, [table.require(name, "data.columns") for name in data.columns]
    steps = []
    for name in table.names:
        if name in roles.used:
            if name in roles.recording:
                reading.remark(f"left out column {name}, which names the rows")
        elif name.startswith(UNNAMED):
            reading.remark(f"left out column {name.removeprefix(UNNAMED)} (counted from 0), which has no name")
        elif table.kind(name) in ("text", "time"):
            reading.remark(f"left out column {name}, which contains text")
        else:
            steps.append(name)
    if not steps:
        remedy = "set data.columns=[...] to the columns of the steps"
        raise DataError("no numeric column", file=table.file, key="data.columns", remedy=remedy)
    return roles, steps


def _label(table: Table) -> str | None:
    """Return the first or the last column if it has text or else repeated whole numbers, or None."""
    ends = (table.names[0], table.names[-1])
    for name in ends:
        if table.kind(name) == "text":
            return name
    for name in ends:
        if table.kind(name) == "number":
            values = table.numbers(name)
            whole = (np.abs(values) < EXACT_BELOW).all() and (values == np.floor(values)).all()
            if whole and 1 < len(np.unique(values)) <= max(2, len(values) // 2):
                return name
    return None


def _check_channels(table: Table, steps: list[str]) -> None:
    """Refuse columns that look like steps of several channels with different numbers of steps."""
    several = {prefix: len(names) for prefix, names in _by_prefix(steps).items() if len(names) > 1}
    if len(several) > 1:
        counts = ", ".join(f"{prefix or '(no name)'} {count}" for prefix, count in several.items())
        message = f"columns of several channels with different numbers of steps ({counts})"
        remedy = "correct the names, or set data.columns=[...]"
        raise DataError(message, file=table.file, key="data.columns", remedy=remedy)


def _are_times(steps: list[str]) -> bool:
    """Return whether names such as 0.00, 0.02 or t0.5, t1.0 are equally spaced times, and so of one channel."""
    matches = [re.fullmatch(r"(\D*?)(\d+(?:\.\d+)?)", name) for name in steps]
    if len({match and match[1] for match in matches}) > 1 or not all(matches) or not any("." in name for name in steps):
        return False
    distances = np.diff([float(match[2]) for match in matches if match])
    return bool(len(distances) and distances[0] > 0 and np.allclose(distances, distances.mean(), rtol=0.01))


def _by_prefix(steps: list[str]) -> dict[str, list[str]]:
    """Return prefix -> columns whose names are this prefix and a number."""
    columns: dict[str, list[str]] = {}
    if _are_times(steps):
        return {"": steps}
    for match in filter(None, (re.fullmatch(r"(.*?)[_\-. ]?(\d+)", name) for name in steps)):
        columns.setdefault(match[1], []).append(match[0])
    return columns


def _channels(steps: list[str]) -> tuple[list[str], list[list[str]]]:
    """Return the names of the channels, and the columns of the steps of each."""
    by_prefix = _by_prefix(steps)
    counts = {len(names) for names in by_prefix.values()}
    if len(by_prefix) > 1 and len(counts) == 1 and len(by_prefix) < len(steps) == len(by_prefix) * counts.pop():
        return [prefix or "channel" for prefix in by_prefix], [*by_prefix.values()]
    return ["channel 0"], [steps]
