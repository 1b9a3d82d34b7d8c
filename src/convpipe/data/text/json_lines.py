"""Tables with one JSON object in each line: .jsonl and .ndjson."""

import json
from array import array
from collections.abc import Iterator, Sequence

from convpipe import config
from convpipe.data.text.records import Record
from convpipe.data.text.source import Source
from convpipe.errors import DataError


class JsonLines(Sequence):
    """The texts of such a table, read again when they are asked for; `records` goes through its rows first.

    Rows are lines, counted from 1.

    Args:
        path: of the table.
        data: columns and encoding.

    Raises:
        DataError: the file cannot be read.
    """

    def __init__(self, path: str, data: config.TextTable):
        self.path, self.data = path, data
        self.source = Source(path, data.encoding)
        self.starts, self.ends = array("q"), array("q")

    @property
    def sha256(self) -> str:
        return self.source.sha256

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, at):
        return json.loads(self.source.read(self.starts[at], self.ends[at]))[self.data.text] or ""

    def records(self) -> Iterator[Record]:
        """Each line that is not blank.

        Raises:
            DataError: a line that is no JSON object, lacks a column, or holds something else than a text.
        """
        for line in self.source.lines():
            if not line.text.strip():
                continue
            where, data = f"{self.path} row {line.number}", self.data
            values = _object(line.text, where)
            for key in ("text", "label", "group"):
                name = getattr(data, key)
                if name is not None and name not in values:
                    columns = ", ".join(values) or "none"
                    raise DataError(f"{where} has no column {name}; its columns are: {columns}; set data.{key}")
            self.starts.append(line.start)
            self.ends.append(line.end)
            group = None if data.group is None else as_name(values[data.group], data.group, where)
            label = as_name(values[data.label], data.label, where)
            yield Record(line.number, _text(values[data.text], data.text, where), label, group)


def _object(line: str, where: str) -> dict:
    try:
        values = json.loads(line)
    except json.JSONDecodeError as error:
        raise DataError(
            f"{where} is malformed JSON ({error.msg.removesuffix(' at')}, character {error.colno}); mend or remove it"
        ) from None
    except (ValueError, RecursionError) as error:
        raise DataError(f"{where} is malformed JSON ({error}); mend or remove it") from None
    if not isinstance(values, dict):
        raise DataError(f'{where} is not an object such as {{"text": "...", "label": "..."}}')
    return values


def _text(value, column: str, where: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise DataError(f"{where}: {column} is {json.dumps(value)[:40]}, not a text")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise DataError(f"{where}: {column} holds half of a surrogate pair, which is no character") from None
    return value


def as_name(value, column: str, where: str) -> str:
    """The name of a class or a group: a text, a number, or true and false; empty where there is no value.

    Raises:
        DataError: something else, such as a list.
    """
    if value is None or value != value:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str | int | float):
        raise DataError(f"{where}: {column} is {str(value)[:40]}, which is no name of a class or a group")
    return str(value).strip()
