"""Tables in Parquet files."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from convpipe.data.tables.table import Table
from convpipe.errors import DataError

#: How pandas calls an index that has no name.
INDEX = "__index_level_"
#: Most rows of a part, and most bytes.
ROWS, BYTES = 2**17, 2**24


def read_parquet(content: bytes, path: Path) -> Table:
    """The table in a Parquet file.

    Args:
        content: the bytes of the whole file.
        path: of the file, for errors.

    Raises:
        DataError: the file is damaged or holds no rows.
    """
    import pyarrow
    from pyarrow import parquet

    try:
        read = parquet.ParquetFile(pyarrow.py_buffer(content), page_checksum_verification=True).read()
        read.validate(full=True)
    # Damaged files raise errors of many kinds, none of which says more than this.
    except Exception as error:
        reason, remedy = str(error).partition("\n")[0][:80], "write the file again"
        raise DataError(f"no whole Parquet file ({reason})", file=path, remedy=remedy) from None
    if not read.num_rows:
        raise DataError("no rows", file=path, remedy="correct the file or remove it")
    return _table(path, read, 0)


def parquet_rows(path: Path) -> int:
    """The rows of a Parquet file, one at least; 1 for a damaged file, which raises an error when it is read."""
    import pyarrow
    from pyarrow import parquet

    try:
        return max(1, parquet.ParquetFile(path).metadata.num_rows)
    except (OSError, pyarrow.ArrowException):
        return 1


def parquet_parts(path: Path, told_apart_by: Callable[[Table], tuple[str, ...]]) -> Iterator[Table]:
    """The table in a Parquet file in parts, so that memory holds one of them.

    Args:
        path: of the file.
        told_apart_by: given the first part, the columns whose rows of equal values must not be torn apart; none where
            every row stands by itself.

    Raises:
        DataError: the file is damaged, holds no rows, or equal values stand in several places.
    """
    import pyarrow
    from pyarrow import parquet

    rest, by, start, seen = None, None, 0, set[tuple]()
    try:
        # Buffers that are filled ahead are kept until the end of the file.
        file = parquet.ParquetFile(path, page_checksum_verification=True, pre_buffer=False)
        for batch in file.iter_batches(_rows_in_part(file.metadata)):
            table = pyarrow.Table.from_batches([batch])
            table = table if rest is None else pyarrow.concat_tables([rest, table])
            whole = _table(path, table, start)
            by = told_apart_by(whole) if by is None else by
            end = _last_begins(whole, by) if by else table.num_rows
            if end:
                yield _checked(_table(path, table.slice(0, end), start), by, seen)
            rest, start = table.slice(end), start + end
        if rest is not None and rest.num_rows:
            yield _checked(_table(path, rest, start), by or (), seen)
    except (OSError, pyarrow.ArrowException) as error:
        reason, remedy = str(error).partition("\n")[0][:80], "write the file again"
        raise DataError(f"no whole Parquet file ({reason})", file=path, remedy=remedy) from None
    if by is None:
        raise DataError("no rows", file=path, remedy="correct the file or remove it")


def _rows_in_part(metadata) -> int:
    """As many rows as take up to BYTES, where a row may be a cell of each channel or a whole recording."""
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    size = sum(each.total_byte_size for each in groups)
    return int(min(ROWS, max(1, BYTES * metadata.num_rows // max(1, size))))


def _table(path: Path, read, start: int) -> Table:
    """Some rows, of which the first has the number `start`, counted from 0.

    Raises:
        DataError: several columns of one name.
    """
    names = read.column_names
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise DataError(f"several columns {twice}", file=path, value=twice, remedy="rename all but one")
    columns = {name: read.column(name) for name in names if not name.startswith(INDEX)}
    return Table(path, columns, lambda: range(start + 1, start + 1 + read.num_rows))


def _last_begins(table: Table, by: tuple[str, ...]) -> int:
    """The row where the last recording of a table begins."""
    last = np.ones(len(table), bool)
    for name in by:
        codes, _ = table.codes(name)
        last &= codes == codes[-1]
    others = np.flatnonzero(~last)
    return int(others[-1]) + 1 if len(others) else 0


def _checked(table: Table, by: tuple[str, ...], seen: set[tuple]) -> Table:
    """The table, whose recordings no part before it has.

    Raises:
        DataError: one is there again.
    """
    if by:
        codes = np.stack([table.codes(name)[0] for name in by], axis=1)
        rows = codes[np.diff(codes, axis=0, prepend=-2).any(axis=1)]  # where a recording begins
        names = [[*table.codes(name)[1], ""] for name in by]
        own = {tuple(words[code] for words, code in zip(names, row, strict=True)) for row in rows}
        again = own & seen
        if again:
            name = "/".join(map(str, next(iter(again))))
            raise DataError(f"the rows of {name} stand in several places", file=table.file, remedy="sort the table")
        seen |= own
    return table
