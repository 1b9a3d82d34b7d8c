"""The reader's own tables of numbers: a CSV file a recording, a folder a class or the class in the file name."""

import csv
import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from convpipe import config
from convpipe.data.file_names import labelled
from convpipe.data.folders import Wanted, contents, described, folder_of
from convpipe.data.samples import Samples
from convpipe.errors import DataError, nearest

TABLES = Wanted("tables", (".csv", ".tsv", ".txt"))
#: What stands in a cell without a value, in lower case.
MISSING = ("", "nan", "na", "n/a", "null", "none", "?")

#: decimal mark -> what Python would read in a number, and a table does not mean.
STRANGE = {".": "_", ",": "_."}


def read(data: config.CsvFolder, report: Callable[[str], None]) -> Samples:
    """Labelled recordings in tables: a row is a step, a column a channel.

    Args:
        data: the folder, and what its tables look like.
        report: is told of files that were passed over.

    Returns:
        Samples of kind "series": (steps, channels) float32, NaN where a cell is empty; recordings may differ in steps.

    Raises:
        ConfigError: `data.pattern` is no regular expression, or lacks the group label.
        DataError: no such folder, no tables, one class only, a name that does not match, a cell that is no number,
            rows or tables that differ in their columns.
    """
    folder = folder_of(data.path)
    found = labelled(folder, data.pattern, TABLES, report)
    digest = hashlib.sha256(repr((data.columns, data.separator, data.decimal, data.header)).encode())
    tables = [(path, *_table(content, path, data)) for path, content in contents(folder, found, digest)]
    first, names, _ = tables[0]
    for path, others, _ in tables:
        if others != names:
            raise DataError(
                f"{path} has the columns {', '.join(others)}, but {first.name} has {', '.join(names)}; "
                "choose those that all have with data.columns=[...]"
            )
    about = {"sampling_rate": data.sampling_rate, "channel_names": tuple(names)}
    return Samples([values for *_, values in tables], sha256=digest.hexdigest(), **about, **described(folder, found))


def _table(content: bytes, path: Path, data: config.CsvFolder) -> tuple[list[str], np.ndarray]:
    """The names of the channels, and (steps, channels) float32."""
    rows, lines = _rows(content, path, data)
    headed = _is_header(rows[0], path, data)
    columns = [cell.strip() for cell in rows[0]] if headed else [str(number) for number in range(len(rows[0]))]
    if not data.columns and "" in columns:
        raise DataError(
            f"{path}: column {columns.index('')} (from 0) has no name, as where row numbers stand; choose the columns "
            "that are read with data.columns=[...]"
        )
    rows, lines = rows[headed:], lines[headed:]
    if not rows:
        raise DataError(f"{path} holds no rows of numbers; mend the file or take it away")
    chosen = [_place(name, columns, path) for name in data.columns or columns]
    cells = np.char.strip(np.array([[row[place] for place in chosen] for row in rows], dtype=str))
    names = [columns[place] for place in chosen]
    try:
        return names, _numbers(cells, data.decimal)
    except ValueError:
        raise _not_a_number(path, cells, names, lines, data.decimal) from None


def _is_header(first: list[str], path: Path, data: config.CsvFolder) -> bool:
    """Whether a first row holds names: not where it holds numbers, unless they count the columns."""
    if data.header is not None:
        return data.header
    told = [cell.strip() for cell in first if cell.strip().lower() not in MISSING]
    numbers = [cell for cell in told if _is_number(cell, data.decimal)]
    if numbers and len(numbers) < len(told):
        raise DataError(f"{path}: its first row mixes names and numbers; say data.header=true or data.header=false")
    return told != numbers or (len(told) > 1 and told == [str(number) for number in range(len(told))])


def _numbers(cells: np.ndarray, decimal: str) -> np.ndarray:
    """Texts (steps, channels) as float32, NaN where one is missing; ValueError for what is no number."""
    if any((np.char.find(cells, mark) >= 0).any() for mark in STRANGE[decimal]):
        raise ValueError
    values = np.where(np.isin(np.char.lower(cells), MISSING), "nan", cells)
    with np.errstate(over="ignore"):  # what is too large becomes infinity, which is refused by name
        return np.char.replace(values, decimal, ".").astype(np.float32)


def _rows(content: bytes, path: Path, data: config.CsvFolder) -> tuple[list[list[str]], list[int]]:
    """The cells of every row that is not blank, and the line that each ends on; all rows have as many."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    separator = data.separator.replace("\\t", "\t") if data.separator else _separator(text, data.decimal)
    reader = csv.reader(text.splitlines(), delimiter=separator, skipinitialspace=True)
    rows, lines = [], []
    for cells in reader:
        if any(cell.strip() for cell in cells):
            rows.append(cells)
            lines.append(reader.line_num)
    if not rows:
        raise DataError(f"{path} is empty; mend the file or take it away")
    width = len(rows[0])
    for cells, line in zip(rows, lines, strict=True):
        if len(cells) != width:
            raise DataError(
                f"{path} line {line} has {len(cells)} columns, not {width}; mend it, or say with data.separator what "
                "separates columns"
            )
    return rows, lines


def _separator(text: str, decimal: str) -> str:
    """The one that stands most often in the first line: a semicolon, a tab or a comma."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max(";\t,".replace(decimal, ""), key=first.count)


def _is_number(cell: str, decimal: str) -> bool:
    """What `_numbers` says of a whole table, of one cell."""
    cell = cell.strip()
    try:
        float(cell.replace(decimal, "."))
    except ValueError:
        return cell.lower() in MISSING
    return not any(mark in cell for mark in STRANGE[decimal])


def _place(name: str, columns: list[str], path: Path) -> int:
    """Where a column stands, by its name."""
    if columns.count(name) != 1:
        lack = "several columns" if name in columns else "no column"
        raise DataError(f"{path} has {lack} {name}; {nearest(name, columns)}")
    return columns.index(name)


def _not_a_number(path: Path, cells: np.ndarray, names: list[str], lines: list[int], decimal: str) -> DataError:
    row, column = next(place for place, cell in np.ndenumerate(cells) if not _is_number(cell, decimal))
    cell, remedy = str(cells[row, column]), "data.columns=[...] chooses the columns that are read"
    if "," in cell and decimal == ".":
        remedy = "data.decimal=',' where a comma stands before decimals"
    elif " " in cell and len(names) == 1:
        remedy = "data.separator=' ' where spaces separate columns"
    return DataError(f"{path} line {lines[row]}, column {names[column]}: {cell!r} is no number; {remedy}")
