"""The bytes of a text file: hashed, gone through line by line once, and read again by their places."""

import hashlib
import io
import os
import threading
import weakref
from collections.abc import Iterator
from typing import NamedTuple

from convpipe.errors import DataError

#: Bytes that are read ahead, so that neighbouring rows cost one read.
AHEAD = 1 << 20


class Line(NamedTuple):
    """A line with its line end, and where it stands: counted from 1, and by its bytes in the source."""

    number: int
    start: int
    end: int
    text: str


def open_bytes(path: str) -> io.BufferedReader:
    """The file, open.

    Raises:
        DataError: it is missing, a folder, empty, or may not be read.
    """
    try:
        file = io.BufferedReader(io.FileIO(path), AHEAD)
    except OSError as error:
        raise DataError(f"{path}: {error.strerror}; check data.path, data.validation and data.test") from None
    if not os.fstat(file.fileno()).st_size:
        file.close()
        raise DataError(f"{path} is empty; it must hold a text and a label in each row")
    return file


def sha256_of(file: io.BufferedReader) -> str:
    """Hash of the bytes of an open file (hexadecimal), which is at its start again afterwards."""
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    file.seek(0)
    return digest


class Source:
    """A text file, of which no more is in memory than what is asked for.

    A file in an encoding whose line feed is not one byte (UTF-16, UTF-32) is the exception: it is held as UTF-8.

    Args:
        path: of the file.
        encoding: of its text; a byte order mark at its start is passed over.

    Raises:
        DataError: the file cannot be opened, is empty, or is of another encoding.
    """

    def __init__(self, path: str, encoding: str):
        self.path, self.encoding = path, encoding
        self.file = open_bytes(path)
        self.sha256, self.stamp, self.first = sha256_of(self.file), self._stamp(), self.file.peek(4)[:4]
        weakref.finalize(self, self.file.close)
        self.lock = threading.Lock()  # a place is gone to and then read, by one thread at a time
        if "\n,".encode(encoding) != b"\n,":
            self.file, self.stamp, self.encoding = self._in_memory(), None, "utf-8"
        self.start = 3 if self.file.read(3) == b"\xef\xbb\xbf" and "utf" in self.encoding.lower() else 0

    def _stamp(self) -> tuple[int, int]:
        about = os.fstat(self.file.fileno())
        return about.st_size, about.st_mtime_ns

    def _in_memory(self) -> io.BytesIO:
        with self.file as file:
            content = file.read()
        try:
            return io.BytesIO(content.decode(self.encoding).removeprefix("\ufeff").encode())
        except UnicodeDecodeError as error:
            raise self._other_encoding(error, f"byte {error.start}") from None

    def lines(self) -> Iterator[Line]:
        """Every line, split at line feeds only.

        Raises:
            DataError: a line of another encoding, or with a NUL byte.
        """
        self.file.seek(self.start)
        start = self.start
        for number, raw in enumerate(self.file, 1):
            end = start + len(raw)
            try:
                text = raw.decode(self.encoding)
            except UnicodeDecodeError as error:
                raise self._other_encoding(error, f"line {number}, byte {start + error.start} of the file") from None
            if "\0" in text:
                raise DataError(f"{self.path} line {number} holds a NUL byte; remove it, or {self._remedy()}")
            yield Line(number, start, end, text)
            start = end

    def read(self, start: int, end: int) -> str:
        """The text between two places that `lines` gave.

        Raises:
            DataError: the file was changed since.
        """
        with self.lock:
            if self.stamp and self._stamp() != self.stamp:
                raise DataError(f"{self.path} was changed while it was in use; start again")
            self.file.seek(start)
            return self.file.read(end - start).decode(self.encoding)

    def _other_encoding(self, error: UnicodeDecodeError, where: str) -> DataError:
        wrong = f"0x{error.object[error.start]:02x}" if error.start < len(error.object) else "its end"
        return DataError(f"{self.path} {where}: {wrong} is not {self.encoding}; {self._remedy()}")

    def _remedy(self) -> str:
        """What to do about bytes that do not belong into the text."""
        if self.first[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return "it begins like UTF-16: data.encoding=utf-16"
        return "name its encoding, such as data.encoding=cp1252 or latin-1, or mend the file"
