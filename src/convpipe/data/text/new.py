"""New texts: tables as in training with or without labels, plain lines, or standard input."""

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
#: Settings of columns that a table of new texts may lack.
LEFT_OUT: tuple[dict[str, None], ...] = ({"label": None}, {"label": None, "group": None})
#: Texts per batch.
TEXTS = 2048


def read_new(data: TextTableSettings, path: Path, known: Known, report: Callable[[str], None]) -> Iterator[NewSamples]:
    """Yield the texts at a path in batches.

    A `.txt` file has one text per line, unless `data.separator` is set: then it is a table.

    Args:
        data: settings that read the training data.
        path: a table, a file of lines, a folder of such files, or `-` for lines of standard input.
        known: properties of the classifier's training data.
        report: called with each line that the user should see.

    Raises:
        DataError: a file that cannot be read.
    """
    if path == STDIN:
        yield from _batches("standard input", _lines(sys.stdin.buffer, "standard input", data.encoding))
        return
    for file in found_files(path, WANTED, report):
        if file.suffix.lower() == ".txt" and data.separator is None:
            with file.open("rb") as lines:
                yield from _batches(file.name, _lines(lines, str(file), data.encoding))
        else:
            yield from _batches(file.name, _records(file, data))


def _lines(lines: Iterable[bytes], name: str, encoding: str) -> Iterator[Record]:
    for row, raw in enumerate(lines, 1):
        try:
            yield Record(row, raw.decode(encoding).rstrip("\r\n"))
        except UnicodeDecodeError:
            remedy = "convert it, for example with iconv -t UTF-8"
            raise DataError(f"not {encoding}", file=name, line=row, value=encoding, remedy=remedy) from None


def _records(path: Path, data: TextTableSettings) -> Iterator[Record]:
    """Yield the rows of a table, with labels if it has that column."""
    candidates = [data, *(replace(data, **none) for none in LEFT_OUT)]  # type: ignore[arg-type]
    for number, settings in enumerate(candidates):
        try:
            table = opened(str(path), settings)
            rows = table.records()
            first = next(rows, None)
            break
        except DataError as error:
            if error.key == "data.text" and error.message.startswith("no column"):
                error.remedy = f"rename the column of the texts to {data.text}"  # settings cannot be changed here
            if error.key not in ("data.label", "data.group") or number == len(candidates) - 1:
                raise
    if first is None:
        raise DataError("no texts", file=path, remedy="add rows, or use another file")
    yield first
    yield from rows


def _batches(name: str, records: Iterator[Record]) -> Iterator[NewSamples]:
    batch: list[Record] = []
    for record in records:
        batch.append(record)
        if len(batch) == TEXTS:
            yield _batch(name, batch)
            batch = []
    if batch:
        yield _batch(name, batch)


def _batch(name: str, records: list[Record]) -> NewSamples:
    groups = [record.group for record in records]
    return NewSamples(
        [record.text for record in records],
        [f"{name} row {record.row}" for record in records],
        [record.label or None for record in records],
        groups if any(groups) else None,
    )
