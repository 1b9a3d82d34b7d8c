"""A long table in several files: parts of one, or files that count their recordings anew."""

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

#: What `data.recording` calls the file itself, and what a group in the file's name is called.
FILE, NAMED = "file", "group in the file name"


def read_parts(root: Path, found: list[Labeled], data: SeriesSettings, reading: Reading) -> Recordings:
    """The recordings in the files of a long table; `data.recording=[file,trial]` tells those of each file apart.

    Args:
        root: folder of the files.
        found: the files, with a group where their names tell one.
        data: the settings.
        reading: reads tables and takes remarks.

    Raises:
        DataError: as `read_long`, or a recording in several files though no setting says that it goes on there.
    """
    tables = [reading.table(each.path) for each in found]
    if FILE in names_in(data.recording):
        tables = [
            each if FILE in each.names else each.with_column(FILE, [each.file.stem] * len(each)) for each in tables
        ]
    elif data.recording is None:
        _check_apart(tables, data)
    if found[0].group and data.group is None:
        pairs = zip(tables, found, strict=True)
        tables = [table.with_column(NAMED, [str(each.group)] * len(table)) for table, each in pairs]
        data = replace(data, group=NAMED)
    return read_long(stacked(tables, root), data, reading)


def _check_apart(tables: list[Table], data: SeriesSettings) -> None:
    """Refuse a recording in several files, unless it ends one and begins the next, as where one table was cut up."""
    (column,) = roles_of(tables[0], data).recording or (None,)
    if column is None:
        return
    seen: dict[str, Table] = {}
    last = None
    for table in tables:
        codes, names = table.codes(table.require_like(column, tables[0]))
        goes_on = names[codes[0]] if codes[0] >= 0 else None
        for name in names:
            if name in seen and not (name == last == goes_on):
                message = f"recording {name} of column {column} stands in {seen[name].file.name} as well"
                remedy = f"set {pasteable('data.recording', [FILE, column])} if each file counts anew, or "
                remedy += f"{pasteable('data.recording', column)} if a recording has parts in several files"
                raise DataError(message, file=table.file, key="data.recording", value=name, remedy=remedy)
        seen |= dict.fromkeys(names, table)
        last = names[codes[-1]] if codes[-1] >= 0 else None
