"""The dialect of delimited text: separator, decimal mark, lines before the table, header, row of units."""

import csv
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from convpipe.data.tables.header import column_names, counting, is_headed, numeric_columns, text_rows
from convpipe.data.tables.numbers import decimal_mark, looks_numeric
from convpipe.errors import DataError
from convpipe.overrides import pasteable

#: Lines to examine; after this many BYTES, FEWEST lines are enough.
LINES, FEWEST, BYTES = 60, 8, 65_536
LINE_END = re.compile(r"\r\n|\n|\r")
#: A first line in which a spreadsheet declares the separator.
SEPARATOR_LINE = re.compile(r'"?sep=.?"?\s*', re.I)
#: In order of trial: a comma may also be a decimal mark, and a space may be part of a text.
SEPARATORS = "\t;|, "
#: Some loggers end each line with this.
TAIL = ";"
#: Rows after the first that determine which columns are numeric.
SAMPLE = 12
#: Cells to examine, in at least three rows.
CELLS = 20_000


@dataclass(frozen=True)
class DialectOptions:
    """The part of the dialect that the user set; None is recognized."""

    separator: str | None = None
    decimal: str | None = None
    header: bool | None = None
    skip_rows: int | None = None


@dataclass(frozen=True)
class Dialect:
    """The dialect of a file.

    Args:
        separator, decimal: single characters.
        names: names of the columns, "" for a column without one; numbers from 0 without a header.
        headed: whether the file has a header.
        preamble: number of lines before the table.
        units: the row of units, unchanged; None if there is none.
        top: the bytes before the first row of values.
        numeric: indices (from 0) of the numeric columns.
        decimal_is_sure: whether the decimal mark follows from numbers in the first rows, the separator or the user.
        tail: the character that ends each line without being part of its last cell, or "".
    """

    separator: str
    decimal: str
    names: tuple[str, ...]
    headed: bool
    preamble: int
    units: str | None
    top: bytes
    numeric: tuple[int, ...]
    decimal_is_sure: bool
    tail: str

    def fits(self, content: bytes) -> bool:
        """Return whether another file (UTF-8 bytes) certainly has this dialect."""
        if self.headed:
            return content.startswith(self.top)
        (line, *_) = LINE_END.split(content[: content.find(b"\n") + 1].decode("utf-8", "replace"))
        cells = _cells(line.removesuffix(self.tail), self.separator)
        numbers = all(looks_numeric(cells[at]) for at in self.numeric) if len(cells) == len(self.names) else False
        return numbers and not self.preamble and not counting(cells, 2)


def recognize(content: bytes, options: DialectOptions, path: Path) -> Dialect:
    """Recognize the dialect of a file by its first lines.

    Args:
        content: the whole file in UTF-8.
        options: the part of the dialect that the user set.
        path: path of the file, for errors.

    Raises:
        DataError: an empty file, several rows of text before the numbers, or a first row of names and numbers.
    """
    skip = options.skip_rows or 0
    lines = [""] * skip + _head(content[_offset(content, skip) :])
    if not any(line.strip() for line in lines):
        raise DataError("the file is empty", file=path, remedy="correct or remove the file")
    plain = [line.lstrip("#%/ ") if _is_comment(line) else line for line in lines]
    if SEPARATOR_LINE.fullmatch(plain[0]):
        plain[0] = ""
    separator = options.separator or _separator(plain, options.decimal)
    tail = TAIL if separator != TAIL and all(line.rstrip().endswith(TAIL) for line in _later(plain)) else ""
    rows = [_cells(line.rstrip().removesuffix(tail) if tail else line, separator) for line in plain]
    first = _first(rows, lines, options.skip_rows)
    filled = [at for at in range(first, len(rows)) if rows[at]]
    if not filled:
        message = f"data.skip_rows={first} leaves no row"
        raise DataError(message, file=path, key="data.skip_rows", value=first, remedy="use a smaller number")
    names = [cell.strip() for cell in rows[filled[0]]]
    sample = [rows[at] for at in filled[1 : 1 + max(3, min(SAMPLE, CELLS // len(names)))]]
    width = _most(len(row) for row in sample) if sample else len(names)
    numeric = numeric_columns(sample or [names], width)
    headed = is_headed(names, numeric, sample, options.header, path, filled[0]) if len(names) >= width else True
    body = filled[1:] if headed else filled
    texts = text_rows(rows, body, numeric, len(names)) if headed else []
    if len(texts) > 1:
        message = f"{len(texts) + 1} rows of text before the numbers"
        remedy = f"set {pasteable('data.skip_rows', texts[-1])} if line {texts[-1] + 1} is the header"
        raise DataError(message, file=path, line=filled[0] + 1, key="data.skip_rows", remedy=remedy)
    cells = [row[at] for row in sample or rows[-1:] for at in numeric if at < len(row)]
    decimal = options.decimal or decimal_mark(cells, separator)
    sure = options.decimal is not None or separator == "," or any("." in cell or "," in cell for cell in cells)
    start = (texts or filled[:1])[-1] + 1 if headed else filled[0]
    units = lines[texts[0]] if texts else None
    top = content[: _offset(content, start)]
    preamble = first if options.skip_rows or any(line.strip() for line in lines[:first]) else 0
    columns = column_names(names, headed, width, sample)
    return Dialect(separator, decimal, columns, headed, preamble, units, top, tuple(numeric), sure, tail)


def _head(content: bytes) -> list[str]:
    """Return the first lines, untruncated."""
    end = 0
    for count in range(LINES):
        end = content.find(b"\n", end) + 1
        if not end:
            return LINE_END.split(content.decode("utf-8", "replace"))
        if end > BYTES and count >= FEWEST:
            break
    return LINE_END.split(content[:end].decode("utf-8", "replace"))


def _offset(content: bytes, lines: int) -> int:
    """Return the byte position at which line number `lines` (from 0) starts."""
    ends = re.finditer(rb"\r\n|\n|\r", content)
    end = 0
    for _ in range(lines):
        match = next(ends, None)
        end = match.end() if match else len(content)
    return end


def _cells(line: str, separator: str) -> list[str]:
    """Return the cells of a line; an empty list if it is blank."""
    line = line.strip(" \r") if separator == " " else line
    if not line.strip():
        return []
    try:
        return next(csv.reader([line], delimiter=separator, skipinitialspace=True))
    except csv.Error:
        return line.split(separator)


def _most(counts: Iterable[int]) -> int:
    """Return the most frequent count, on a tie the first."""
    return Counter(counts).most_common(1)[0][0]


def _separator(lines: list[str], decimal: str | None) -> str:
    """Return the first of SEPARATORS that splits nearly all later lines into equally many cells, at least two."""
    filled, later = [line for line in lines if line.strip()], _later(lines)
    for separator in SEPARATORS:
        counts = [len(_cells(line, separator)) for line in later]
        width = _most(counts)
        # A character that only ends each line is not a separator.
        ends = width == 2 and all(line.rstrip().endswith(separator) for line in later)
        if width > 1 and not ends and counts.count(width) >= 0.8 * len(counts):
            if separator == "," and width == 2 and _has_decimal_commas(filled, decimal == ","):
                return ";"
            return separator
    return ","


def _later(lines: list[str]) -> list[str]:
    """Return the lines that are not blank, without the first third, which may precede the table."""
    filled = [line for line in lines if line.strip()]
    return filled[len(filled) // 3 :]


def _has_decimal_commas(lines: list[str], is_set: bool) -> bool:
    """Return whether all lines below a single name are numbers with a decimal comma. If the user set the decimal comma
    (`is_set`), the first line may be such a number too."""
    numbers = lines[1:] if not is_set or "," not in lines[0] else lines
    pattern = r"\s*[+-]?\d+,\d+([eE][+-]?\d+)?\s*"
    return (is_set or "," not in lines[0]) and all(re.fullmatch(pattern, line) for line in numbers)


def _first(rows: list[list[str]], lines: list[str], skip_rows: int | None) -> int:
    """Return the line (from 0) at which the table starts."""
    if skip_rows is not None:
        return skip_rows
    filled = [at for at, row in enumerate(rows) if row]
    width = _most(len(rows[at]) for at in filled[len(filled) // 3 :])
    for at, after in zip(filled, [*filled[1:], None], strict=True):
        if _is_comment(lines[at]) and (after is None or _is_comment(lines[after]) or len(rows[at]) != width):
            continue
        if len(rows[at]) > width:
            return filled[0]
        # A header may lack the name of the row numbers, or of the empty column after a separator that ends each line.
        short = width > 2 and len(rows[at]) == width - 1 and not numeric_columns([rows[at]])
        if len(rows[at]) == width or short and after is not None and len(rows[after]) == width:
            return at
    return filled[0]


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith(("#", "%", "//"))
