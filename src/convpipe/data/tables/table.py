"""A table of columns that maps its rows to lines of a file, for errors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from convpipe.data.tables.numbers import PLAIN, is_empty, is_grouped, looks_numeric, number
from convpipe.errors import DataError, nearest
from convpipe.overrides import pasteable

if TYPE_CHECKING:
    import pyarrow as pa

OR_SELECT = "correct it, or set data.columns=[...] to the columns to read"
#: Decimal mark -> the mark that may group thousands.
OTHER = {".": ",", ",": "."}
#: Characters of a cell in an error.
SHOWN = 40


@dataclass(frozen=True)
class Table:
    """Columns of equal length.

    Args:
        file: the file of the table.
        columns: name -> column.
        lines: returns the line or row number (from 1) in the file of each row.
        headed: whether the file has a header; otherwise the names are numbers from 0.
        decimal: the decimal mark of numbers in columns of text.
        decimal_is_sure: whether the other mark can only be a thousands mark.
        remarks: lines on everything recognized or left out.
        parts: the tables that were concatenated to this one.
        decimal_is_set: whether the user set the decimal mark.
        remark: called with a line on anything recognized later, when a column is read.
    """

    file: Path
    columns: dict[str, pa.ChunkedArray]
    lines: Callable[[], Sequence[int]]
    headed: bool = True
    decimal: str = "."
    decimal_is_sure: bool = True
    remarks: tuple[str, ...] = field(default=())
    parts: tuple[Table, ...] = field(default=())
    decimal_is_set: bool = False
    remark: Callable[[str], None] = field(default=lambda line: None, repr=False, compare=False)
    _codes: dict[str, tuple[np.ndarray, list[str]]] = field(default_factory=dict, repr=False, compare=False)

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    @property
    def names(self) -> list[str]:
        """Names of the columns, in order."""
        return list(self.columns)

    def place(self, row: int) -> dict[str, Any]:
        """Return the file and the line of a row (from 0), as fields of an error."""
        for part in self.parts:
            if row < len(part):
                return part.place(row)
            row -= len(part)
        return {"file": self.file, "line": self.lines()[row]}

    def require(self, name: str, key: str) -> str:
        """Return `name`, the value of the setting `key`.

        Raises:
            DataError: there is no such column; the remedy suggests the most similar name.
        """
        if name not in self.columns:
            raise DataError(f"no column {name}", file=self.file, key=key, value=name, remedy=nearest(name, self.names))
        return name

    def with_column(self, name: str, texts: Sequence[str]) -> Table:
        """Return the table with an additional column of one text per row."""
        import pyarrow as pa

        column = pa.chunked_array([pa.array(texts, pa.string())])
        return replace(self, columns={**self.columns, name: column}, _codes={})

    def require_like(self, name: str, first: Table) -> str:
        """Return `name`, a column of the table `first`.

        Raises:
            DataError: this table has no such column.
        """
        if name not in self.columns:
            message, remedy = f"no column {name}, which {first.file.name} has", "give all files the same columns"
            raise DataError(message, file=self.file, value=name, remedy=remedy)
        return name

    def kind(self, name: str) -> str:
        """Return the contents of a column: "number", "time" (dates and times of day), "text" or "empty"."""
        from pyarrow import types

        dtype = self.columns[name].type
        if types.is_null(dtype):
            return "empty"
        if types.is_temporal(dtype):
            return "time"
        if types.is_integer(dtype) or types.is_floating(dtype) or types.is_boolean(dtype) or types.is_decimal(dtype):
            return "number"
        cells = (cell for cell in self.columns[name].slice(0, 1000).to_pylist() if not is_empty(str(cell)))
        numeric = [looks_numeric(str(cell)) for cell, _ in zip(cells, range(50), strict=False)]
        return "number" if any(numeric) else "text" if numeric else "empty"

    def numbers(self, name: str) -> np.ndarray:
        """Return a column as (rows,) float64, with NaN for empty cells.

        Raises:
            DataError: a cell that is not a number; the error names its line.
        """
        import pyarrow as pa

        column = self.columns[name]
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type) or _is_nested(column.type):
            return self._from_texts(name)
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        if column.type != pa.float64():
            column = column.cast(pa.float64(), safe=False)
        return column.to_numpy()

    def _from_texts(self, name: str) -> np.ndarray:
        values, grouped, other = np.empty(len(self)), list[int](), PLAIN[OTHER[self.decimal]]
        cells = [None if cell is None else str(cell).strip() for cell in self.columns[name].to_pylist()]
        for row, cell in enumerate(cells):
            value = np.nan if cell is None else number(cell, self.decimal)
            if value is None or not self.decimal_is_sure and OTHER[self.decimal] in str(cell):
                raise self._no_number(name, row, str(cell))
            values[row] = value
            if is_grouped(str(cell), self.decimal):
                grouped.append(row)
        if grouped:
            # 1,234 among numbers such as 0.5 may be a mistake; 1,234.5 and 1,234,567 are not.
            if not self.decimal_is_set and all(other.fullmatch(str(cells[row])) for row in grouped):
                raise self._no_number(name, grouped[0], str(cells[grouped[0]]))
            self.remark(f"removed thousands marks in column {name}, such as in {cells[grouped[0]]}")
        return values

    def _no_number(self, name: str, row: int, cell: str) -> DataError:
        shown = cell if len(cell) <= SHOWN else cell[: SHOWN - 3] + "..."
        other = OTHER[self.decimal]
        remedy = pasteable("data.decimal", other) if PLAIN[other].fullmatch(cell.strip()) else ""
        remedy = f"set {remedy} if that is the decimal mark" if remedy else OR_SELECT
        message = f"{shown!r} in column {name} is not a number"
        if number(cell, self.decimal) is not None:
            message = f"{shown!r} in column {name} may have a decimal or a thousands mark"
            remedy = f"set {pasteable('data.decimal', other)} or {pasteable('data.decimal', self.decimal)}"
        return DataError(message, **self.place(row), value=cell.strip(), remedy=remedy)

    def codes(self, name: str) -> tuple[np.ndarray, list[str]]:
        """Return a column of names as indices (rows,) int64 into the list of names, and this list.

        Names are in order of appearance; the index of an empty cell is -1.

        Raises:
            DataError: a name that contains a line break.
        """
        if name not in self._codes:
            self._codes[name] = self._encoded(name)
        return self._codes[name]

    def _encoded(self, name: str) -> tuple[np.ndarray, list[str]]:
        import pyarrow as pa

        column = self.columns[name]
        if not pa.types.is_dictionary(column.type):
            column = column.dictionary_encode()
        column = column.unify_dictionaries().combine_chunks()
        column = column.chunk(0) if isinstance(column, pa.ChunkedArray) else column
        words = [clean_name(word) for word in column.dictionary.to_pylist()]
        codes = column.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
        for place, word in enumerate(words):
            if "\n" in word or "\r" in word:
                facts = self.place(int(np.argmax(codes == place)))
                message, remedy = f"a line break in column {name}", "remove the stray quotation mark"
                raise DataError(message, **facts, value=word[:SHOWN], remedy=remedy)
        names = [word for word in dict.fromkeys(words) if word]
        if names == words:
            return codes, names
        index = {word: number for number, word in enumerate(names)}
        mapping = np.array([*(index.get(word, -1) for word in words), -1], np.int64)
        return mapping[codes], names

    def texts(self, name: str) -> list[str]:
        """Return a column as one text per row, "" for empty cells."""
        codes, names = self.codes(name)
        return [*np.array([*names, ""], dtype=object)[codes]]


def stacked(tables: list[Table], file: Path) -> Table:
    """Concatenate tables with the same columns.

    Args:
        tables: at least one.
        file: path for errors about the result, such as the common folder.

    Raises:
        DataError: a table lacks a column of the first one.
    """
    import pyarrow as pa

    first = tables[0]
    if len(tables) == 1:
        return first
    columns = {}
    for name in first.names:
        pieces = [each.columns[each.require_like(name, first)] for each in tables]
        if len({each.type for each in pieces}) > 1:
            numeric = {each.kind(name) for each in tables} <= {"number", "empty"}
            pieces = [pa.chunked_array([each.numbers(name)]) if numeric else each.columns[name].cast(pa.string())
                      for each in tables]  # fmt: skip
        columns[name] = pa.chunked_array([chunk for each in pieces for chunk in each.chunks], pieces[0].type)
    return replace(
        first, file=file, columns=columns, lines=lambda: range(1, 0), remarks=(), parts=tuple(tables), _codes={}
    )


def clean_name(word: object) -> str:
    """Return the name of a class or group: stripped, whole numbers without decimals, "" if it is missing.

    >>> clean_name(" walk "), clean_name(2.0), clean_name("1.0000e+00"), clean_name("01"), clean_name(float("nan"))
    ('walk', '2', '1', '01', '')
    """
    text = "" if word is None else str(word, "utf-8", "replace") if isinstance(word, bytes) else str(word).strip()
    if text.lower() in ("", "nan"):
        return ""
    if any(mark in text for mark in ".eE") and PLAIN["."].fullmatch(text) and float(text).is_integer():
        return str(int(float(text)))
    return text


def _is_nested(dtype: pa.DataType) -> bool:
    from pyarrow import types

    return types.is_string_view(dtype) or types.is_binary(dtype) or types.is_nested(dtype)
