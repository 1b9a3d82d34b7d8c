"""How a delimited text is written: separator, decimal mark, lines before the table, names, a row of units."""

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

#: Lines that are looked at, and the bytes after which no further line is, once there are FEWEST.
LINES, FEWEST, BYTES = 60, 8, 65_536
LINE_END = re.compile(r"\r\n|\n|\r")
#: What spreadsheets write into a first line.
SAYS_SEPARATOR = re.compile(r'"?sep=.?"?\s*', re.I)
#: In the order in which they are tried; a comma may also be a decimal mark, a space may also stand in a text.
SEPARATORS = "\t;|, "
#: What some loggers write at the end of each line.
TAIL = ";"
#: Rows behind the first one that tell which columns hold numbers.
SAMPLE = 12
#: Cells that are looked at, in three rows at least.
CELLS = 20_000


@dataclass(frozen=True)
class Asked:
    """What the user says about delimited text; None: to be recognized."""

    separator: str | None = None
    decimal: str | None = None
    header: bool | None = None
    skip_rows: int | None = None


@dataclass(frozen=True)
class Dialect:
    """How one file is written.

    Args:
        separator, decimal: single characters.
        names: of the columns, "" for a column without one; numbers from 0 where there is no header.
        headed: whether the file holds the names.
        preamble: lines left out before the table.
        units: the row of units, as it stands; None where there is none.
        top: the bytes before the first row of values.
        numeric: the columns (from 0) that hold numbers.
        decimal_is_sure: whether a number in the first rows, the separator or the user tells the decimal mark.
        tail: what ends each line and is no part of its last cell.
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
        """Whether another file of UTF-8 bytes is surely written alike."""
        if self.headed:
            return content.startswith(self.top)
        (line, *_) = LINE_END.split(content[: content.find(b"\n") + 1].decode("utf-8", "replace"))
        cells = _cells(line.removesuffix(self.tail), self.separator)
        numbers = all(looks_numeric(cells[at]) for at in self.numeric) if len(cells) == len(self.names) else False
        return numbers and not self.preamble and not counting(cells, 2)


def recognize(content: bytes, asked: Asked, path: Path) -> Dialect:
    """How a file is written, by its first lines.

    Args:
        content: the whole file in UTF-8.
        asked: what the user says; it holds.
        path: of the file, for errors.

    Raises:
        DataError: an empty file, several rows of text before the numbers, or names and numbers in one row.
    """
    skip = asked.skip_rows or 0
    lines = [""] * skip + _head(content[_offset(content, skip) :])
    if not any(line.strip() for line in lines):
        raise DataError("the file is empty", file=path, remedy="correct the file or remove it")
    plain = [line.lstrip("#%/ ") if _is_comment(line) else line for line in lines]
    if SAYS_SEPARATOR.fullmatch(plain[0]):
        plain[0] = ""
    separator = asked.separator or _separator(plain, asked.decimal)
    tail = TAIL if separator != TAIL and all(line.rstrip().endswith(TAIL) for line in _later(plain)) else ""
    rows = [_cells(line.rstrip().removesuffix(tail) if tail else line, separator) for line in plain]
    first = _first(rows, lines, asked.skip_rows)
    told = [at for at in range(first, len(rows)) if rows[at]]
    if not told:
        message = f"data.skip_rows={first} leaves no row"
        raise DataError(message, file=path, key="data.skip_rows", value=first, remedy="use a smaller number")
    names = [cell.strip() for cell in rows[told[0]]]
    sample = [rows[at] for at in told[1 : 1 + max(3, min(SAMPLE, CELLS // len(names)))]]
    width = _most(len(row) for row in sample) if sample else len(names)
    numeric = numeric_columns(sample or [names], width)
    headed = is_headed(names, numeric, sample, asked.header, path, told[0]) if len(names) >= width else True
    body = told[1:] if headed else told
    texts = text_rows(rows, body, numeric, len(names)) if headed else []
    if len(texts) > 1:
        message = f"{len(texts) + 1} rows of text before the numbers"
        remedy = f"set {pasteable('data.skip_rows', texts[-1])} if line {texts[-1] + 1} holds the names"
        raise DataError(message, file=path, line=told[0] + 1, key="data.skip_rows", remedy=remedy)
    cells = [row[at] for row in sample or rows[-1:] for at in numeric if at < len(row)]
    decimal = asked.decimal or decimal_mark(cells, separator)
    sure = asked.decimal is not None or separator == "," or any("." in cell or "," in cell for cell in cells)
    start = (texts or told[:1])[-1] + 1 if headed else told[0]
    units = lines[texts[0]] if texts else None
    top = content[: _offset(content, start)]
    preamble = first if asked.skip_rows or any(line.strip() for line in lines[:first]) else 0
    columns = column_names(names, headed, width, sample)
    return Dialect(separator, decimal, columns, headed, preamble, units, top, tuple(numeric), sure, tail)


def _head(content: bytes) -> list[str]:
    """The first lines, whole."""
    end = 0
    for count in range(LINES):
        end = content.find(b"\n", end) + 1
        if not end:
            return LINE_END.split(content.decode("utf-8", "replace"))
        if end > BYTES and count >= FEWEST:
            break
    return LINE_END.split(content[:end].decode("utf-8", "replace"))


def _offset(content: bytes, lines: int) -> int:
    """Where the line of a number (from 0) begins."""
    ends = re.finditer(rb"\r\n|\n|\r", content)
    end = 0
    for _ in range(lines):
        found = next(ends, None)
        end = found.end() if found else len(content)
    return end


def _cells(line: str, separator: str) -> list[str]:
    """The cells of a line; none where it is blank."""
    line = line.strip(" \r") if separator == " " else line
    if not line.strip():
        return []
    try:
        return next(csv.reader([line], delimiter=separator, skipinitialspace=True))
    except csv.Error:
        return line.split(separator)


def _most(counts: Iterable[int]) -> int:
    """The most frequent count, of several the first."""
    return Counter(counts).most_common(1)[0][0]


def _separator(lines: list[str], decimal: str | None) -> str:
    """The first of SEPARATORS that cuts nearly all later lines into equally many cells, two or more."""
    told, later = [line for line in lines if line.strip()], _later(lines)
    for separator in SEPARATORS:
        counts = [len(_cells(line, separator)) for line in later]
        width = _most(counts)
        # A mark that only ends each line separates nothing.
        ends = width == 2 and all(line.rstrip().endswith(separator) for line in later)
        if width > 1 and not ends and counts.count(width) >= 0.8 * len(counts):
            if separator == "," and width == 2 and _halves(told, decimal == ","):
                return ";"
            return separator
    return ","


def _later(lines: list[str]) -> list[str]:
    """The lines behind what may stand before the table."""
    told = [line for line in lines if line.strip()]
    return told[len(told) // 3 :]


def _halves(lines: list[str], asked: bool) -> bool:
    """Whether the lines below a single name (or all of them, where commas are `asked` to be decimal marks) are numbers
    with a decimal comma."""
    numbers = lines[1:] if not asked or "," not in lines[0] else lines
    pattern = r"\s*[+-]?\d+,\d+([eE][+-]?\d+)?\s*"
    return (asked or "," not in lines[0]) and all(re.fullmatch(pattern, line) for line in numbers)


def _first(rows: list[list[str]], lines: list[str], skip_rows: int | None) -> int:
    """The line (from 0) where the table begins."""
    if skip_rows is not None:
        return skip_rows
    told = [at for at, row in enumerate(rows) if row]
    width = _most(len(rows[at]) for at in told[len(told) // 3 :])
    for at, after in zip(told, [*told[1:], None], strict=True):
        if _is_comment(lines[at]) and (after is None or _is_comment(lines[after]) or len(rows[at]) != width):
            continue
        if len(rows[at]) > width:
            return told[0]
        # Names without one for the row numbers, or for what a separator at the end of each line begins.
        short = width > 2 and len(rows[at]) == width - 1 and not numeric_columns([rows[at]])
        if len(rows[at]) == width or short and after is not None and len(rows[after]) == width:
            return at
    return told[0]


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith(("#", "%", "//"))
