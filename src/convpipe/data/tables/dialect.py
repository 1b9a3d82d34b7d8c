"""How a delimited text is written: separator, decimal mark, lines before the table, names, a row of units."""

import csv
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from convpipe.data.tables.numbers import decimal_mark, is_empty, looks_numeric
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
#: Numbers 1, 2, 3 ... up to here or further in a first row are names, not values.
MANY = 8


@dataclass(frozen=True)
class Asked:
    """What the user says about delimited text; None: to be recognised."""

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
        return numbers and not self.preamble and not _counting(cells, 2)


def recognise(content: bytes, asked: Asked, path: Path) -> Dialect:
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
    numeric = _numeric(sample or [names], width)
    headed = _headed(names, numeric, asked.header, path, told[0]) if len(names) >= width else True
    body = told[1:] if headed else told
    text_rows = _text_rows(rows, body, numeric, len(names)) if headed else []
    if len(text_rows) > 1:
        message = f"{len(text_rows) + 1} rows of text before the numbers"
        remedy = f"set {pasteable('data.skip_rows', text_rows[-1])} if line {text_rows[-1] + 1} holds the names"
        raise DataError(message, file=path, line=told[0] + 1, key="data.skip_rows", remedy=remedy)
    cells = [row[at] for row in sample or rows[-1:] for at in numeric if at < len(row)]
    decimal = asked.decimal or decimal_mark(cells, separator)
    sure = asked.decimal is not None or separator == "," or any("." in cell or "," in cell for cell in cells)
    start = (text_rows or told[:1])[-1] + 1 if headed else told[0]
    units = lines[text_rows[0]] if text_rows else None
    top = content[: _offset(content, start)]
    preamble = first if asked.skip_rows or any(line.strip() for line in lines[:first]) else 0
    columns = _names(names, headed, width, sample)
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
        short = width > 2 and len(rows[at]) == width - 1 and not _numeric([rows[at]])
        if len(rows[at]) == width or short and after is not None and len(rows[after]) == width:
            return at
    return told[0]


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith(("#", "%", "//"))


def _numeric(rows: list[list[str]], width: int | None = None) -> list[int]:
    """The columns whose cells are numbers, most of those that hold anything."""
    columns = []
    for at in range(max(len(row) for row in rows) if width is None else width):
        cells = [row[at] for row in rows if at < len(row) and not is_empty(row[at])]
        if cells and sum(map(looks_numeric, cells)) * 2 >= len(cells):
            columns.append(at)
    return columns


def _counting(cells: list[str], fewest: int) -> bool:
    """Whether the numbers among some cells count the columns, from 0, or from 1 where there are many."""
    told = [cell.strip() for cell in cells if looks_numeric(cell)]
    starts = (0, 1) if len(told) >= MANY else (0,)
    return len(told) >= fewest and any(told == [str(at + start) for at in range(len(told))] for start in starts)


def _headed(row: list[str], numeric: list[int], asked: bool | None, path: Path, line: int) -> bool:
    """Whether the first row holds names: text where the others hold numbers, or numbers that count the columns."""
    if asked is not None:
        return asked
    told = [row[at] for at in numeric if not is_empty(row[at])]
    numbers = [cell for cell in told if looks_numeric(cell)]
    if len(numbers) == len(told):
        if not numeric:
            return True
        return bool(told) and _counting(told, 2 if len(told) == len(row) else 3)
    if numbers and not _counting(told, 1):
        message, remedy = "the first row mixes names and numbers", "set data.header=true or data.header=false"
        raise DataError(message, file=path, line=line + 1, key="data.header", remedy=remedy)
    return True


def _text_rows(rows: list[list[str]], body: list[int], numeric: list[int], width: int) -> list[int]:
    """The lines (from 0) right below the names that hold text where the others hold numbers: units."""
    found = []
    for at in body:
        told = [rows[at][column] for column in numeric if column < len(rows[at]) and not is_empty(rows[at][column])]
        if not told or len(rows[at]) != width or any(map(looks_numeric, told)):
            break
        found.append(at)
    return found if len(found) < len(body) else []


def _names(row: list[str], headed: bool, width: int, sample: list[list[str]]) -> tuple[str, ...]:
    if not headed:
        return tuple(str(number) for number in range(len(row)))
    if len(row) == width - 1:
        last_is_empty = all(is_empty(each[-1]) for each in sample)
        return (*row, "") if last_is_empty else ("", *row)
    return tuple(row)
