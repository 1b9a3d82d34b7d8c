"""The first rows of delimited text: a header or values, and a row of units."""

from itertools import pairwise
from pathlib import Path

from convpipe.data.tables.numbers import is_empty, looks_numeric, number
from convpipe.errors import DataError

#: A first row that counts from 1 to at least this number is a header, not values.
MANY = 8


def numeric_columns(rows: list[list[str]], width: int | None = None) -> list[int]:
    """Return the columns in which at least half of the nonempty cells are numbers."""
    columns = []
    for at in range(max(len(row) for row in rows) if width is None else width):
        cells = [row[at] for row in rows if at < len(row) and not is_empty(row[at])]
        if cells and sum(map(looks_numeric, cells)) * 2 >= len(cells):
            columns.append(at)
    return columns


def counting(cells: list[str], fewest: int) -> bool:
    """Return whether the numbers in these cells count the columns, from 0 or (if there are many) from 1."""
    numbers = [cell.strip() for cell in cells if looks_numeric(cell)]
    starts = (0, 1) if len(numbers) >= MANY else (0,)
    return len(numbers) >= fewest and any(
        numbers == [str(at + start) for at in range(len(numbers))] for start in starts
    )


def _are_times(row: list[str], numeric: list[int], sample: list[list[str]]) -> bool:
    """Return whether a first row has many equally spaced numbers, and texts that do not occur in the rows below."""
    numbers = [number(row[at], ".") for at in numeric if at < len(row)]
    texts = [at for at in range(len(row)) if at not in numeric]
    below = {(at, each[at]) for each in sample for at in texts if at < len(each)}
    if len(numbers) < MANY or None in numbers or not texts or any((at, row[at]) in below for at in texts):
        return False
    steps = [after - before for before, after in pairwise(each for each in numbers if each is not None)]
    usual = sum(steps) / len(steps)
    return usual > 0 and all(abs(step - usual) <= 0.01 * usual for step in steps)


def is_headed(
    row: list[str], numeric: list[int], sample: list[list[str]], setting: bool | None, path: Path, line: int
) -> bool:
    """Return whether the first row is a header: text in numeric columns, or numbers that count the columns.

    Raises:
        DataError: it mixes names and numbers, and no `setting` decides.
    """
    if setting is not None:
        return setting
    cells = [row[at] for at in numeric if not is_empty(row[at])]
    numbers = [cell for cell in cells if looks_numeric(cell)]
    if len(numbers) == len(cells):
        if not numeric:
            return True
        counts = bool(cells) and counting(cells, 2 if len(cells) == len(row) else 3)
        return counts or _are_times(row, numeric, sample)
    if numbers and not counting(cells, 1):
        message, remedy = "the first row mixes names and numbers", "set data.header=true or data.header=false"
        raise DataError(message, file=path, line=line + 1, key="data.header", remedy=remedy)
    return True


def text_rows(rows: list[list[str]], body: list[int], numeric: list[int], width: int) -> list[int]:
    """Return the lines (from 0) of units: those right below the header with text in all numeric columns."""
    units = []
    for at in body:
        cells = [rows[at][column] for column in numeric if column < len(rows[at]) and not is_empty(rows[at][column])]
        if not cells or len(rows[at]) != width or any(map(looks_numeric, cells)):
            break
        units.append(at)
    return units if len(units) < len(body) else []


def column_names(row: list[str], headed: bool, width: int, sample: list[list[str]]) -> tuple[str, ...]:
    """Return the names of the columns: "" for a column without one, numbers from 0 without a header."""
    if not headed:
        return tuple(str(number) for number in range(len(row)))
    if len(row) == width - 1:
        last_is_empty = all(is_empty(each[-1]) for each in sample)
        return (*row, "") if last_is_empty else ("", *row)
    return tuple(row)
