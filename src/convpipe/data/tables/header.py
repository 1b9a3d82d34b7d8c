"""The first rows of a delimited text: names of the columns, or values already; a row of units."""

from itertools import pairwise
from pathlib import Path

from convpipe.data.tables.numbers import is_empty, looks_numeric, number
from convpipe.errors import DataError

#: Numbers 1, 2, 3 ... up to here or further in a first row are names, not values.
MANY = 8


def numeric_columns(rows: list[list[str]], width: int | None = None) -> list[int]:
    """The columns whose cells are numbers, most of those that hold anything."""
    columns = []
    for at in range(max(len(row) for row in rows) if width is None else width):
        cells = [row[at] for row in rows if at < len(row) and not is_empty(row[at])]
        if cells and sum(map(looks_numeric, cells)) * 2 >= len(cells):
            columns.append(at)
    return columns


def counting(cells: list[str], fewest: int) -> bool:
    """Whether the numbers among some cells count the columns, from 0, or from 1 where there are many."""
    told = [cell.strip() for cell in cells if looks_numeric(cell)]
    starts = (0, 1) if len(told) >= MANY else (0,)
    return len(told) >= fewest and any(told == [str(at + start) for at in range(len(told))] for start in starts)


def _are_times(row: list[str], numeric: list[int], sample: list[list[str]]) -> bool:
    """Whether many numbers of a first row rise in equal steps, beside texts that the rows below do not hold."""
    told = [number(row[at], ".") for at in numeric if at < len(row)]
    texts = [at for at in range(len(row)) if at not in numeric]
    below = {(at, each[at]) for each in sample for at in texts if at < len(each)}
    if len(told) < MANY or None in told or not texts or any((at, row[at]) in below for at in texts):
        return False
    steps = [after - before for before, after in pairwise(each for each in told if each is not None)]
    usual = sum(steps) / len(steps)
    return usual > 0 and all(abs(step - usual) <= 0.01 * usual for step in steps)


def is_headed(
    row: list[str], numeric: list[int], sample: list[list[str]], asked: bool | None, path: Path, line: int
) -> bool:
    """Whether the first row holds names: text where the others hold numbers, or numbers that count the columns."""
    if asked is not None:
        return asked
    told = [row[at] for at in numeric if not is_empty(row[at])]
    numbers = [cell for cell in told if looks_numeric(cell)]
    if len(numbers) == len(told):
        if not numeric:
            return True
        counts = bool(told) and counting(told, 2 if len(told) == len(row) else 3)
        return counts or _are_times(row, numeric, sample)
    if numbers and not counting(told, 1):
        message, remedy = "the first row mixes names and numbers", "set data.header=true or data.header=false"
        raise DataError(message, file=path, line=line + 1, key="data.header", remedy=remedy)
    return True


def text_rows(rows: list[list[str]], body: list[int], numeric: list[int], width: int) -> list[int]:
    """The lines (from 0) right below the names that hold text where the others hold numbers: units."""
    found = []
    for at in body:
        told = [rows[at][column] for column in numeric if column < len(rows[at]) and not is_empty(rows[at][column])]
        if not told or len(rows[at]) != width or any(map(looks_numeric, told)):
            break
        found.append(at)
    return found if len(found) < len(body) else []


def column_names(row: list[str], headed: bool, width: int, sample: list[list[str]]) -> tuple[str, ...]:
    """The names of the columns: "" for one without a name, numbers from 0 where there is no header."""
    if not headed:
        return tuple(str(number) for number in range(len(row)))
    if len(row) == width - 1:
        last_is_empty = all(is_empty(each[-1]) for each in sample)
        return (*row, "") if last_is_empty else ("", *row)
    return tuple(row)
