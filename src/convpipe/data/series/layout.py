"""Recognize the layout of the files at a path, and read them."""

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
from convpipe.data.series.pairs import check_label_files, find_pair
from convpipe.data.series.reading import ARRAYS, DELIMITED, PARQUET, TABLES, Reading
from convpipe.data.series.recordings import Recordings, as_test, joined
from convpipe.data.series.roles import abbreviate, label_missing, roles_of, usual_column
from convpipe.data.series.settings import SeriesSettings, paths_in
from convpipe.data.series.ts_files import read_ts
from convpipe.data.series.wide_table import read_wide
from convpipe.data.tables.table import Table
from convpipe.errors import DataError, nearest
from convpipe.overrides import pasteable

FILES = Wanted("recordings", (*DELIMITED, *PARQUET, ".npy"))
#: In a table of steps, at least this many consecutive rows have the same label, on average.
MIN_RUN = 5
#: A table with at least this many numeric columns has one series per row rather than one step.
MIN_WIDE = 20


def read_part(path: Path, data: SeriesSettings, reading: Reading, key: str = "data.path") -> Recordings:
    """Read the recordings at a path in any layout.

    Args:
        path: a file or a folder.
        data: the settings; the layout and columns that they leave open are recognized.
        reading: reads files and collects remarks.
        key: the setting that names the path.

    Raises:
        DataError: there is nothing at the path, its layout is not recognized, or a file is broken.
    """
    if path.is_dir():
        return _read_folder(path, data, reading, key == "data.test")
    if not path.exists():
        siblings = [each.name for each in path.parent.iterdir()] if path.parent.is_dir() else []
        hint = nearest(path.name, siblings) if siblings else ""
        remedy = hint if hint.startswith("did") else f"check {key}"
        raise DataError("no such file or folder", file=path, key=key, value=str(path), remedy=remedy)
    suffix = path.suffix.lower()
    if suffix == ".ts":
        return read_ts(path, data, reading)
    if suffix in ARRAYS:
        return read_arrays(path, data, reading, key == "data.test")
    table, settings = with_label_files(reading.table(path), data, reading, key == "data.test")
    part = _read_table(table, settings, reading)
    if settings is not data:  # the test part has its own files
        part.settings = replace(part.settings, label=data.label, group=data.group)
    return part


def _read_table(table: Table, data: SeriesSettings, reading: Reading) -> Recordings:
    if is_nested(table, data):
        return read_nested(table, data, reading)
    read = {"long": read_long, "wide": read_wide, "files": None}[layout_of(table, data)]
    if read is None:
        message, remedy = "a single file, but data.layout=files", "set data.path to the folder of the files"
        raise DataError(message, file=table.file, key="data.layout", value="files", remedy=remedy)
    return read(table, data, reading)


def layout_of(table: Table, data: SeriesSettings) -> str:
    """Return the layout in the settings or, if it is automatic, "long" or "wide" by the columns of a table.

    Raises:
        DataError: both are possible.
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
    if numbered >= MIN_WIDE:
        return "wide"
    if repeats or roles.time:
        return "long"
    if numbered > 2:
        return "wide"
    if roles.label is None:
        raise label_missing(table)
    codes, _ = table.codes(roles.label)
    runs = 1 + np.count_nonzero(np.diff(codes))
    if roles.group and len(table) / runs >= MIN_RUN and len(others) < MIN_WIDE:
        return "long"
    if len(others) >= MIN_WIDE:
        return "wide"
    message = f"no column identifies recordings among {abbreviate(table.names)}"
    remedy = "set data.recording=COLUMN or data.layout=long if a row is a step, data.layout=wide if it is a series"
    raise DataError(message, file=table.file, key="data.recording", remedy=remedy)


def _read_folder(root: Path, data: SeriesSettings, reading: Reading, is_test: bool) -> Recordings:
    if names_file(data.label) and not data.pattern:
        return _read_channels(root, data, reading, is_test)
    pair = find_pair(root) if data.layout == "auto" and not data.pattern else None
    if pair:
        reading.report(f"{root}: {pair[0].name} is the training part, {pair[1].name} the test part")
        train = read_part(pair[0], data, reading)
        return joined([train, as_test(read_part(pair[1], train.settings, reading, "data.test"))])
    report = reading.report
    if data.layout == "auto" and not data.pattern:
        check_label_files(root)
    if has_label(data.pattern):
        return _read_labeled(root, labeled(root, data.pattern, FILES, report), "names", data, reading)
    by_column = data.label is not None or data.recording is not None or data.intervals or data.layout == "long"
    if not by_column and any(_has_files(each) for each in root.iterdir() if each.is_dir() and each.name[0] != "."):
        return _read_labeled(root, labeled(root, data.pattern, FILES, report), "folders", data, reading)
    return _read_tables(root, data, reading, report)


def _read_channels(root: Path, data: SeriesSettings, reading: Reading, is_test: bool) -> Recordings:
    """Read a folder with one file per channel, and labels and optionally groups in separate files."""
    label_files = {paths_in(each)[0].resolve() for each in (data.label, data.group) if each is not None}
    files = [each.path for each in files_below(root, FILES, reading.report) if each.path.resolve() not in label_files]
    return read_channel_files(root, [each for each in files if not is_note(each, reading)], data, reading, is_test)


def _has_files(folder: Path) -> bool:
    return any(path in FILES and path.is_file() for path in folder.rglob("*"))


def _read_labeled(root: Path, files: list[Labeled], source: str, data: SeriesSettings, reading: Reading) -> Recordings:
    files = [each for each in files if not is_note(each.path, reading)]
    if data.layout == "wide":
        return read_wide_files(files, data, reading)
    return read_files(root, files, source, data, reading)


def is_note(path: Path, reading: Reading) -> bool:
    """Return whether a text file is a readme or a license; add a remark if it is."""
    # In American and British spelling.
    note = path.suffix.lower() == ".txt" and re.match(r"readme|licen[cs]e", path.stem.lower()) is not None
    if note:
        reading.remark(f"left out {path.name}")
    return note


def _read_tables(root: Path, data: SeriesSettings, reading: Reading, report: Callable[[str], None]) -> Recordings:
    """Read tables with a column of labels: parts of one long table, wide tables, or one recording per file."""
    files = [each for each in files_below(root, FILES, report) if not is_note(each.path, reading)]
    if data.pattern:
        files = by_names(root, files, data.pattern, report)
    tables = [each for each in files if each.path.suffix.lower() in TABLES]
    if not tables:
        in_folders(root, FILES, report, OR_PATTERN)
    if data.layout == "files":
        return read_files(root, files, "column", data, reading)
    first = Reading(data, report).table(tables[0].path)
    is_long = data.recording is not None or usual_column(first.names, "recording") is not None or data.layout == "long"
    if data.label is None and usual_column(first.names, "label") is None and not data.intervals:
        message = "no classes: neither folders, nor data.pattern, nor a column declares them"
        remedy = f"put each class into its own folder, set {pasteable('data.pattern', '(?P<label>[a-z]+)')} "
        remedy += "(adapted to the file names), or set data.label to a column or to a file with one label per row"
        raise DataError(message, file=root, key="data.path", value=str(root), remedy=remedy)
    if is_nested(first, data):
        return joined([read_nested(reading.table(each.path), data, reading) for each in tables])
    if data.layout == "wide":
        return joined([read_wide(reading.table(each.path), data, reading) for each in tables])
    if not is_long:
        return read_files(root, files, "column", data, reading)
    return read_parts(root, tables, data, reading)
