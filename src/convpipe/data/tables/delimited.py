"""Delimited text in any dialect: CSV, TSV and columns separated by spaces."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from convpipe.data.tables.dialect import Dialect, DialectOptions, recognize
from convpipe.data.tables.encoding import as_utf8
from convpipe.data.tables.numbers import EMPTY_WORDS
from convpipe.data.tables.table import Table
from convpipe.errors import DataError
from convpipe.overrides import pasteable

if TYPE_CHECKING:
    import pyarrow as pa

#: Bytes to parse at once; types are inferred within such a block.
MOST_BYTES = 2**30


def _stray_quote(separator: str) -> re.Pattern[bytes]:
    """Return a pattern for a quotation mark that neither starts nor ends a cell, which the parser would drop."""
    around = re.escape(separator).encode() + rb'\r\n "'
    return re.compile(rb'(?<=[^%b])"(?=[^%b])' % (around, around))


class DelimitedReader:
    """Reads delimited files. The dialect of a file is reused for the next one if its first bytes fit.

    Args:
        options: the part of the dialect that the user set.
        as_text: maps the column names of a file to those that are always read as text (labels, recordings).
    """

    def __init__(self, options: DialectOptions, as_text: Callable[[tuple[str, ...]], Iterable[str]] = lambda names: ()):
        self.options, self.as_text = options, as_text
        self.known: Dialect | None = None

    def read(self, content: bytes, path: Path) -> Table:
        """Return the table in a file.

        Args:
            content: the bytes of the whole file.
            path: path of the file, for errors.

        Raises:
            DataError: the file is empty or not text, or a row is broken; the error names the line.
        """
        text, encoding = as_utf8(content, path)
        if b"\n" not in text:  # line ends of the classic Mac OS
            text = text.replace(b"\r", b"\n")
        if self.known is None or not self.known.fits(text):
            self.known = recognize(text, self.options, path)
        dialect = self.known
        top = len(dialect.top) if dialect.headed or dialect.preamble else 0
        names = _unique(dialect.names, path)
        body = _cut(text, top, dialect)
        if not body.strip():
            raise DataError("no rows of values", file=path, remedy="correct or remove the file")
        place = _Place(path, text, top, dialect.separator)
        read = _parsed(body, names, dialect, self.as_text(tuple(names)), place)

        def lines() -> Sequence[int]:
            first = _line_ends(text[:top]) + 1
            if _line_ends(body.rstrip(b"\r\n")) + 1 == len(read):
                return range(first, first + len(read))
            try:
                return [line for line, _ in _rows(place)]
            except csv.Error:  # a stray quotation mark, which the parser read as text
                return range(first, first + len(read))

        columns = dict(zip(names, read.columns, strict=True))
        remarks = tuple(_remarks(dialect, encoding, self.options))
        about = (dialect.headed, dialect.decimal, dialect.decimal_is_sure, remarks)
        return Table(path, columns, lines, *about, decimal_is_set=self.options.decimal is not None)


class _Place(NamedTuple):
    """A file, its text, the position of the first row of values, and the separator."""

    path: Path
    text: bytes
    top: int
    separator: str


def _line_ends(text: bytes) -> int:
    return text.count(b"\n")


def _remarks(dialect: Dialect, encoding: str, options: DialectOptions) -> Iterable[str]:
    if encoding != "utf-8":
        yield f"read as {encoding.removesuffix('-le').removesuffix('-be').upper()}"
    if dialect.preamble and options.skip_rows is None:
        setting = pasteable("data.skip_rows", dialect.preamble)
        yield f"left out the lines before line {dialect.preamble + 1} ({setting})"
    if dialect.units is not None:
        yield f"left out the row of units ({dialect.units.strip()})"
    if dialect.decimal == "," and options.decimal is None:
        yield f"read , as the decimal mark (set {pasteable('data.decimal', '.')} if it is not)"


def _unique(names: tuple[str, ...], path: Path) -> list[str]:
    """Return the names, with "Unnamed: 3" for column 3 (from 0) if it has none.

    Raises:
        DataError: a duplicate name.
    """
    name, count = Counter(filter(None, names)).most_common(1)[0] if any(names) else ("", 1)
    if count > 1:
        remedy = "rename all but one, or set data.header=false data.skip_rows=1 to read columns by number"
        message = f"several columns are named {name}"
        raise DataError(message, file=path, key="data.columns", value=name, remedy=remedy)
    return [name or f"Unnamed: {number}" for number, name in enumerate(names)]


def _cut(text: bytes, top: int, dialect: Dialect) -> bytes:
    """Return the rows of values, without the lines before them, rows of separators at the end, and the dialect's
    `tail`. Columns that several spaces separate are separated by one."""
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
    # Declared types are faster than inferred ones, but fail if a cell is not a number.
    for types in (numbers | texts, texts):
        options = arrow_csv.ConvertOptions(null_values=EMPTY_WORDS, decimal_point=dialect.decimal, column_types=types)
        try:
            read = arrow_csv.read_csv(pyarrow.py_buffer(body), reading, parsing, options)
            quotes = body.count(b'"')  # pyarrow accepts broken quoting
            if quotes and (quotes % 2 or _stray_quote(dialect.separator).search(body)):
                _diagnose(place, len(names))
            return read
        except pyarrow.ArrowException as error:
            reason = str(error).partition("\n")[0][:80]
    _diagnose(place, len(names))
    raise DataError(f"not a readable table ({reason})", file=place.path, remedy="correct the file")


def _rows(place: _Place) -> Iterator[tuple[int, list[str]]]:
    """Yield the first line (from 1) and the cells of each row that is not blank."""
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
    """Refuse the first broken row, if there is one.

    Raises:
        DataError: with the line of the row.
    """
    line = _line_ends(place.text[: place.top])
    try:
        for line, cells in _rows(place):
            if len(cells) != width:
                quoted = any("\n" in cell for cell in cells)
                message = "a quote is not closed" if quoted else f"{len(cells)} columns, expected {width}"
                remedy = "correct the line, or set data.separator to the character between columns"
                facts: dict[str, Any] = {"file": place.path, "line": line, "key": "data.separator", "value": len(cells)}
                raise DataError(message, **facts, remedy=remedy)
    except csv.Error:
        message, remedy = "a quote is not closed, or inside a cell", "correct or remove the line"
        raise DataError(message, file=place.path, line=line + 1, remedy=remedy) from None
