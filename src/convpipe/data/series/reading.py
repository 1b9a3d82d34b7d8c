"""Reading the files of one dataset: bytes, hash, tables, and remarks for the user."""

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

from convpipe.data.folders import read_bytes
from convpipe.data.separator import as_character
from convpipe.data.series.arff import read_arff
from convpipe.data.series.roles import text_columns
from convpipe.data.series.settings import SeriesSettings
from convpipe.data.tables.delimited import DelimitedReader
from convpipe.data.tables.dialect import DialectOptions
from convpipe.data.tables.parquet import read_parquet
from convpipe.data.tables.table import Table
from convpipe.errors import DataError

DELIMITED = (".csv", ".tsv", ".txt", ".tab", ".dat", ".log")
PARQUET = (".parquet", ".pq")
ARFF = (".arff",)
TABLES = (*DELIMITED, *PARQUET, *ARFF)
ARRAYS = (".npz", ".npy")
#: Settings that change the values read from the same bytes; they are part of the hash.
CHANGING = (
    "layout", "label", "recording", "group", "time", "columns", "pattern", "sampling_rate", "resample",
    "channels_first", "separator", "decimal", "header", "skip_rows",
)  # fmt: skip


class Reading:
    """Reads the user's files, and collects their hash and remarks.

    Args:
        data: the settings.
        report: called with each line that the user should see.
        labeled: whether data without labels are refused.
    """

    def __init__(self, data: SeriesSettings, report: Callable[[str], None], labeled: bool = True):
        self.report, self.labeled = report, labeled
        self.digest = hashlib.sha256(repr([getattr(data, key) for key in CHANGING]).encode())
        self._remarks: Counter[str] = Counter()
        self._peeked: dict[Path, Table] = {}
        separator = None if data.separator is None else as_character(data.separator)
        options = DialectOptions(separator, data.decimal, data.header, data.skip_rows)
        self._delimited = DelimitedReader(options, cache(lambda names: text_columns(names, data)))

    def content(self, path: Path) -> bytes:
        """Return the bytes of a file, and add them to the hash.

        Raises:
            DataError: it cannot be opened, or is a folder.
        """
        content = read_bytes(path)
        self.digest.update(f"{path.name!r} {len(content)}\n".encode() + hashlib.sha256(content).digest())
        return content

    def peek(self, path: Path) -> Table:
        """Return the table in a file, and keep it for the next call of `table`."""
        self._peeked = {path: self.table(path)}
        return self._peeked[path]

    def table(self, path: Path) -> Table:
        """Return the table in a file, whose format is its suffix.

        Raises:
            DataError: the suffix is unknown, or the table is broken.
        """
        if path in self._peeked:
            return self._peeked.pop(path)
        suffix, content = path.suffix.lower(), self.content(path)
        if suffix in PARQUET:
            table = read_parquet(content, path)
        elif suffix in ARFF:
            table = read_arff(content, path)
        elif suffix in DELIMITED:
            table = self._delimited.read(content, path)
        else:
            ends = ", ".join((*TABLES, ".ts", *ARRAYS))
            raise DataError(f"unknown suffix {suffix or '(none)'}", file=path, value=suffix, remedy=f"use {ends}")
        for line in table.remarks:
            self.remark(line)
        return replace(table, remark=self.remark)

    def standard_input(self, content: bytes) -> Table:
        """Return the table in bytes from standard input."""
        table = self._delimited.read(content, Path("standard input"))
        for line in table.remarks:
            self.remark(line)
        return replace(table, remark=self.remark)

    def remark(self, line: str) -> None:
        """Collect a line on something recognized or left out; equal lines for several files are reported once."""
        self._remarks[line] += 1

    def report_remarks(self, source: str) -> None:
        """Report the remarks, and clear them."""
        for line, count in self._remarks.items():
            self.report(source + (f", {count:,} files" if count > 1 else "") + f": {line}")
        self._remarks.clear()
