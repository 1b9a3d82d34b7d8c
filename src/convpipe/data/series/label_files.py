"""Labels and groups in separate files, one per row, such as y_train.txt next to X_train.txt."""

import re
from dataclasses import replace
from pathlib import Path

from convpipe.data.npy import load_array
from convpipe.data.series.reading import DELIMITED, Reading
from convpipe.data.series.roles import usual_column
from convpipe.data.series.settings import SeriesSettings, paths_in
from convpipe.data.tables.dialect import LINE_END
from convpipe.data.tables.encoding import as_utf8
from convpipe.data.tables.table import Table, clean_name
from convpipe.errors import DataError, nearest
from convpipe.overrides import pasteable

#: Usual names of the arrays of series and of labels, in lower case.
SERIES = ("x", "inputs", "data", "series", "samples", "values", "x_train")
LABELS = ("y", "labels", "label", "targets", "target", "classes", "y_train")
TRAIN = re.compile(r"train(?:ing)?", re.I)
#: Roles that may have a separate file.
ROLES = ("label", "group")


def find_label_file(path: Path) -> Path | None:
    """Return the file of labels next to a file of series, such as y_train.npy next to X_train.npy, or None.

    Tables usually contain their labels, so for tables only the names X and y count.
    """
    is_array = path.suffix.lower() == ".npy"
    for series in SERIES[:-1] if is_array else SERIES[:1]:
        rest = path.stem[len(series) :]
        if path.stem.lower() != series + rest.lower() or re.match(r"(?!train|test)[a-z]", rest, re.I):
            continue
        for label in LABELS[:-1] if is_array else LABELS[:1]:
            labels = path.with_name(label + rest + path.suffix)
            if labels.is_file():
                return labels
    return None


def requested_file(value: str, key: str, is_test: bool) -> Path:
    """Return the file that a setting names or, for the test part, the corresponding one: "train" becomes "test".

    Args:
        value: value of the setting.
        key: name of the setting.
        is_test: whether to return the file of the test part.

    Raises:
        DataError: the test part has no such file.
    """
    (file,) = paths_in(value)
    if not is_test:
        return file
    for depth in range(1, len(file.parts) + 1):
        above, names = Path(*file.parts[:-depth]), [TRAIN.sub(_test, part) for part in file.parts[-depth:]]
        test_file = above.joinpath(*names)
        if test_file != file and test_file.is_file():
            return test_file
    name = TRAIN.sub(_test, file.name) if TRAIN.search(file.name) else f"{file.stem}_test{file.suffix}"
    message = f"{key}={value} is a file of the training part, but the test part has no such file"
    remedy = f"add {name} for the test part"
    raise DataError(message, file=file, key=key, value=value, remedy=remedy)


def _test(train: re.Match) -> str:
    """Return the word for the test part, in the case of the word for the training part."""
    return "TEST" if train[0].isupper() else "Test" if train[0].istitle() else "test"


def with_label_files(
    table: Table, data: SeriesSettings, reading: Reading, is_test: bool
) -> tuple[Table, SeriesSettings]:
    """Add the labels and groups in separate files to a table, and name the new columns in the settings.

    Args:
        table: one row per series or per step.
        data: settings; `label` and `group` name a file unless they name a column.
        reading: reads the files.
        is_test: whether the table is the test part.

    Raises:
        DataError: a file that does not have one name for each row of the table.
    """
    for role in ROLES:
        value, key = getattr(data, role), f"data.{role}"
        if value is None:
            skip = role != "label" or data.intervals or usual_column(table.names, role)
            file = None if skip else find_label_file(table.file)
        else:
            file = None if value in table.names else _file_of_setting(value, key, is_test)
        if file is not None:
            table = table.with_column(file.name, _names(file, len(table), table.file, key, reading))
            data = replace(data, label=file.name) if role == "label" else replace(data, group=file.name)
            if is_test:
                reading.remark(f"{role}s of {table.file.name} from {file.name}")
    return table, data


def _file_of_setting(value: str, key: str, is_test: bool) -> Path | None:
    """Return the file that a setting names; None if it may name a column.

    Raises:
        DataError: it can only name a file, and there is no such file.
    """
    if names_file(value):
        return requested_file(value, key, is_test)
    if value.lower().endswith((*DELIMITED, ".npy")):
        raise DataError("no such file", file=value, key=key, value=value, remedy=f"check {key}")
    return None


def names_file(value: str | None) -> bool:
    """Return whether a setting names an existing file."""
    return value is not None and paths_in(value)[0].is_file()


def _names(file: Path, count: int, of: Path, key: str, reading: Reading) -> list[str]:
    """Return the `count` names in a file, one per row.

    Raises:
        DataError: another number of rows, several columns, or an unknown suffix.
    """
    content, suffix = reading.content(file), file.suffix.lower()
    if suffix == ".npy":
        names = [clean_name(name) for name in load_array(content, file).ravel().tolist()]
    elif suffix in DELIMITED:
        text, encoding = as_utf8(content, file)
        if encoding == "latin-1":
            reading.remark(f"{file.name} is read as LATIN-1")
        lines = LINE_END.split(text.decode().rstrip())
        mark = next((mark for mark in "\t;," if all(mark in line.strip() for line in lines)), None)
        if mark is not None:
            message = f"{lines[0].count(mark) + 1} columns, expected one name per row"
            remedy = f"set {key} to a column, or set {pasteable('data.intervals', str(file))} for a table of recordings"
            raise DataError(message, file=file, key=key, value=str(file), remedy=remedy)
        names = [clean_name(line.strip().strip('"')) for line in lines]
    else:
        raise DataError(f"unknown suffix {suffix}", file=file, key=key, value=suffix, remedy=nearest(suffix, DELIMITED))
    if len(names) == count + 1 and names[0] not in names[1:]:
        reading.remark(f"left out the first row of {file.name} ({names[0]}), which is a header")
        names = names[1:]
    if len(names) != count:
        message = f"{len(names):,} rows, but {of.name} has {count:,}"
        raise DataError(message, file=file, key=key, value=len(names), remedy=f"write one row per row of {of.name}")
    return names
