"""Tables in Parquet files."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from convpipe.data.tables.table import Table
from convpipe.errors import DataError

#: Prefix of the name that pandas gives an unnamed index.
INDEX = "__index_level_"
#: Most rows and most bytes of a part.
ROWS, BYTES = 2**17, 2**24


def read_parquet(content: bytes, path: Path) -> Table:
    """Return the table in a Parquet file.

    Args:
        content: the bytes of the whole file.
        path: path of the file, for errors.

    Raises:
        DataError: the file is damaged or has no rows.
    """
    import pyarrow
    from pyarrow import parquet

    try:
        read = parquet.ParquetFile(pyarrow.py_buffer(content), page_checksum_verification=True).read()
        read.validate(full=True)
    # A damaged file can raise many kinds of errors.
    except Exception as error:
        reason, remedy = str(error).partition("\n")[0][:80], "save the file again"
        raise DataError(f"not a readable Parquet file ({reason})", file=path, remedy=remedy) from None
    if not read.num_rows:
        raise DataError("no rows", file=path, remedy="correct or remove the file")
    return _table(path, read, 0)


def parquet_rows(path: Path) -> int:
    """Return the number of rows of a Parquet file, at least 1; also 1 for a damaged file, which is refused later."""
    import pyarrow
    from pyarrow import parquet

    try:
        return max(1, parquet.ParquetFile(path).metadata.num_rows)
    except (OSError, pyarrow.ArrowException):
        return 1


def parquet_parts(path: Path, recording_columns: Callable[[Table], tuple[str, ...]]) -> Iterator[Table]:
    """Yield the table in a Parquet file in parts, so that only one of them is in memory.

    Args:
        path: path of the file.
        recording_columns: maps the first part to the columns that identify recordings, whose rows stay together; none
            if rows are independent.

    Raises:
        DataError: the file is damaged or has no rows, or the rows of a recording are not contiguous.
    """
    import pyarrow
    from pyarrow import parquet

    rest, by, start, seen = None, None, 0, set[tuple]()
    try:
        # Prefetched buffers would stay in memory until the end of the file.
        file = parquet.ParquetFile(path, page_checksum_verification=True, pre_buffer=False)
        for batch in file.iter_batches(_rows_in_part(file.metadata)):
            table = pyarrow.Table.from_batches([batch])
            table = table if rest is None else pyarrow.concat_tables([rest, table])
            whole = _table(path, table, start)
            by = recording_columns(whole) if by is None else by
            end = _last_start(whole, by) if by else table.num_rows
            if end:
                yield _check_contiguous(_table(path, table.slice(0, end), start), by, seen)
            rest, start = table.slice(end), start + end
        if rest is not None and rest.num_rows:
            yield _check_contiguous(_table(path, rest, start), by or (), seen)
    except (OSError, pyarrow.ArrowException) as error:
        reason, remedy = str(error).partition("\n")[0][:80], "save the file again"
        raise DataError(f"not a readable Parquet file ({reason})", file=path, remedy=remedy) from None
    if by is None:
        raise DataError("no rows", file=path, remedy="correct or remove the file")


def _rows_in_part(metadata) -> int:
    """Return the number of rows that take up to BYTES; a row may be one step or a whole recording."""
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    size = sum(each.total_byte_size for each in groups)
    return int(min(ROWS, max(1, BYTES * metadata.num_rows // max(1, size))))


def _table(path: Path, read, start: int) -> Table:
    """Return rows as a table; `start` is the number (from 0) of the first one in the file.

    Raises:
        DataError: duplicate names of columns.
    """
    names = read.column_names
    duplicate = next((name for name in names if names.count(name) > 1), None)
    if duplicate is not None:
        message = f"several columns are named {duplicate}"
        raise DataError(message, file=path, value=duplicate, remedy="rename all but one")
    columns = {name: read.column(name) for name in names if not name.startswith(INDEX)}
    return Table(path, columns, lambda: range(start + 1, start + 1 + read.num_rows))


def _last_start(table: Table, by: tuple[str, ...]) -> int:
    """Return the row at which the last recording of a table starts."""
    last = np.ones(len(table), bool)
    for name in by:
        codes, _ = table.codes(name)
        last &= codes == codes[-1]
    others = np.flatnonzero(~last)
    return int(others[-1]) + 1 if len(others) else 0


def _check_contiguous(table: Table, by: tuple[str, ...], seen: set[tuple]) -> Table:
    """Return the table if no earlier part has one of its recordings, and add these to `seen`.

    Raises:
        DataError: an earlier part has rows of the same recording.
    """
    if by:
        codes = np.stack([table.codes(name)[0] for name in by], axis=1)
        rows = codes[np.diff(codes, axis=0, prepend=-2).any(axis=1)]  # first row of each recording
        names = [[*table.codes(name)[1], ""] for name in by]
        own = {tuple(words[code] for words, code in zip(names, row, strict=True)) for row in rows}
        again = own & seen
        if again:
            name = "/".join(map(str, next(iter(again))))
            message, remedy = f"the rows of recording {name} are not contiguous", "sort the table by recording"
            raise DataError(message, file=table.file, remedy=remedy)
        seen |= own
    return table
