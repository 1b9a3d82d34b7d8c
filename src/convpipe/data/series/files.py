"""A recording a file: tables and arrays in a folder."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from convpipe.data.folders import Labeled
from convpipe.data.npy import load_array
from convpipe.data.series.long_table import described
from convpipe.data.series.reading import Reading
from convpipe.data.series.recordings import Recordings, joined, most_frequent
from convpipe.data.series.roles import Roles, channels_of, label_missing, roles_of
from convpipe.data.series.settings import SeriesSettings
from convpipe.data.series.time_axis import usable_times
from convpipe.data.series.wide_table import read_wide
from convpipe.data.tables.table import Table
from convpipe.errors import DataError


class FileRecordings:
    """Collects a recording from each file; what the columns are for is decided once for files of equal columns.

    Args:
        root: the folder, for ids.
        data: the settings.
        reading: reads tables and takes remarks.
        told: where labels come from: "folders", "names", or "column" for a column of each file.
    """

    def __init__(self, root: Path, data: SeriesSettings, reading: Reading, told: str):
        self.root, self.data, self.reading, self.told = root, data, reading, told
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
            DataError: a cell that is no number, or columns that differ from those of the first file.
        """
        self.reading.digest.update(repr((_id(each.path, self.root), each.label, each.group, each.is_test)).encode())
        if each.path.suffix.lower() == ".npy":
            values = load_array(self.reading.content(each.path), each.path)
            values = values[:, None] if values.ndim == 1 else values
            if values.ndim != 2 or values.dtype.kind not in "buif" or not values.size:
                message, remedy = f"an array of shape {values.shape}", "save numbers of shape (steps, channels)"
                raise DataError(message, file=each.path, value=values.shape, remedy=remedy)
            names = [str(number) for number in range(values.shape[1])]
            chosen = self.data.columns or names
            for name in chosen:
                if name not in names:
                    remedy = f"use numbers from 0 to {len(names) - 1}"
                    raise DataError(f"no column {name}", file=each.path, key="data.columns", value=name, remedy=remedy)
            self._keep(each, [*chosen], values[:, [*map(names.index, chosen)]].astype(np.float64))
            return
        table = self.reading.table(each.path)
        roles, channels = self._decided(table)
        values = np.empty((len(table), len(channels)))
        for place, name in enumerate(channels):
            values[:, place] = table.numbers(name)
        self.roles = roles
        self._keep(each, channels, values, table)

    def _decided(self, table: Table) -> tuple[Roles, list[str]]:
        key = (tuple(table.names), tuple(str(column.type) for column in table.columns.values()))
        if key not in self.known:
            roles = roles_of(table, self.data)
            if self.told == "column" and roles.label is None and not self.data.intervals and self.reading.labeled:
                raise label_missing(table)
            self.known[key] = (roles, *channels_of(table, roles, self.data))
        roles, channels, left = self.known[key]
        for line in left:
            self.reading.remark(line)
        if self.told != "column" and roles.label is not None:
            self.reading.remark(f"left out column {roles.label}, since the {self.told} tell the classes")
        for name in roles.recording:
            self.reading.remark(f"left out column {name}, since a file is a recording")
        return roles, channels

    def _keep(self, each: Labeled, channels: list[str], values: np.ndarray, table: Table | None = None) -> None:
        if self.first is None:
            self.first = each.path, channels
        first, expected = self.first
        if channels != expected:
            if sorted(channels) != sorted(expected):
                message = f"the columns are {', '.join(channels)}, but {first.name} has {', '.join(expected)}"
                remedy = "choose columns that all files have with data.columns=[...]"
                raise DataError(message, file=each.path, key="data.columns", value=channels, remedy=remedy)
            values = values[:, [channels.index(name) for name in expected]]
        times = None
        if table is not None and self.roles.time is not None:
            asked = self.data.time is not None
            times, self.seconds = usable_times(table, self.roles.time, asked, self.reading.remark)
        self.values.append(values)
        self.times.append(times)
        self.groups.append(each.group or self._group(table))
        self.labels.append(self._labels(each, table))

    def _group(self, table: Table | None) -> str | None:
        """The group that a column tells, the same in the whole file."""
        if table is None or self.roles.group is None:
            return None
        codes, names = table.codes(self.roles.group)
        if len(names) != 1 or (codes < 0).any():
            message = f"the file has {len(names)} groups in column {self.roles.group} ({', '.join(names[:3])})"
            remedy = "set data.recording=COLUMN if the file holds several recordings"
            raise DataError(message, file=table.file, key="data.group", value=names[:3], remedy=remedy)
        return names[0]

    def _labels(self, each: Labeled, table: Table | None) -> np.ndarray:
        """One label, or one a step."""
        if self.told != "column":
            return np.array([self.class_names.setdefault(each.label, len(self.class_names))])
        if table is None or self.roles.label is None:
            return np.array([-1])
        codes, names = table.codes(self.roles.label)
        own = [self.class_names.setdefault(name, len(self.class_names)) for name in names]
        return np.array([*own, -1], np.int64)[codes]

    def recordings(self, found: list[Labeled]) -> Recordings:
        """All recordings that were added, of the files `found`."""
        assert self.first is not None
        channels, roles = self.first[1], self.roles
        varying = any(len(np.unique(each)) > 1 for each in self.labels)
        timed = all(each is not None for each in self.times)
        grouped = all(each is not None for each in self.groups)
        for what, told in (("times", self.times), ("groups", self.groups)):
            without = sum(each is None for each in told)
            if 0 < without < len(told):
                self.reading.remark(f"left out the {what}, since {without:,} of {len(told):,} files tell none")
        labels = {"column": f"column `{roles.label}`" if roles.label else "intervals"}.get(
            self.told, f"file {self.told}".replace("file folders", "folders")
        )
        what = f"a recording a file: {len(found):,} files, {described(channels)}, labels by {labels}"
        what += " (a label a step)" if varying else ""
        by_name = "names" if found[0].group else f"column `{roles.group}`"
        what += f", {len(set(self.groups)):,} groups by {by_name}" if grouped else ""
        what += f", time `{roles.time}`" if timed else ""
        label = roles.label if self.told == "column" else self.data.label
        settings = replace(self.data, layout="files", label=label, time=roles.time if timed else None, columns=channels)
        steps = [each if len(each) > 1 else np.full(len(series), each[0])
                 for each, series in zip(self.labels, self.values, strict=True)]  # fmt: skip
        validates = np.array([each.is_validation for each in found])
        return Recordings(
            what, settings, self.values, channels, [_id(each.path, self.root) for each in found],
            np.array([most_frequent(each) for each in self.labels], np.int64), [*self.class_names],
            [str(each) for each in self.groups] if grouped else None,
            [each for each in self.times if each is not None] if timed else None, self.seconds,
            steps if varying else None,
            None if found[0].is_test is None else np.array([bool(each.is_test) for each in found]),
            validates if validates.any() else None,
        )  # fmt: skip


def _id(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


def read_files(root: Path, found: list[Labeled], told: str, data: SeriesSettings, reading: Reading) -> Recordings:
    """The recordings in some files, one each.

    Args:
        root: their folder, for ids.
        found: the files, with the classes that folders or names tell.
        told: "folders", "names", or "column".
        data: the settings.
        reading: reads tables and takes remarks.

    Raises:
        DataError: a broken file, or files that do not fit each other.
    """
    collected = FileRecordings(root, data, reading, told)
    for each in found:
        collected.add(each)
    return collected.recordings(found)


def read_wide_files(found: list[Labeled], data: SeriesSettings, reading: Reading) -> Recordings:
    """The series in wide tables whose folders or names tell the class, one a row."""
    made = []
    for each in found:
        part = read_wide(reading.table(each.path), data, reading, each.label)
        part.ids = [f"{each.path.parent.name}/{name}" for name in part.ids]
        part.is_test = None if each.is_test is None else np.full(len(part), each.is_test)
        part.groups = None if each.group is None else [each.group] * len(part)
        made.append(part)
    read = joined(made)
    return replace(read, what=f"wide tables: {len(read):,} series in {len(found):,} files")
