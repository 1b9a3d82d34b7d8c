"""Labels and groups in a file of their own, one a row: y_train.txt beside X_train.txt."""

import re
from dataclasses import replace
from pathlib import Path

from convpipe.data.npy import load_array
from convpipe.data.series.reading import DELIMITED, Reading
from convpipe.data.series.roles import usual
from convpipe.data.series.settings import SeriesSettings, paths_in
from convpipe.data.tables.dialect import LINE_END
from convpipe.data.tables.encoding import as_utf8
from convpipe.data.tables.table import Table, clean_name
from convpipe.errors import DataError, nearest
from convpipe.overrides import pasteable

#: What the arrays of series and of labels are usually called, in lower case.
SERIES = ("x", "inputs", "data", "series", "samples", "values", "x_train")
LABELS = ("y", "labels", "label", "targets", "target", "classes", "y_train")
TRAIN = re.compile(r"train(?:ing)?", re.I)
#: The roles that such a file may have.
ROLES = ("label", "group")


def file_beside(path: Path) -> Path | None:
    """The file of the labels beside one of series, such as y_train.npy beside X_train.npy.

    Tables often hold their labels, so that only a table called X has a file of labels called y.
    """
    is_array = path.suffix.lower() == ".npy"
    for series in SERIES[:-1] if is_array else SERIES[:1]:
        rest = path.stem[len(series) :]
        if path.stem.lower() != series + rest.lower() or re.match(r"(?!train|test)[a-z]", rest, re.I):
            continue
        for label in LABELS[:-1] if is_array else LABELS[:1]:
            found = path.with_name(label + rest + path.suffix)
            if found.is_file():
                return found
    return None


def asked_file(value: str, key: str, is_test: bool) -> Path:
    """The file that a setting names; for the test part the one that is called test where that is called train.

    Args:
        value: of the setting.
        key: its name.
        is_test: whether the file of the test part is wanted.

    Raises:
        DataError: there is none.
    """
    (file,) = paths_in(value)
    if not is_test:
        return file
    for depth in range(1, len(file.parts) + 1):
        above, names = Path(*file.parts[:-depth]), [TRAIN.sub(_test, part) for part in file.parts[-depth:]]
        found = above.joinpath(*names)
        if found != file and found.is_file():
            return found
    name = TRAIN.sub(_test, file.name) if TRAIN.search(file.name) else f"{file.stem}_test{file.suffix}"
    message = f"{key}={value} is of the training part, and no such file is there for the test part"
    remedy = f"call it {name}" if name != f"{file.stem}_test{file.suffix}" else "name the two ..._train and ..._test"
    raise DataError(message, file=file, key=key, value=value, remedy=remedy)


def _test(train: re.Match) -> str:
    """The word for the test part, in the case of that for the training part."""
    return "TEST" if train[0].isupper() else "Test" if train[0].istitle() else "test"


def with_label_files(
    table: Table, data: SeriesSettings, reading: Reading, is_test: bool
) -> tuple[Table, SeriesSettings]:
    """A table with the labels and the groups that stand in files of their own, and settings that name these columns.

    Args:
        table: a row a series, or a row a step.
        data: `label` or `group` names a file where it names no column.
        reading: reads the files.
        is_test: whether the table is of the test part.

    Raises:
        DataError: a file that is not one name a row of the table.
    """
    for role in ROLES:
        asked, key = getattr(data, role), f"data.{role}"
        if asked is None:
            own = role != "label" or data.intervals or usual(table.names, role)
            file = None if own else file_beside(table.file)
        else:
            file = None if asked in table.names else _found(asked, key, is_test)
        if file is not None:
            table = table.with_column(file.name, _names(file, len(table), table.file, key, reading))
            data = replace(data, label=file.name) if role == "label" else replace(data, group=file.name)
            if is_test:
                reading.remark(f"{role}s of {table.file.name} in {file.name}")
    return table, data


def _found(asked: str, key: str, is_test: bool) -> Path | None:
    """The file that a setting names; None where it may be the name of a column.

    Raises:
        DataError: it can only name a file, and there is none.
    """
    if names_file(asked):
        return asked_file(asked, key, is_test)
    if asked.lower().endswith((*DELIMITED, ".npy")):
        raise DataError("no such file", file=asked, key=key, value=asked, remedy=f"check {key}")
    return None


def names_file(asked: str | None) -> bool:
    """Whether a setting names a file."""
    return asked is not None and paths_in(asked)[0].is_file()


def _names(file: Path, count: int, of: Path, key: str, reading: Reading) -> list[str]:
    """The names in a file, one a row, `count` in all."""
    content, suffix = reading.content(file), file.suffix.lower()
    if suffix == ".npy":
        names = [clean_name(name) for name in load_array(content, file).ravel().tolist()]
    elif suffix in DELIMITED:
        text, encoding = as_utf8(content, file)
        if encoding == "latin-1":
            reading.remark(f"{file.name} read as LATIN-1")
        lines = LINE_END.split(text.decode().rstrip())
        mark = next((mark for mark in "\t;," if all(mark in line.strip() for line in lines)), None)
        if mark is not None:
            message = f"{lines[0].count(mark) + 1} columns, not one with a name a row"
            remedy = f"set {key} to a column, or {pasteable('data.intervals', str(file))} to a table of recordings"
            raise DataError(message, file=file, key=key, value=str(file), remedy=remedy)
        names = [clean_name(line.strip().strip('"')) for line in lines]
    else:
        raise DataError(f"unknown suffix {suffix}", file=file, key=key, value=suffix, remedy=nearest(suffix, DELIMITED))
    if len(names) == count + 1 and names[0] not in names[1:]:
        reading.remark(f"left out the first row of {file.name} ({names[0]}), which is its name")
        names = names[1:]
    if len(names) != count:
        message = f"{len(names):,} rows, but {of.name} has {count:,}"
        raise DataError(message, file=file, key=key, value=len(names), remedy="give each row of the other a row here")
    return names
