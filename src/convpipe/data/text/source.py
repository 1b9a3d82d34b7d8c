"""Tables whose texts stay in their file: read once for labels and hashes, then text by text on access."""

import hashlib
import io
import json
import os
import threading
import weakref
from array import array
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from typing import Any, ClassVar

from convpipe.data.text.records import Record, TextFile
from convpipe.data.text.settings import TextTableSettings
from convpipe.errors import DataError
from convpipe.overrides import pasteable

#: Size of the read buffer in bytes; neighboring rows need one read.
AHEAD = 1 << 20
OR_REMOVE = "correct or remove the row"


class Table(Sequence):
    """The texts of a table, read from the file on access after one pass by `records`.

    Rows are counted from 1. A subclass implements a format: `_values` yields the selected columns of each record.

    Args:
        path: path of the table.
        data: selected columns and settings of the format.

    Raises:
        DataError: the file is missing, a folder, empty, or not readable.
    """

    #: Suffixes of such files, in lower case.
    suffixes: ClassVar[tuple[str, ...]]

    def __init__(self, path: str, data: TextTableSettings):
        columns = {"text": data.text, "label": data.label, "group": data.group}
        self.columns = {key: name for key, name in columns.items() if name is not None}
        self.path, self.row = path, 0
        self.lock = threading.Lock()  # one thread at a time seeks and reads
        try:
            self.file: io.BufferedReader | io.BytesIO = io.BufferedReader(io.FileIO(path), AHEAD)
        except OSError as error:
            remedy = "check data.path, data.validation and data.test"
            raise DataError(error.strerror or str(error), file=path, remedy=remedy) from None
        weakref.finalize(self, self.file.close)
        self.sha256 = hashlib.file_digest(self.file, "sha256").hexdigest()
        if not self.file.tell():
            raise DataError("the file is empty", file=path, remedy="write a text and a label into each row")

    def records(self) -> Iterator[Record]:
        """Yield the rows that are not blank.

        Raises:
            DataError: a row is broken, or has values other than a text and names.
        """
        _, *names = self.columns.values()
        for text, *others in self._values():
            yield Record(self.row, self._text(text), *map(self._name, others, names))

    def remarks(self, file: TextFile) -> Iterator[str]:
        """Yield lines on guesses about the table; `file` was collected from `records`."""
        return iter(())

    def _values(self) -> Iterator[Sequence]:
        """Yield the values of the selected columns in each record, and set `row` to its number."""
        raise NotImplementedError

    def _broken(self, message: str, remedy: str, **facts: Any) -> DataError:
        """Return an error about the current row, or about the file before the first row."""
        return DataError(message, file=self.path, line=self.row or None, remedy=remedy, **facts)

    def _places(self, names: list[str], shown: str = "", remedy: str = "") -> list[int]:
        """Return the positions of the selected columns in `names`; `shown` and `remedy` are for the error."""
        for key, name in self.columns.items():
            message, correction = f"more than one column {name}", "rename one of them"
            if name not in names:
                message = f"no column {name} (columns: {shown or ', '.join(names) or 'none'})"
                close = get_close_matches(name, names, n=1)
                correction = remedy or f"set {pasteable(f'data.{key}', close[0] if close else 'COLUMN')}"
            if names.count(name) != 1:
                raise self._broken(message, correction, key=f"data.{key}", value=name)
        return [names.index(name) for name in self.columns.values()]

    def _text(self, value) -> str:
        """Return a text as in the table; empty if there is no value."""
        if value is None:
            return ""
        if not isinstance(value, str):
            message = f"{self.columns['text']} is {json.dumps(value)[:40]}, not a text"
            raise self._broken(message, OR_REMOVE, value=value)
        try:
            value.encode()
        except UnicodeEncodeError:
            message = f"{self.columns['text']} contains half of a surrogate pair, which is not a character"
            raise self._broken(message, OR_REMOVE, value=value) from None
        return value

    def _name(self, value, column: str) -> str:
        """Return the name of a class or group: a text, a number, true or false; empty if there is no value."""
        if value is None or value != value:
            return ""
        if isinstance(value, bool):
            return str(value).lower()
        if not isinstance(value, str | int | float):
            message = f"{column} is {str(value)[:40]}, which cannot be the name of a class or group"
            raise self._broken(message, OR_REMOVE, value=value)
        return str(value).strip()


class LineTable(Table):
    """A table in a text file. Texts are read on access, so none stays in memory.

    Exception: a file in an encoding whose line feed is not one byte (UTF-16, UTF-32) is kept in memory as UTF-8. A
    byte order mark is skipped. A subclass splits rows (`_rows`) and selects columns (`_picked`).

    Raises:
        DataError: as for `Table`, or the file has another encoding.
    """

    def __init__(self, path: str, data: TextTableSettings):
        super().__init__(path, data)
        self.encoding, self.stamp = data.encoding, self._stamp()
        self.starts, self.ends = array("q"), array("q")
        self.file.seek(0)
        self.remedy = "set its encoding, such as data.encoding=cp1252 or data.encoding=latin-1, or correct the file"
        if self.file.read(2) in (b"\xff\xfe", b"\xfe\xff"):
            self.remedy = "set data.encoding=utf-16, since the file starts with its byte order mark"
        self.file.seek(0)
        if "\n,".encode(self.encoding) != b"\n,":
            with self.file as file:
                text = self._decoded(file.read()).removeprefix("\ufeff")
            self.file, self.stamp, self.encoding = io.BytesIO(text.encode()), None, "utf-8"
        self.start = 3 if self.file.read(3) == b"\xef\xbb\xbf" and "utf" in self.encoding.lower() else 0

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, at):
        with self.lock:
            if self.stamp and self._stamp() != self.stamp:
                raise DataError("the file was changed while it was in use", file=self.path, remedy="start again")
            self.file.seek(self.starts[at])
            text = self.file.read(self.ends[at] - self.starts[at]).decode(self.encoding)
        return self._picked(next(self._rows([text])))[0] or ""

    def _stamp(self) -> tuple[int, int] | None:
        status = os.fstat(self.file.fileno())
        return status.st_size, status.st_mtime_ns

    def _values(self) -> Iterator[Sequence]:
        start = self.start
        for number, row in enumerate(self._rows(self._lines()), 1):
            self.row = number
            if self._is_record(row):
                values = self._picked(row)
                self.starts.append(start)
                self.ends.append(self.end)
                yield values
            start = self.end

    def _lines(self) -> Iterator[str]:
        """Yield the lines, split at line feeds only, and set `end` to the position after each.

        Raises:
            DataError: a line in another encoding, or with a NUL byte.
        """
        self.file.seek(self.start)
        self.end = self.start
        for number, raw in enumerate(self.file, 1):
            text = self._decoded(raw, self.end, number)
            if "\0" in text:
                raise DataError("a NUL byte", file=self.path, line=number, remedy=f"remove it, or {self.remedy}")
            self.end += len(raw)
            yield text

    def _decoded(self, raw: bytes, start: int = 0, line: int | None = None) -> str:
        """Decode bytes that begin at position `start` of the file."""
        try:
            return raw.decode(self.encoding)
        except UnicodeDecodeError as error:
            wrong = f"0x{error.object[error.start]:02x}" if error.start < len(error.object) else "the end"
            message = f"byte {start + error.start} of the file: {wrong} is not {self.encoding}"
            facts: dict[str, Any] = {"key": "data.encoding", "value": self.encoding, "remedy": self.remedy}
            raise DataError(message, file=self.path, line=line, **facts) from None

    def _rows(self, lines: Iterable[str]) -> Iterator:
        """Yield the rows in some lines."""
        return iter(lines)

    def _is_record(self, row) -> bool:
        """Return whether a row is a record: neither blank nor a header."""
        return bool(row.strip())

    def _picked(self, row) -> Sequence:
        """Return the values of the selected columns in a row."""
        raise NotImplementedError
