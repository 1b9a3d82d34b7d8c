"""Tables in Parquet format, with a few thousand rows in memory at a time."""

from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate

from convpipe.data.text.settings import TextTableSettings
from convpipe.data.text.source import AHEAD, Table
from convpipe.errors import ConvpipeError, DataError

#: Rows in memory at a time.
ROWS = 8192
AGAIN = "write the file again"


class Parquet(Table):
    """Texts in a column of a Parquet file.

    Access in ascending order is fast. Access to an earlier row reads its row group again from the start.

    Raises:
        DataError: the file cannot be read, lacks a column, or its column of texts has another type.
    """

    suffixes = (".parquet",)

    def __init__(self, path: str, data: TextTableSettings):
        from pyarrow import parquet, types

        super().__init__(path, data)
        self.file.close()
        with self._whole():
            # No pre-buffering, since a row group may be the whole file.
            options = {"buffer_size": AHEAD, "pre_buffer": False, "page_checksum_verification": True}
            self.table = parquet.ParquetFile(path, **options)
            schema, metadata = self.table.schema_arrow, self.table.metadata
            rows = [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]
            self.ends = array("q", accumulate(rows))
        self._places(schema.names)
        column = schema.field(data.text).type
        column = column.value_type if types.is_dictionary(column) else column
        if not (types.is_string(column) or types.is_large_string(column) or types.is_string_view(column)):
            message = f"column {data.text} has type {column}, not string"
            raise self._broken(message, "set data.text", key="data.text", value=data.text)
        self.group, self.start, self.texts = -1, 0, list[str | None]()
        self.batches: Iterator[list[list]] = iter(())

    def __len__(self) -> int:
        return self.ends[-1] if self.ends else 0

    def __getitem__(self, at):
        at = range(len(self))[at]
        with self.lock:
            if not self.start <= at < self.start + len(self.texts):
                group = bisect_right(self.ends, at)
                if group != self.group or at < self.start:
                    self.group, self.start, self.texts = group, self.ends[group - 1] if group else 0, []
                    self.batches = self._batches([group], [self.columns["text"]])
                while at >= self.start + len(self.texts):
                    self.start += len(self.texts)
                    (self.texts,) = next(self.batches, ([],))
                    if not self.texts:
                        message = "not a complete Parquet file (rows are missing)"
                        raise DataError(message, file=self.path, remedy=AGAIN)
            return self.texts[at - self.start] or ""

    def _values(self) -> Iterator[tuple]:
        for batch in self._batches(range(len(self.ends)), [*self.columns.values()]):
            for values in zip(*batch, strict=True):
                self.row += 1
                yield values

    def _batches(self, groups: Sequence[int], columns: list[str]) -> Iterator[list[list]]:
        """Yield the columns of some row groups, a few thousand rows at a time."""
        with self._whole():
            for batch in self.table.iter_batches(ROWS, row_groups=list(groups), columns=list(dict.fromkeys(columns))):
                yield [batch.column(name).to_pylist() for name in columns]

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """Turn errors of pyarrow in the block into a DataError that names the file."""
        try:
            yield
        except ConvpipeError:
            raise
        except Exception as error:  # a damaged file makes pyarrow raise nearly anything, MemoryError included
            reason = str(error).partition("\n")[0] or type(error).__name__
            raise DataError(f"not a complete Parquet file ({reason})", file=self.path, remedy=AGAIN) from None
