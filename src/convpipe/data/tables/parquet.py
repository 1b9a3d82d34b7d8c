"""Tables in Parquet files."""

from pathlib import Path

from convpipe.data.tables.table import Table
from convpipe.errors import DataError

#: How pandas calls an index that has no name.
INDEX = "__index_level_"


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
        names = read.column_names
    # Damaged files raise errors of many kinds, none of which says more than this.
    except Exception as error:
        reason, remedy = str(error).partition("\n")[0][:80], "write the file again"
        raise DataError(f"no whole Parquet file ({reason})", file=path, remedy=remedy) from None
    if not read.num_rows:
        raise DataError("no rows", file=path, remedy="correct the file or remove it")
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise DataError(f"several columns {twice}", file=path, value=twice, remedy="rename all but one")
    columns = {name: read.column(name) for name in names if not name.startswith(INDEX)}
    return Table(path, columns, lambda: range(1, read.num_rows + 1))
