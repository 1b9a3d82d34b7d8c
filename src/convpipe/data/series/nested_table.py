"""Nested tables (Parquet): one row per recording, and one column of lists per channel."""

from dataclasses import replace

import numpy as np

from convpipe.data.series.long_table import describe_channels
from convpipe.data.series.reading import Reading
from convpipe.data.series.recordings import Recordings
from convpipe.data.series.roles import label_missing, roles_of
from convpipe.data.series.settings import SeriesSettings
from convpipe.data.tables.table import Table
from convpipe.errors import DataError


def is_nested(table: Table, data: SeriesSettings) -> bool:
    """Return whether a table has columns of lists, and no other numbers unless `data.layout` is wide."""
    lists = list_columns(table)
    if not lists or data.layout not in ("auto", "wide"):
        return False
    others = [name for name in table.names if name not in {*lists, *roles_of(table, data).used}]
    return data.layout == "wide" or not any(table.kind(name) == "number" for name in others)


def list_columns(table: Table) -> list[str]:
    """Return the columns whose cells are lists of numbers."""
    from pyarrow import types

    def is_list(dtype) -> bool:
        if not (types.is_list(dtype) or types.is_large_list(dtype) or types.is_fixed_size_list(dtype)):
            return False
        return types.is_floating(dtype.value_type) or types.is_integer(dtype.value_type)

    return [name for name, column in table.columns.items() if is_list(column.type)]


def read_nested(table: Table, data: SeriesSettings, reading: Reading) -> Recordings:
    """Read the recordings in a table of lists, one per row.

    Args:
        table: one row per recording; the lists of a row have equal lengths.
        data: settings; columns that they do not name are guessed.
        reading: collects remarks.

    Raises:
        DataError: no column of labels, or lists of a row that are empty or differ in length.
    """
    roles = roles_of(table, data)
    if roles.label is None and reading.labeled:
        raise label_missing(table)
    channels = [table.require(name, "data.columns") for name in data.columns or list_columns(table)]
    used = {*channels, roles.label, roles.group}
    for name in table.names:
        if name not in used:
            reading.remark(f"left out column {name}, which is not a channel")
    columns = [_lists(table, name) for name in channels]
    for row, lists in enumerate(zip(*columns, strict=True)):
        lengths = {len(each) for each in lists}
        if len(lengths) > 1 or 0 in lengths:
            message = f"lists of {' and '.join(map(str, sorted(lengths)))} steps"
            raise DataError(message, **table.place(row), remedy="give all channels of a row equally many steps")
    codes, class_names = table.codes(roles.label) if roles.label else (np.full(len(table), -1, np.int64), [])
    place = f"{table.file.name} row "
    what = f"nested table: {len(table):,} recordings, {describe_channels(channels)}, labels `{roles.label}`"
    return Recordings(
        what + (f", groups `{roles.group}`" if roles.group else ""),
        replace(data, label=roles.label, group=roles.group, columns=channels),
        [np.stack(lists, axis=1) for lists in zip(*columns, strict=True)], channels,
        [f"{place}{row + 1}" for row in range(len(table))], codes, class_names,
        table.texts(roles.group) if roles.group else None,
    )  # fmt: skip


def _lists(table: Table, name: str) -> list[np.ndarray]:
    """Return a column of lists as one (steps,) float64 array per row, with NaN for missing numbers."""
    import pyarrow as pa

    column = table.columns[name].combine_chunks()
    lengths = np.array([0 if each is None else each for each in column.value_lengths().to_pylist()], np.int64)
    flat = column.flatten().cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return np.split(flat, np.cumsum(lengths)[:-1])
