"""What the rows of a delimited table look like: whether the first is a header, and whether quotation marks enclose."""

import re
from collections.abc import Iterable, Sequence

#: What columns of labels and of texts are called, in lower case.
LABEL_WORDS = {"label", "labels", "class", "classes", "category", "target", "sentiment", "topic", "polarity", "rating"}
LABEL_WORDS |= {"intent", "language", "genre", "tag", "y"}
TEXT_WORDS = {"text", "texts", "sentence", "review", "content", "message", "comment", "document", "title", "body", "x"}
TEXT_WORDS |= {"tweet", "question", "phrase", "description", "utterance", "headline", "abstract"}
ENCLOSED = re.compile(r'"(?:[^"]|"")*"')


def is_header(first: Sequence[str], following: Iterable[Sequence[str]]) -> bool:
    """Whether a table's first row names its columns.

    It does where both of its values are usual names of such columns, or where all labels but the first are numbers.

    Args:
        first: text and label of the first row.
        following: those of the next rows.

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
    """The first line with a quotation mark that cannot enclose a value, in a table that has a row in every line.

    Returns:
        The line, counted from 1; None where there is none, or where lines differ in their number of columns, so that
        quotation marks have to enclose line ends.
    """
    width, stray = 0, None
    for number, line in enumerate(lines, 1):
        bare = line.rstrip("\r\n")
        if not bare:
            continue
        columns = bare.count(separator) + 1
        width = width or columns
        if columns != width:
            return None
        if stray is None and '"' in bare and not _encloses(bare.split(separator)):
            stray = number
    return stray


def _encloses(values: list[str]) -> bool:
    """Whether quotation marks at the start of values enclose them, each within its line."""
    return all(ENCLOSED.fullmatch(value) for value in values if value.startswith('"'))


def hidden_labels(lines: Sequence[str], separator: str, width: int, at: int) -> list[str]:
    """The labels of the lines within one row, without its last, where each line looks like a row; else none.

    Args:
        lines: of the row.
        separator: of columns.
        width: number of columns.
        at: the column of the labels.
    """
    split = [line.rstrip("\r\n").split(separator) for line in lines]
    if len(lines) < 2 or any(len(values) != width for values in split):
        return []
    return [values[at].strip() for values in split[:-1]]
