"""One file per recording: tables and arrays in a folder."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from convpipe.data.folders import Labeled
from convpipe.data.npy import load_array
from convpipe.data.series.long_table import describe_channels
from convpipe.data.series.reading import Reading
from convpipe.data.series.recordings import Recordings, joined, most_frequent
from convpipe.data.series.roles import Roles, channels_of, label_missing, roles_of
from convpipe.data.series.settings import SeriesSettings
from convpipe.data.series.time_axis import usable_times
from convpipe.data.series.wide_table import read_wide
from convpipe.data.tables.table import Table
from convpipe.errors import DataError

#: Source of the labels -> its name in messages.
SOURCE_NAMES = {"folders": "folders", "names": "file names"}


class FileRecordings:
    """Collects one recording per file. The roles of columns are determined once for all files with equal columns.

    Args:
        root: the folder that ids are relative to.
        data: the settings.
        reading: reads tables and collects remarks.
        label_source: source of the labels: "folders", "names", or "column" (a column of each file).
    """

    def __init__(self, root: Path, data: SeriesSettings, reading: Reading, label_source: str):
        self.root, self.data, self.reading, self.label_source = root, data, reading, label_source
        self.known: dict[tuple, tuple[Roles, list[str], list[str]]] = {}
        self.first: tuple[Path, list[str]] | None = None
        self.values: list[np.ndarray] = []
        self.times: list[np.ndarray | None] = []
        self.groups: list[str | None] = []
        self.seconds: float | None = None
        self.class_names: dict[str, int] = {}
        self.labels: list[np.ndarray] = []
        self.roles = Roles(None, (), None, None)

    def add(self, each: Labeled) -> None:
        """Read one file.

        Raises:
            DataError: a cell that is not a number, or columns that differ from those of the first file.
        """
        self.reading.digest.update(repr((_id(each.path, self.root), each.label, each.group, each.is_test)).encode())
        if each.path.suffix.lower() == ".npy":
            values = load_array(self.reading.content(each.path), each.path)
            values = values[:, None] if values.ndim == 1 else values
            if values.ndim != 2 or values.dtype.kind not in "buif" or not values.size:
                message, remedy = f"an array of shape {values.shape}", "save numbers of shape (steps, channels)"
                raise DataError(message, file=each.path, value=values.shape, remedy=remedy)
            names = [str(number) for number in range(values.shape[1])]
            channels = self.data.columns or names
            for name in channels:
                if name not in names:
                    remedy = f"use numbers from 0 to {len(names) - 1}"
                    raise DataError(f"no column {name}", file=each.path, key="data.columns", value=name, remedy=remedy)
            self._append(each, [*channels], values[:, [*map(names.index, channels)]].astype(np.float64))
            return
        table = self.reading.table(each.path)
        roles, channels = self._roles_and_channels(table)
        values = np.empty((len(table), len(channels)))
        for place, name in enumerate(channels):
            values[:, place] = table.numbers(name)
        self.roles = roles
        self._append(each, channels, values, table)

    def _roles_and_channels(self, table: Table) -> tuple[Roles, list[str]]:
        key = (tuple(table.names), tuple(str(column.type) for column in table.columns.values()))
        if key not in self.known:
            roles = roles_of(table, self.data)
            needs_label = self.reading.labeled and not self.data.intervals
            if self.label_source == "column" and roles.label is None and needs_label:
                raise label_missing(table)
            self.known[key] = (roles, *channels_of(table, roles, self.data))
        roles, channels, left = self.known[key]
        for line in left:
            self.reading.remark(line)
        if self.label_source != "column" and roles.label is not None:
            source = SOURCE_NAMES[self.label_source]
            self.reading.remark(f"left out column {roles.label}, since the classes come from the {source}")
        for name in roles.recording:
            self.reading.remark(f"left out column {name}, since each file is a recording")
        return roles, channels

    def _append(self, each: Labeled, channels: list[str], values: np.ndarray, table: Table | None = None) -> None:
        if self.first is None:
            self.first = each.path, channels
        first, expected = self.first
        if channels != expected:
            if sorted(channels) != sorted(expected):
                message = f"the columns are {', '.join(channels)}, but {first.name} has {', '.join(expected)}"
                remedy = "set data.columns=[...] to columns that all files have"
                raise DataError(message, file=each.path, key="data.columns", value=channels, remedy=remedy)
            values = values[:, [channels.index(name) for name in expected]]
        times = None
        if table is not None and self.roles.time is not None:
            is_set = self.data.time is not None
            times, self.seconds = usable_times(table, self.roles.time, is_set, self.reading.remark)
        self.values.append(values)
        self.times.append(times)
        self.groups.append(each.group or self._group(table))
        self.labels.append(self._labels(each, table))

    def _group(self, table: Table | None) -> str | None:
        """Return the only group in the group column of a file.

        Raises:
            DataError: the column has several groups, or empty cells.
        """
        if table is None or self.roles.group is None:
            return None
        codes, names = table.codes(self.roles.group)
        if len(names) != 1 or (codes < 0).any():
            message = f"the file has {len(names)} groups in column {self.roles.group} ({', '.join(names[:3])})"
            remedy = "set data.recording=COLUMN if the file contains several recordings"
            raise DataError(message, file=table.file, key="data.group", value=names[:3], remedy=remedy)
        return names[0]

    def _labels(self, each: Labeled, table: Table | None) -> np.ndarray:
        """Return one label, or one per step."""
        if self.label_source != "column":
            return np.array([self.class_names.setdefault(each.label, len(self.class_names))])
        if table is None or self.roles.label is None:
            return np.array([-1])
        codes, names = table.codes(self.roles.label)
        own = [self.class_names.setdefault(name, len(self.class_names)) for name in names]
        return np.array([*own, -1], np.int64)[codes]

    def recordings(self, files: list[Labeled]) -> Recordings:
        """Return the recordings of all files, which were added in this order."""
        assert self.first is not None
        channels, roles = self.first[1], self.roles
        varying = any(len(np.unique(each)) > 1 for each in self.labels)
        timed = all(each is not None for each in self.times)
        grouped = all(each is not None for each in self.groups)
        for what, values in (("times", self.times), ("groups", self.groups)):
            without = sum(each is None for each in values)
            if 0 < without < len(values):
                self.reading.remark(f"left out the {what}, since {without:,} of {len(values):,} files have none")
        labels = SOURCE_NAMES.get(self.label_source) or (f"column `{roles.label}`" if roles.label else "intervals")
        what = f"one file per recording: {len(files):,} files, {describe_channels(channels)}, labels from {labels}"
        what += " (one per step)" if varying else ""
        source = "file names" if files[0].group else f"column `{roles.group}`"
        what += f", {len(set(self.groups)):,} groups from {source}" if grouped else ""
        what += f", time `{roles.time}`" if timed else ""
        label = roles.label if self.label_source == "column" else self.data.label
        settings = replace(self.data, layout="files", label=label, time=roles.time if timed else None, columns=channels)
        steps = [each if len(each) > 1 else np.full(len(series), each[0])
                 for each, series in zip(self.labels, self.values, strict=True)]  # fmt: skip
        is_validation = np.array([each.is_validation for each in files])
        return Recordings(
            what, settings, self.values, channels, [_id(each.path, self.root) for each in files],
            np.array([most_frequent(each) for each in self.labels], np.int64), [*self.class_names],
            [str(each) for each in self.groups] if grouped else None,
            [each for each in self.times if each is not None] if timed else None, self.seconds,
            steps if varying else None,
            None if files[0].is_test is None else np.array([bool(each.is_test) for each in files]),
            is_validation if is_validation.any() else None,
        )  # fmt: skip


def _id(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


def read_files(
    root: Path, files: list[Labeled], label_source: str, data: SeriesSettings, reading: Reading
) -> Recordings:
    """Read one recording from each file.

    Args:
        root: the folder that ids are relative to.
        files: the files, with classes if these come from folders or names.
        label_source: source of the labels: "folders", "names", or "column".
        data: the settings.
        reading: reads tables and collects remarks.

    Raises:
        DataError: a broken file, or files that do not fit each other.
    """
    collector = FileRecordings(root, data, reading, label_source)
    for each in files:
        collector.add(each)
    return collector.recordings(files)


def read_wide_files(files: list[Labeled], data: SeriesSettings, reading: Reading) -> Recordings:
    """Read wide tables with one series per row; all series of a file have the class of its folder or name."""
    parts = []
    for each in files:
        part = read_wide(reading.table(each.path), data, reading, each.label)
        part.ids = [f"{each.path.parent.name}/{name}" for name in part.ids]
        part.is_test = None if each.is_test is None else np.full(len(part), each.is_test)
        part.groups = None if each.group is None else [each.group] * len(part)
        parts.append(part)
    series = joined(parts)
    return replace(series, what=f"wide tables: {len(series):,} series in {len(files):,} files")
