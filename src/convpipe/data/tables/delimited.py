"""Delimited text: CSV, TSV and columns between spaces, however they are written."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from convpipe.data.tables.dialect import Asked, Dialect, recognize
from convpipe.data.tables.encoding import as_utf8
from convpipe.data.tables.numbers import EMPTY_WORDS
from convpipe.data.tables.table import Table
from convpipe.errors import DataError
from convpipe.overrides import pasteable

if TYPE_CHECKING:
    import pyarrow as pa

#: Bytes that are parsed at once; types are recognized within them.
MOST_BYTES = 2**30


def _stray_quote(separator: str) -> re.Pattern[bytes]:
    """What finds a quotation mark that neither begins nor ends a cell, which the parser would leave out."""
    around = re.escape(separator).encode() + rb'\r\n "'
    return re.compile(rb'(?<=[^%b])"(?=[^%b])' % (around, around))


class DelimitedReader:
    """Reads delimited files; those that are written like an earlier one are recognized by their first bytes.

    Args:
        asked: what the user says of the files.
        as_text: given the names of a file's columns, those that stay text whatever they hold (labels, recordings).
    """

    def __init__(self, asked: Asked, as_text: Callable[[tuple[str, ...]], Iterable[str]] = lambda names: ()):
        self.asked, self.as_text = asked, as_text
        self.known: Dialect | None = None

    def read(self, content: bytes, path: Path) -> Table:
        """The table in a file.

        Args:
            content: the bytes of the whole file.
            path: of the file, for errors.

        Raises:
            DataError: the file is empty, no text, or a row is broken; the error names the line.
        """
        text, encoding = as_utf8(content, path)
        if b"\n" not in text:  # as on the old Macintosh
            text = text.replace(b"\r", b"\n")
        if self.known is None or not self.known.fits(text):
            self.known = recognize(text, self.asked, path)
        dialect = self.known
        top = len(dialect.top) if dialect.headed or dialect.preamble else 0
        names = _unique(dialect.names, path)
        body = _cut(text, top, dialect)
        if not body.strip():
            raise DataError("no rows of numbers", file=path, remedy="correct the file or remove it")
        place = _Place(path, text, top, dialect.separator)
        read = _parsed(body, names, dialect, self.as_text(tuple(names)), place)

        def lines() -> Sequence[int]:
            first = _line_ends(text[:top]) + 1
            if _line_ends(body.rstrip(b"\r\n")) + 1 == len(read):
                return range(first, first + len(read))
            try:
                return [line for line, _ in _rows(place)]
            except csv.Error:  # a stray quote mark, which the parser took for a part of a text
                return range(first, first + len(read))

        columns = dict(zip(names, read.columns, strict=True))
        remarks = tuple(_remarks(dialect, encoding, self.asked))
        about = (dialect.headed, dialect.decimal, dialect.decimal_is_sure, remarks)
        return Table(path, columns, lines, *about, decimal_is_asked=self.asked.decimal is not None)


class _Place(NamedTuple):
    """A file, its text, where the rows of values begin, and what separates their cells."""

    path: Path
    text: bytes
    top: int
    separator: str


def _line_ends(text: bytes) -> int:
    return text.count(b"\n")


def _remarks(dialect: Dialect, encoding: str, asked: Asked) -> Iterable[str]:
    if encoding != "utf-8":
        yield f"read as {encoding.removesuffix('-le').removesuffix('-be').upper()}"
    if dialect.preamble and asked.skip_rows is None:
        setting = pasteable("data.skip_rows", dialect.preamble)
        yield f"left out the lines before line {dialect.preamble + 1} ({setting})"
    if dialect.units is not None:
        yield f"left out the row of units ({dialect.units.strip()})"
    if dialect.decimal == "," and asked.decimal is None:
        yield f"read , as the decimal mark ({pasteable('data.decimal', '.')} overrules)"


def _unique(names: tuple[str, ...], path: Path) -> list[str]:
    """The names, "Unnamed: 3" for a column (from 0) without one.

    Raises:
        DataError: a name that stands twice.
    """
    name, count = Counter(filter(None, names)).most_common(1)[0] if any(names) else ("", 1)
    if count > 1:
        remedy = "rename all but one, or read columns by number with data.header=false data.skip_rows=1"
        raise DataError(f"several columns {name}", file=path, key="data.columns", value=name, remedy=remedy)
    return [name or f"Unnamed: {number}" for number, name in enumerate(names)]


def _cut(text: bytes, top: int, dialect: Dialect) -> bytes:
    """The rows of values: without the lines before them, without rows at the end that hold separators only, and
    with one space where several separate columns, and without what only ends lines."""
    end = len(text.rstrip(b" \t;,|\r\n"))
    line_end = text.find(b"\n", end)
    body = text[top : len(text) if line_end < 0 else line_end + 1]
    if dialect.tail:
        body = re.sub(rb"%b[ \t]*(?=\r?$)" % dialect.tail.encode(), b"", body, flags=re.M)
    if dialect.separator == " ":
        body = re.sub(rb"(?m)^[ \t]+|[ \t]+(?=\r?$)", b"", body)
        body = re.sub(rb"[ \t]+", b" ", body)
    return body


def _parsed(body: bytes, names: list[str], dialect: Dialect, as_text: Iterable[str], place: _Place) -> pa.Table:
    import pyarrow
    from pyarrow import csv as arrow_csv

    block = min(max(len(body) + 1, 2**16), MOST_BYTES)
    reading = arrow_csv.ReadOptions(column_names=names, block_size=block, use_threads=len(body) > 2**20)
    parsing = arrow_csv.ParseOptions(delimiter=dialect.separator)
    texts = dict.fromkeys(as_text, pyarrow.string())
    numbers = {names[at]: pyarrow.float64() for at in dialect.numeric if at < len(names)}
    # Types that are known are quicker than those that the parser finds; a cell that is no number needs the latter.
    for types in (numbers | texts, texts):
        options = arrow_csv.ConvertOptions(null_values=EMPTY_WORDS, decimal_point=dialect.decimal, column_types=types)
        try:
            read = arrow_csv.read_csv(pyarrow.py_buffer(body), reading, parsing, options)
            quotes = body.count(b'"')
            if quotes and (quotes % 2 or _stray_quote(dialect.separator).search(body)):
                _diagnose(place, len(names))
            return read
        except pyarrow.ArrowException as error:
            reason = str(error).partition("\n")[0][:80]
    _diagnose(place, len(names))
    raise DataError(f"no readable table ({reason})", file=place.path, remedy="correct the file")


def _rows(place: _Place) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not blank: the line (from 1) on which it begins, and its cells."""
    before, ended = _line_ends(place.text[: place.top]), 0
    stream: Iterable[str] = io.StringIO(place.text[place.top :].decode("utf-8", "replace"), newline=None)
    if place.separator == " ":
        stream = (line.strip(" \n") + "\n" for line in stream)
    reader = csv.reader(stream, delimiter=place.separator, skipinitialspace=True, strict=True)
    for cells in reader:
        if len(cells) > 1 or cells and cells[0].strip():
            yield before + ended + 1, cells
        ended = reader.line_num


def _diagnose(place: _Place, width: int) -> None:
    """Refuse the first row that is broken.

    Raises:
        DataError: it names the line.
    """
    line = _line_ends(place.text[: place.top])
    try:
        for line, cells in _rows(place):
            if len(cells) != width:
                quoted = any("\n" in cell for cell in cells)
                message = "a quote mark that is not closed" if quoted else f"{len(cells)} columns, expected {width}"
                remedy = "correct the line, or set data.separator to what separates columns"
                facts: dict[str, Any] = {"file": place.path, "line": line, "key": "data.separator", "value": len(cells)}
                raise DataError(message, **facts, remedy=remedy)
    except csv.Error:
        message, remedy = "a quote mark that is not closed or stands within a cell", "correct or remove the line"
        raise DataError(message, file=place.path, line=line + 1, remedy=remedy) from None
