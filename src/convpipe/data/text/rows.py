"""Heuristics on the rows of a delimited table: is the first a header, and do quotation marks enclose values?"""

import re
from collections.abc import Iterable, Sequence

#: Usual names of the columns of labels and texts, in lower case.
LABEL_WORDS = {"label", "labels", "class", "classes", "category", "target", "sentiment", "topic", "polarity", "rating"}
LABEL_WORDS |= {"intent", "language", "genre", "tag", "y"}
TEXT_WORDS = {"text", "texts", "sentence", "review", "content", "message", "comment", "document", "title", "body", "x"}
TEXT_WORDS |= {"tweet", "question", "phrase", "description", "utterance", "headline", "abstract"}
ENCLOSED = re.compile(r'"(?:[^"]|"")*"')


def is_header(first: Sequence[str], following: Iterable[Sequence[str]]) -> bool:
    """Return whether the first row of a table is a header.

    It is one if both values are usual names of such columns, or if all labels but the first are numbers.

    Args:
        first: text and label of the first row.
        following: text and label of each of the next rows.

    >>> is_header(("text", "label"), [("good", "a")]), is_header(("good", "a"), [("bad", "b"), ("so", "a")])
    (True, False)
    """
    text, label = (value.strip().lower() for value in first)
    if text in TEXT_WORDS and label in LABEL_WORDS:
        return True
    others = [_is_number(each[1]) for each in following]
    return len(others) > 1 and all(others) and not _is_number(label)


def _is_number(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True


def stray_quote(lines: Iterable[str], separator: str) -> int | None:
    """Return the first line with a quotation mark that cannot enclose a value, in a table with one row per line.

    Returns:
        The line number, from 1; None if there is no such line, or if lines differ in their number of columns, so that
        some quoted value may contain a line end or a separator.
    """
    width, stray = 0, None
    for number, line in enumerate(lines, 1):
        line = line.rstrip("\r\n")
        if not line:
            continue
        columns = line.count(separator) + 1
        width = width or columns
        if columns != width:
            return None
        if stray is None and '"' in line and not _encloses(line.split(separator)):
            stray = number
    return stray


def _encloses(values: list[str]) -> bool:
    """Return whether each value that starts with a quotation mark is enclosed by a pair of them."""
    return all(ENCLOSED.fullmatch(value) for value in values if value.startswith('"'))


def hidden_labels(lines: Sequence[str], separator: str, width: int, at: int) -> list[str]:
    """Return the labels of all but the last line of a row, if each of its lines looks like a row; else [].

    Args:
        lines: lines of the row.
        separator: separator of columns.
        width: number of columns.
        at: index of the label column.
    """
    split = [line.rstrip("\r\n").split(separator) for line in lines]
    if len(lines) < 2 or any(len(values) != width for values in split):
        return []
    return [values[at].strip() for values in split[:-1]]
