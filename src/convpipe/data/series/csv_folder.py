"""Your own tables of numbers: a CSV file for each recording; its folder or its name tells the class."""

import csv
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from omegaconf import MISSING

from convpipe.config.data import DataSettings
from convpipe.config.schema import setting
from convpipe.data.dataset import Dataset
from convpipe.data.file_names import PATTERN_MEANING, labelled
from convpipe.data.folders import Wanted, contents, decoded, described, folder_of
from convpipe.data.separator import as_character, check_separator
from convpipe.errors import DataError, nearest
from convpipe.registry import register_reader

TABLES = Wanted("tables", (".csv", ".tsv", ".txt"))
#: What stands in a cell without a value, in lower case.
EMPTY = ("", "nan", "na", "n/a", "null", "none", "?")
#: decimal mark -> what Python would read in a number, and a table does not mean.
STRANGE = {".": "_", ",": "_."}
OR_CHOOSE = "choose the columns that are read with data.columns=[...]"


@dataclass
class CsvFolderSettings(DataSettings):
    """Your own recordings, a CSV file each: a row is a step, a column a channel."""

    name: str = "csv_folder"
    reader: str = "csv_folder"
    path: str = setting(MISSING, "folder of the CSV files, or of a folder for each class")
    pattern: str | None = setting(None, PATTERN_MEANING)
    columns: list[str] | None = setting(None, "columns to read: names, or numbers from 0; unset: all")
    separator: str | None = setting(None, "what separates columns; unset: the most frequent of ; , and tab in line 1")
    decimal: str = setting(".", "what stands before decimals", choices=[".", ","])
    header: bool | None = setting(None, "whether row 1 holds names; unset: where it holds no numbers but 0, 1, 2 ...")
    sampling_rate: float | None = setting(None, "rows a second (Hz); windows need it", low=1e-6)

    def __post_init__(self):
        super().__post_init__()
        check_separator(self.separator)


@register_reader(CsvFolderSettings, "series")
def read(data: CsvFolderSettings, report: Callable[[str], None]) -> Dataset:
    """Labelled recordings in tables: a row is a step, a column a channel.

    Args:
        data: the folder, and what its tables look like.
        report: is told of files that were passed over.

    Returns:
        Dataset of modality "series": (steps, channels) float32, NaN where a cell is empty; recordings may differ in
        steps.

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
            message = f"the columns are {', '.join(others)}, but {first.name} has {', '.join(names)}"
            remedy = "choose columns that all files have with data.columns=[...]"
            raise DataError(message, file=path, key="data.columns", value=others, remedy=remedy)
    return Dataset(
        [values for *_, values in tables],
        sha256=digest.hexdigest(),
        sampling_rate=data.sampling_rate,
        channel_names=tuple(names),
        **described(folder, found),
    )


def _table(content: bytes, path: Path, data: CsvFolderSettings) -> tuple[list[str], np.ndarray]:
    """The names of the channels, and (steps, channels) float32."""
    rows = _rows(content, path, data)
    line, first = rows[0]
    headed = _is_header(first, path, data)
    columns = [cell.strip() for cell in first] if headed else [str(number) for number in range(len(first))]
    if not data.columns and "" in columns:
        message = f"column {columns.index('')} (from 0) has no name; it may hold row numbers"
        raise DataError(message, file=path, line=line, key="data.columns", remedy=OR_CHOOSE)
    if len(rows) == headed:
        raise DataError("no rows of numbers", file=path, remedy="correct the file or remove it")
    places = [_place(name, columns, path) for name in data.columns or columns]
    values = [[_number(cells[place], data.decimal) for place in places] for _, cells in rows[headed:]]
    for (line, cells), numbers in zip(rows[headed:], values, strict=True):
        if None in numbers:
            place = places[numbers.index(None)]
            cell, remedy = cells[place].strip(), _other_reading(cells[place], data.decimal, len(places))
            message = f"{cell!r} in column {columns[place]} is not a number"
            raise DataError(message, file=path, line=line, value=cell, remedy=remedy)
    with np.errstate(over="ignore"):  # what is too large becomes infinity, which is refused by name
        return [columns[place] for place in places], np.array(values, np.float32)


def _is_header(first: list[str], path: Path, data: CsvFolderSettings) -> bool:
    """Whether a first row holds names: not where it holds numbers, unless they count the columns."""
    if data.header is not None:
        return data.header
    told = [cell.strip() for cell in first if cell.strip().lower() not in EMPTY]
    numbers = [cell for cell in told if _number(cell, data.decimal) is not None]
    if numbers and len(numbers) < len(told):
        remedy = "set data.header=true or data.header=false"
        raise DataError("the first row mixes names and numbers", file=path, key="data.header", remedy=remedy)
    return told != numbers or (len(told) > 1 and told == [str(number) for number in range(len(told))])


def _rows(content: bytes, path: Path, data: CsvFolderSettings) -> list[tuple[int, list[str]]]:
    """Each row that is not blank: the line on which it ends, and its cells; all rows have as many."""
    lines = decoded(content).splitlines()
    # Unset: the one that stands most often in the first line.
    first = next((line for line in lines if line.strip()), "")
    separator = data.separator or max(";\t,".replace(data.decimal, ""), key=first.count)
    reader = csv.reader(lines, delimiter=as_character(separator), skipinitialspace=True)
    rows = [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    if not rows:
        raise DataError("the file is empty", file=path, remedy="correct the file or remove it")
    width = len(rows[0][1])
    for line, cells in rows:
        if len(cells) != width:
            message = f"{len(cells)} columns, expected {width}"
            remedy = "correct the line, or set data.separator to what separates columns"
            raise DataError(message, file=path, line=line, key="data.separator", value=len(cells), remedy=remedy)
    return rows


def _number(cell: str, decimal: str) -> float | None:
    """What a cell holds: NaN where it is empty, None where it is no number."""
    cell = cell.strip()
    if cell.lower() in EMPTY:
        return np.nan
    try:
        return None if any(mark in cell for mark in STRANGE[decimal]) else float(cell.replace(decimal, "."))
    except ValueError:
        return None


def _other_reading(cell: str, decimal: str, columns: int) -> str:
    """What to do about a cell that is no number, where so many columns are read."""
    if "," in cell and decimal == ".":
        return "set \"data.decimal=','\" if a comma stands before decimals"
    if " " in cell.strip() and columns == 1:
        return "set \"data.separator=' '\" if spaces separate columns"
    return OR_CHOOSE


def _place(name: str, columns: list[str], path: Path) -> int:
    """Where a column stands, by its name."""
    if columns.count(name) != 1:
        message, remedy = f"no column {name}", nearest(name, columns)
        if name in columns:
            message, remedy = f"several columns {name}", "rename all but one"
        raise DataError(message, file=path, key="data.columns", value=name, remedy=remedy)
    return columns.index(name)
