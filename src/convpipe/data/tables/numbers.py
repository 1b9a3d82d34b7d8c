"""Numbers in text: decimal and thousands marks, and missing values."""

import re

import numpy as np

#: Contents of a cell without a value, in lower case.
EMPTY = frozenset(("", "nan", "-nan", "na", "n/a", "#n/a", "null", "none", "?"))
#: The same in the usual spellings, for a parser that is case-sensitive.
EMPTY_WORDS = sorted({form for word in EMPTY for form in (word, word.upper(), word.capitalize(), "NaN", "-NaN")})
SPACES = " \u00a0\u202f'"
EXPONENT = r"([eE][+-]?\d+)?"
#: Decimal mark -> pattern of a number without thousands marks, and of a number with them.
PLAIN = {mark: re.compile(rf"[+-]?(\d+{re.escape(mark)}?\d*|{re.escape(mark)}\d+){EXPONENT}", re.A) for mark in ".,"}
GROUPED = {
    ".": re.compile(rf"[+-]?[1-9]\d{{0,2}}([,{SPACES}]\d{{3}})+(\.\d*)?", re.A),
    ",": re.compile(rf"[+-]?[1-9]\d{{0,2}}([.{SPACES}]\d{{3}})+(,\d*)?", re.A),
}
INFINITE = re.compile(r"[+-]?inf(inity)?", re.I | re.A)


def is_empty(cell: str) -> bool:
    """Return whether a cell has no value."""
    return cell.strip().lower() in EMPTY


def looks_numeric(cell: str) -> bool:
    """Return whether a cell is a number with either decimal mark.

    >>> looks_numeric("1.234,5"), looks_numeric("1_5"), looks_numeric("m/s2")
    (True, False, False)
    """
    cell = cell.strip()
    forms = (*PLAIN.values(), *GROUPED.values(), INFINITE)
    return any(form.fullmatch(cell) for form in forms)


def number(cell: str, decimal: str) -> float | None:
    """Parse a cell as a number: NaN if it is empty, None if it is not a number.

    Args:
        cell: the text.
        decimal: the decimal mark, "." or ","; the other one may group thousands.

    >>> number("1.234,5", ","), number("1_5", "."), number("1 234", ".")
    (1234.5, None, 1234.0)
    """
    cell = cell.strip()
    if PLAIN[decimal].fullmatch(cell):
        return float(cell.replace(decimal, "."))
    if GROUPED[decimal].fullmatch(cell):
        return float(re.sub(r"[^\d.eE+-]", "", cell.replace("." if decimal == "," else ",", "").replace(",", ".")))
    if cell.lower() in EMPTY:
        return np.nan
    return float(cell) if INFINITE.fullmatch(cell) else None


def is_grouped(cell: str, decimal: str) -> bool:
    """Return whether a cell is a number with thousands marks.

    >>> is_grouped("1,234.5", "."), is_grouped("0,234", "."), is_grouped("1234", ".")
    (True, False, False)
    """
    return GROUPED[decimal].fullmatch(cell.strip()) is not None


def decimal_mark(cells: list[str], separator: str) -> str:
    """Return the decimal mark that fits most of the cells.

    A comma that may be a decimal or a thousands mark is taken as a decimal mark, unless commas separate columns or a
    cell contains a point.

    >>> decimal_mark(["0,841", "1"], ";"), decimal_mark(["1,234.5"], ";"), decimal_mark(["1.5"], ";")
    (',', '.', '.')
    """
    cells = [cell.strip() for cell in cells]
    commas = [cell for cell in cells if "," in cell]
    if not commas or separator == "," and not any(PLAIN[","].fullmatch(cell) for cell in commas):
        return "."
    by_comma, by_point = (sum(number(cell, mark) is not None for cell in cells) for mark in ",.")
    if by_comma != by_point:
        return "," if by_comma > by_point else "."
    return "." if separator == "," or any("." in cell for cell in cells) else ","
