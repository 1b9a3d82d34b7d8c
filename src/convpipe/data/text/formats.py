"""The formats of tables of texts."""

from pathlib import Path

from convpipe.data.text.delimited import Delimited
from convpipe.data.text.json_lines import JsonLines
from convpipe.data.text.parquet import Parquet
from convpipe.data.text.settings import TextTableSettings
from convpipe.data.text.source import Table
from convpipe.errors import DataError

#: suffix -> the class that reads such a table.
FORMATS: dict[str, type[Table]] = {suffix: of for of in (Delimited, JsonLines, Parquet) for suffix in of.suffixes}


def opened(path: str, data: TextTableSettings) -> Table:
    """Open the table at a path.

    Raises:
        DataError: an unknown suffix.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in FORMATS:
        what = "a folder, not a table" if Path(path).is_dir() else f"unknown suffix {suffix or '(none)'}"
        raise DataError(what, file=path, value=suffix, remedy=f"use a table of texts in {', '.join(FORMATS)}")
    return FORMATS[suffix](path, data)
