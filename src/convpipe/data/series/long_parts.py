"""A long table in several files: parts of one table, or files that number their recordings separately."""

from dataclasses import replace
from pathlib import Path

from convpipe.data.folders import Labeled
from convpipe.data.series.long_table import read_long
from convpipe.data.series.reading import Reading
from convpipe.data.series.recordings import Recordings
from convpipe.data.series.roles import roles_of
from convpipe.data.series.settings import SeriesSettings, names_in
from convpipe.data.tables.table import Table, stacked
from convpipe.errors import DataError
from convpipe.overrides import pasteable

#: The item of `data.recording` for the file itself, and the column of groups from file names.
FILE, NAMED = "file", "group in the file name"


def read_parts(root: Path, files: list[Labeled], data: SeriesSettings, reading: Reading) -> Recordings:
    """Read the recordings in the files of a long table.

    With `data.recording=[file,trial]`, equal trials in different files are different recordings.

    Args:
        root: folder of the files.
        files: the files, with groups if their names declare them.
        data: the settings.
        reading: reads tables and collects remarks.

    Raises:
        DataError: as for `read_long`, or a recording is in several files without a setting that allows it.
    """
    tables = [reading.table(each.path) for each in files]
    if FILE in names_in(data.recording):
        tables = [
            each if FILE in each.names else each.with_column(FILE, [each.file.stem] * len(each)) for each in tables
        ]
    elif data.recording is None:
        _check_separate(tables, data)
    if files[0].group and data.group is None:
        pairs = zip(tables, files, strict=True)
        tables = [table.with_column(NAMED, [str(each.group)] * len(table)) for table, each in pairs]
        data = replace(data, group=NAMED)
    return read_long(stacked(tables, root), data, reading)


def _check_separate(tables: list[Table], data: SeriesSettings) -> None:
    """Refuse a recording in several files, unless it ends one file and starts the next (a table that was split)."""
    (column,) = roles_of(tables[0], data).recording or (None,)
    if column is None:
        return
    seen: dict[str, Table] = {}
    last = None
    for table in tables:
        codes, names = table.codes(table.require_like(column, tables[0]))
        first = names[codes[0]] if codes[0] >= 0 else None
        for name in names:
            if name in seen and not (name == last == first):
                message = f"recording {name} of column {column} is also in {seen[name].file.name}"
                remedy = f"set {pasteable('data.recording', [FILE, column])} if each file numbers its own recordings, "
                remedy += f"or {pasteable('data.recording', column)} if a recording continues in another file"
                raise DataError(message, file=table.file, key="data.recording", value=name, remedy=remedy)
        seen |= dict.fromkeys(names, table)
        last = names[codes[-1]] if codes[-1] >= 0 else None
