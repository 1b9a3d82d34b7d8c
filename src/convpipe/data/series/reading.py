"""What is common to reading the files of one dataset: their bytes, their hash, their tables, and remarks on them."""

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
from convpipe.data.tables.dialect import Asked
from convpipe.data.tables.parquet import read_parquet
from convpipe.data.tables.table import Table
from convpipe.errors import DataError

DELIMITED = (".csv", ".tsv", ".txt", ".tab", ".dat", ".log")
PARQUET = (".parquet", ".pq")
ARFF = (".arff",)
TABLES = (*DELIMITED, *PARQUET, *ARFF)
ARRAYS = (".npz", ".npy")
#: Settings that change what is read out of the same bytes.
CHANGING = (
    "layout", "label", "recording", "group", "time", "columns", "pattern", "sampling_rate", "resample",
    "channels_first", "separator", "decimal", "header", "skip_rows",
)  # fmt: skip


class Reading:
    """One reading of the user's files.

    Args:
        data: the settings.
        report: is handed each line that the user should see.
        labeled: whether a table without labels is refused.
    """

    def __init__(self, data: SeriesSettings, report: Callable[[str], None], labeled: bool = True):
        self.report, self.labeled = report, labeled
        self.digest = hashlib.sha256(repr([getattr(data, key) for key in CHANGING]).encode())
        self._remarks: Counter[str] = Counter()
        self._peeked: dict[Path, Table] = {}
        separator = None if data.separator is None else as_character(data.separator)
        asked = Asked(separator, data.decimal, data.header, data.skip_rows)
        self._delimited = DelimitedReader(asked, cache(lambda names: text_columns(names, data)))

    def content(self, path: Path) -> bytes:
        """The bytes of a file, which become part of the hash.

        Raises:
            DataError: it cannot be opened, or is a folder.
        """
        content = read_bytes(path)
        self.digest.update(f"{path.name!r} {len(content)}\n".encode() + hashlib.sha256(content).digest())
        return content

    def peek(self, path: Path) -> Table:
        """As `table`; the next `table` of this file does not read it again."""
        self._peeked = {path: self.table(path)}
        return self._peeked[path]

    def table(self, path: Path) -> Table:
        """The table in a file, by the end of its name.

        Raises:
            DataError: it is no table, or a row of it is broken.
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
        """The table in bytes from standard input."""
        table = self._delimited.read(content, Path("standard input"))
        for line in table.remarks:
            self.remark(line)
        return replace(table, remark=self.remark)

    def remark(self, line: str) -> None:
        """Note something that was recognized or left out; what holds for several files is said once."""
        self._remarks[line] += 1

    def say(self, source: str) -> None:
        """Report the remarks."""
        for line, count in self._remarks.items():
            self.report(f"{source}: {line}" + (f" ({count:,} files)" if count > 1 else ""))
        self._remarks.clear()
