"""New texts beside those of training: the same tables with or without labels, plain lines, or standard input."""

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from convpipe.data.folders import Wanted
from convpipe.data.new_samples import STDIN, Known, NewSamples, found_files
from convpipe.data.text.formats import FORMATS, opened
from convpipe.data.text.records import Record
from convpipe.data.text.settings import TextTableSettings
from convpipe.errors import DataError

WANTED = Wanted("texts", tuple(FORMATS))
#: Columns that a table of new texts may lack.
LEFT_OUT: tuple[dict[str, None], ...] = ({"label": None}, {"label": None, "group": None})
#: Texts in a piece.
TEXTS = 2048


def read_new(data: TextTableSettings, path: Path, known: Known, report: Callable[[str], None]) -> Iterator[NewSamples]:
    """The texts at a path, piece by piece.

    A `.txt` file holds a text a line, unless training read a table from such a file.

    Args:
        data: settings that read the training data.
        path: a table, a file of lines, a folder of such files, or `-` for lines of standard input.
        known: of the classifier.
        report: is handed each line that the user should see.

    Raises:
        DataError: a file that cannot be read.
    """
    if path == STDIN:
        yield from _pieces("standard input", _lines(sys.stdin.buffer, "standard input", data.encoding))
        return
    for file in found_files(path, WANTED, report):
        if file.suffix.lower() == ".txt" and data.separator is None:
            with file.open("rb") as lines:
                yield from _pieces(file.name, _lines(lines, str(file), data.encoding))
        else:
            yield from _pieces(file.name, _records(file, data))


def _lines(lines: Iterable[bytes], name: str, encoding: str) -> Iterator[Record]:
    for row, raw in enumerate(lines, 1):
        try:
            yield Record(row, raw.decode(encoding).rstrip("\r\n"))
        except UnicodeDecodeError:
            remedy = "convert it, such as by iconv -t UTF-8"
            raise DataError(f"not {encoding}", file=name, line=row, value=encoding, remedy=remedy) from None


def _records(path: Path, data: TextTableSettings) -> Iterator[Record]:
    """The rows of a table, with labels where it has that column."""
    wanted = [data, *(replace(data, **none) for none in LEFT_OUT)]  # type: ignore[arg-type]
    for number, asked in enumerate(wanted):
        try:
            table = opened(str(path), asked)
            rows = table.records()
            first = next(rows, None)
            break
        except DataError as error:
            if error.key not in ("data.label", "data.group") or number == len(wanted) - 1:
                raise
    if first is None:
        raise DataError("no texts", file=path, remedy="add rows, or name another file")
    yield first
    yield from rows


def _pieces(name: str, records: Iterator[Record]) -> Iterator[NewSamples]:
    some: list[Record] = []
    for record in records:
        some.append(record)
        if len(some) == TEXTS:
            yield _piece(name, some)
            some = []
    if some:
        yield _piece(name, some)


def _piece(name: str, records: list[Record]) -> NewSamples:
    groups = [record.group for record in records]
    return NewSamples(
        [record.text for record in records],
        [f"{name} row {record.row}" for record in records],
        [record.label or None for record in records],
        groups if any(groups) else None,
    )
