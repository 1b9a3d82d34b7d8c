"""Tables whose texts stay in their file: hashed, gone through row by row once, and read again by their places."""

import hashlib
import io
import json
import os
import threading
import weakref
from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar

from convpipe.data.text.records import Record, TextFile
from convpipe.data.text.settings import TextTableSettings
from convpipe.errors import DataError

#: Bytes that are read ahead, so that neighboring rows cost one read.
AHEAD = 1 << 20
OR_REMOVE = "correct or remove the row"


class Table(Sequence):
    """The texts of a table, read again when they are asked for; `records` goes through its rows first.

    Rows are counted from 1. A format gives the wanted columns of each row with a record (`_values`).

    Args:
        path: of the table.
        data: columns, and what else the format needs.

    Raises:
        DataError: the file is missing, a folder, empty, or may not be read.
    """

    #: How the names of such files end, in lower case.
    suffixes: ClassVar[tuple[str, ...]]

    def __init__(self, path: str, data: TextTableSettings):
        wanted = {"text": data.text, "label": data.label, "group": data.group}
        self.columns = {key: name for key, name in wanted.items() if name is not None}
        self.path, self.row = path, 0
        self.lock = threading.Lock()  # a place is gone to and then read, by one thread at a time
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
        """Each row that is not blank.

        Raises:
            DataError: a row that is broken, or holds something else than a text and names.
        """
        _, *names = self.columns.values()
        for text, *others in self._values():
            yield Record(self.row, self._text(text), *map(self._name, others, names))

    def remarks(self, file: TextFile) -> Iterator[str]:
        """Lines on what was guessed; `file` is what was collected from `records`."""
        return iter(())

    def _values(self) -> Iterator[Sequence]:
        """What the wanted columns hold in each row, whose number is in `row` meanwhile."""
        raise NotImplementedError

    def _broken(self, message: str, remedy: str, **facts: Any) -> DataError:
        """The error of the row that is read, or of the whole file before the first."""
        return DataError(message, file=self.path, line=self.row or None, remedy=remedy, **facts)

    def _places(self, names: list[str], shown: str = "", remedy: str = "") -> list[int]:
        """Where the wanted columns stand among `names`; the error about a missing one tells `shown` and `remedy`."""
        for key, name in self.columns.items():
            message, way_out = f"more than one column {name}", "rename one of them"
            if name not in names:
                message = f"no column {name}; found: {shown or ', '.join(names) or 'none'}"
                way_out = remedy or f"set data.{key}"
            if names.count(name) != 1:
                raise self._broken(message, way_out, key=f"data.{key}", value=name)
        return [names.index(name) for name in self.columns.values()]

    def _text(self, value) -> str:
        """A text as it stands in the table; empty where there is no value."""
        if value is None:
            return ""
        if not isinstance(value, str):
            message = f"{self.columns['text']} is {json.dumps(value)[:40]}, not a text"
            raise self._broken(message, OR_REMOVE, value=value)
        try:
            value.encode()
        except UnicodeEncodeError:
            message = f"{self.columns['text']} holds half of a surrogate pair, which is no character"
            raise self._broken(message, OR_REMOVE, value=value) from None
        return value

    def _name(self, value, column: str) -> str:
        """The name of a class or a group: a text, a number, or true and false; empty where there is no value."""
        if value is None or value != value:
            return ""
        if isinstance(value, bool):
            return str(value).lower()
        if not isinstance(value, str | int | float):
            message = f"{column} is {str(value)[:40]}, which is no name of a class or a group"
            raise self._broken(message, OR_REMOVE, value=value)
        return str(value).strip()


class LineTable(Table):
    """A table in a file of text, of which no more is in memory than what is asked for.

    A file in an encoding whose line feed is not one byte (UTF-16, UTF-32) is the exception: it is held as UTF-8. A byte
    order mark at its start is passed over. A format splits rows (`_rows`) and picks columns (`_picked`).

    Raises:
        DataError: as `Table`, or the file is of another encoding.
    """

    def __init__(self, path: str, data: TextTableSettings):
        super().__init__(path, data)
        self.encoding, self.stamp = data.encoding, self._stamp()
        self.starts, self.ends = array("q"), array("q")
        self.file.seek(0)
        self.remedy = "set its encoding, such as data.encoding=cp1252 or data.encoding=latin-1, or correct the file"
        if self.file.read(2) in (b"\xff\xfe", b"\xfe\xff"):
            self.remedy = "use data.encoding=utf-16, since the file begins like UTF-16"
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
        about = os.fstat(self.file.fileno())
        return about.st_size, about.st_mtime_ns

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
        """Every line, split at line feeds only; `end` is the place behind the latest.

        Raises:
            DataError: a line of another encoding, or with a NUL byte.
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
        """The text of some bytes, which begin at `start`."""
        try:
            return raw.decode(self.encoding)
        except UnicodeDecodeError as error:
            wrong = f"0x{error.object[error.start]:02x}" if error.start < len(error.object) else "the end"
            message = f"byte {start + error.start} of the file: {wrong} is not {self.encoding}"
            facts: dict[str, Any] = {"key": "data.encoding", "value": self.encoding, "remedy": self.remedy}
            raise DataError(message, file=self.path, line=line, **facts) from None

    def _rows(self, lines: Iterable[str]) -> Iterator:
        """The rows in some lines."""
        return iter(lines)

    def _is_record(self, row) -> bool:
        """Whether a row holds a record: it is neither blank nor a header."""
        return bool(row.strip())

    def _picked(self, row) -> Sequence:
        """What the wanted columns hold in a row."""
        raise NotImplementedError
