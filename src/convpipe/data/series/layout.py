"""Which layout the files at a path have, and what reads it."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from convpipe.data.file_names import OR_PATTERN, by_names, files_below, has_label, labeled
from convpipe.data.folders import Labeled, Wanted, in_folders
from convpipe.data.series.arrays import read_arrays
from convpipe.data.series.channel_files import read_channel_files
from convpipe.data.series.files import read_files, read_wide_files
from convpipe.data.series.label_files import names_file, with_label_files
from convpipe.data.series.long_parts import read_parts
from convpipe.data.series.long_table import read_long
from convpipe.data.series.nested_table import is_nested, read_nested
from convpipe.data.series.pairs import check_label_files, pair_in
from convpipe.data.series.reading import ARRAYS, DELIMITED, PARQUET, TABLES, Reading
from convpipe.data.series.recordings import Recordings, as_test, joined
from convpipe.data.series.roles import label_missing, listed, roles_of, usual
from convpipe.data.series.settings import SeriesSettings, paths_in
from convpipe.data.series.ts_files import read_ts
from convpipe.data.series.wide_table import read_wide
from convpipe.data.tables.table import Table
from convpipe.errors import DataError, nearest
from convpipe.overrides import pasteable

FILES = Wanted("recordings", (*DELIMITED, *PARQUET, ".npy"))
#: Rows that follow each other have the same label in a table of steps; this many on average, at least.
RUN = 5
#: A table of this many columns of numbers has series for rows rather than steps.
MANY = 20


def read_part(path: Path, data: SeriesSettings, reading: Reading, key: str = "data.path") -> Recordings:
    """The recordings at a path, whatever their layout.

    Args:
        path: a file or a folder.
        data: the settings; what they say of the layout and of columns holds.
        reading: reads files and takes remarks.
        key: the setting that names the path.

    Raises:
        DataError: there is nothing at the path, its layout is not recognized, or it is broken.
    """
    if path.is_dir():
        return _read_folder(path, data, reading, key == "data.test")
    if not path.exists():
        beside = [each.name for each in path.parent.iterdir()] if path.parent.is_dir() else []
        close = nearest(path.name, beside) if beside else ""
        remedy = close if close.startswith("did") else f"check {key}"
        raise DataError("no such file or folder", file=path, key=key, value=str(path), remedy=remedy)
    suffix = path.suffix.lower()
    if suffix == ".ts":
        return read_ts(path, data, reading)
    if suffix in ARRAYS:
        return read_arrays(path, data, reading, key == "data.test")
    table, told = with_label_files(reading.table(path), data, reading, key == "data.test")
    part = _read_table(table, told, reading)
    if told is not data:  # the test part has files of its own
        part.settings = replace(part.settings, label=data.label, group=data.group)
    return part


def _read_table(table: Table, data: SeriesSettings, reading: Reading) -> Recordings:
    if is_nested(table, data):
        return read_nested(table, data, reading)
    read = {"long": read_long, "wide": read_wide, "files": None}[layout_of(table, data)]
    if read is None:
        message, remedy = "one file, but data.layout=files", "name the folder of the files"
        raise DataError(message, file=table.file, key="data.layout", value="files", remedy=remedy)
    return read(table, data, reading)


def layout_of(table: Table, data: SeriesSettings) -> str:
    """Long or wide: as the settings say, else by the columns.

    Raises:
        DataError: it may be both.
    """
    if data.layout != "auto":
        return data.layout
    if data.recording is not None or data.time or data.intervals:
        return "long"
    if not table.headed:
        return "wide"
    roles = roles_of(table, data)
    used = roles.used
    others = [name for name in table.names if name not in used]
    numbered = sum(bool(re.fullmatch(r"\D*?\d+(\.\d+)?", name)) for name in others)
    numbered = numbered if numbered >= 0.8 * len(others) else 0
    repeats = bool(roles.recording) and len(table.codes(roles.recording[0])[1]) < len(table)
    if repeats and roles.time:
        return "long"
    if numbered >= MANY:
        return "wide"
    if repeats or roles.time:
        return "long"
    if numbered > 2:
        return "wide"
    if roles.label is None:
        raise label_missing(table)
    codes, _ = table.codes(roles.label)
    runs = 1 + np.count_nonzero(np.diff(codes))
    if roles.group and len(table) / runs >= RUN and len(others) < MANY:
        return "long"
    if len(others) >= MANY:
        return "wide"
    message = f"no column tells recordings apart among {listed(table.names)}"
    remedy = "set data.recording=COLUMN or data.layout=long if a row is a step, or data.layout=wide if it is a series"
    raise DataError(message, file=table.file, key="data.recording", remedy=remedy)


def _read_folder(root: Path, data: SeriesSettings, reading: Reading, is_test: bool) -> Recordings:
    if names_file(data.label) and not data.pattern:
        return _read_channels(root, data, reading, is_test)
    pair = pair_in(root) if data.layout == "auto" and not data.pattern else None
    if pair:
        reading.report(f"{root}: {pair[0].name} trains, {pair[1].name} is the test part")
        train = read_part(pair[0], data, reading)
        return joined([train, as_test(read_part(pair[1], train.settings, reading, "data.test"))])
    say = reading.report
    if data.layout == "auto" and not data.pattern:
        check_label_files(root)
    if has_label(data.pattern):
        return _read_labeled(root, labeled(root, data.pattern, FILES, say), "names", data, reading)
    asked = data.label is not None or data.recording is not None or data.intervals or data.layout == "long"
    if not asked and any(_holds_files(each) for each in root.iterdir() if each.is_dir() and each.name[0] != "."):
        return _read_labeled(root, labeled(root, data.pattern, FILES, say), "folders", data, reading)
    return _read_tables(root, data, reading, say)


def _read_channels(root: Path, data: SeriesSettings, reading: Reading, is_test: bool) -> Recordings:
    """The channels in a folder whose labels, and perhaps groups, stand in files of their own."""
    apart = {paths_in(each)[0].resolve() for each in (data.label, data.group) if each is not None}
    found = [each.path for each in files_below(root, FILES, reading.report) if each.path.resolve() not in apart]
    return read_channel_files(root, [each for each in found if not is_note(each, reading)], data, reading, is_test)


def _holds_files(folder: Path) -> bool:
    return any(path in FILES and path.is_file() for path in folder.rglob("*"))


def _read_labeled(root: Path, found: list[Labeled], told: str, data: SeriesSettings, reading: Reading) -> Recordings:
    found = [each for each in found if not is_note(each.path, reading)]
    if data.layout == "wide":
        return read_wide_files(found, data, reading)
    return read_files(root, found, told, data, reading)


def is_note(path: Path, reading: Reading) -> bool:
    """Whether a text file is about the data."""
    note = path.suffix.lower() == ".txt" and path.stem.lower().startswith(("readme", "license", "license"))
    if note:
        reading.remark(f"left out {path.name}")
    return note


def _read_tables(root: Path, data: SeriesSettings, reading: Reading, say: Callable[[str], None]) -> Recordings:
    """Tables whose columns tell the labels: parts of one long table, wide tables, or a recording each."""
    found = [each for each in files_below(root, FILES, say) if not is_note(each.path, reading)]
    if data.pattern:
        found = by_names(root, found, data.pattern, say)
    tables = [each for each in found if each.path.suffix.lower() in TABLES]
    if not tables:
        in_folders(root, FILES, say, OR_PATTERN)
    if data.layout == "files":
        return read_files(root, found, "column", data, reading)
    first = Reading(data, say).table(tables[0].path)
    told = data.recording is not None or usual(first.names, "recording") is not None or data.layout == "long"
    if data.label is None and usual(first.names, "label") is None and not data.intervals:
        message = "the classes are told neither by folders, nor by data.pattern, nor by a column"
        remedy = f"put each class into a folder of its own, set {pasteable('data.pattern', '(?P<label>[a-z]+)')} "
        remedy += "or the like for the file names, or set data.label to a column, or to a file with a label a row"
        raise DataError(message, file=root, key="data.path", value=str(root), remedy=remedy)
    if is_nested(first, data):
        return joined([read_nested(reading.table(each.path), data, reading) for each in tables])
    if data.layout == "wide":
        return joined([read_wide(reading.table(each.path), data, reading) for each in tables])
    if not told:
        return read_files(root, found, "column", data, reading)
    return read_parts(root, tables, data, reading)
