"""Tables in Parquet, of which a few thousand rows are in memory at a time."""

import threading
from collections.abc import Iterator, Sequence

import numpy as np

from convpipe import config
from convpipe.data.text.json_lines import as_name
from convpipe.data.text.records import Record
from convpipe.data.text.source import AHEAD, open_bytes, sha256_of
from convpipe.errors import DataError

#: Rows in memory at a time.
ROWS = 8192


class Parquet(Sequence):
    """The texts of a Parquet file, read again when they are asked for; `records` goes through its rows first.

    Rows are counted from 1. Neighbours cost nothing; going back costs reading a row group from its start.

    Args:
        path: of the table.
        data: columns.

    Raises:
        DataError: the file cannot be read, lacks a column, or its texts are something else.
    """

    def __init__(self, path: str, data: config.TextTable):
        import pyarrow
        import pyarrow.parquet

        self.path, self.data = path, data
        with open_bytes(path) as file:
            self.sha256 = sha256_of(file)
        try:
            # Not buffered beforehand: a row group may be the whole file.
            self.file = pyarrow.parquet.ParquetFile(path, buffer_size=AHEAD, pre_buffer=False)
        except pyarrow.ArrowInvalid as error:
            raise DataError(f"{path} is not a Parquet file ({_first_line(error)})") from None
        self._check(self.file.schema_arrow)
        groups = range(self.file.num_row_groups)
        self.ends = np.cumsum([self.file.metadata.row_group(group).num_rows for group in groups], dtype=np.int64)
        self.group, self.batches, self.start, self.texts = -1, iter(()), 0, []
        self.lock = threading.Lock()  # what is in memory moves on, by one thread at a time

    def __len__(self) -> int:
        return int(self.ends[-1]) if len(self.ends) else 0

    def __getitem__(self, at):
        with self.lock:
            if self.start <= at < self.start + len(self.texts):
                return self.texts[at - self.start] or ""
            at = range(len(self))[at]
            group = int(np.searchsorted(self.ends, at, side="right"))
            if group != self.group or at < self.start:
                self.group, self.start, self.texts = group, int(self.ends[group - 1]) if group else 0, []
                self.batches = self._batches([group], [self.data.text])
            while at >= self.start + len(self.texts):
                self.start += len(self.texts)
                self.texts = next(self.batches)[self.data.text]
            return self.texts[at - self.start] or ""

    def records(self) -> Iterator[Record]:
        """Each row.

        Raises:
            DataError: the file is cut off, or a label or group is something else than a name.
        """
        data, row = self.data, 0
        columns = [name for name in (data.text, data.label, data.group) if name is not None]
        for batch in self._batches(range(len(self.ends)), list(dict.fromkeys(columns))):
            groups = [None] * len(batch[data.text]) if data.group is None else batch[data.group]
            for text, label, group in zip(batch[data.text], batch[data.label], groups, strict=True):
                row += 1
                where = f"{self.path} row {row}"
                name = None if data.group is None else as_name(group, data.group, where)
                yield Record(row, text or "", as_name(label, data.label, where), name)

    def _batches(self, groups: Sequence[int], columns: list[str]) -> Iterator[dict[str, list]]:
        """The columns of some row groups, a few thousand rows at a time."""
        import pyarrow

        try:
            for batch in self.file.iter_batches(ROWS, row_groups=list(groups), columns=columns):
                yield {name: batch.column(name).to_pylist() for name in columns}
        except (pyarrow.ArrowException, OSError) as error:
            raise DataError(f"{self.path} is broken ({_first_line(error)})") from None

    def _check(self, schema) -> None:
        from pyarrow import types

        for key in ("text", "label", "group"):
            name = getattr(self.data, key)
            if name is not None and schema.names.count(name) != 1:
                columns = ", ".join(schema.names)
                raise DataError(f"{self.path} has no single column {name}; its columns are: {columns}; set data.{key}")
        kind = schema.field(self.data.text).type
        kind = kind.value_type if types.is_dictionary(kind) else kind
        if not (types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind)):
            raise DataError(f"{self.path}: column {self.data.text} holds {kind}, not texts; set data.text")


def _first_line(error: Exception) -> str:
    return str(error).split("\n")[0]
