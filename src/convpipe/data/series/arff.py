"""Tables in ARFF, the format of Weka: a header of attributes, then one row per series."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np

from convpipe.data.tables.delimited import DelimitedReader
from convpipe.data.tables.dialect import DialectOptions
from convpipe.data.tables.encoding import as_utf8
from convpipe.data.tables.table import Table, clean_name
from convpipe.errors import DataError

ATTRIBUTE = re.compile(r"@attribute\s+('[^']*'|\"[^\"]*\"|\S+)\s+(.*)", re.I)
DATA = re.compile(r"@data\s*(%.*)?", re.I)
#: A class among those that a nominal attribute declares in braces.
CLASS = re.compile(r"\s*('[^']*'|\"[^\"]*\"|[^,]*)\s*(?:,|$)")


def read_arff(content: bytes, path: Path) -> Table:
    """Return the table in an ARFF file. Columns have the names of the attributes, except that the class is `label`.

    Args:
        content: the bytes of the whole file.
        path: path of the file, for errors.

    Raises:
        DataError: an unreadable header line, a relational attribute, an undeclared class, or a broken row.
    """
    text, _ = as_utf8(content, path)
    names, nominal, lines = [], dict[str, str](), text.split(b"\n")
    for number, raw in enumerate(lines, 1):
        line = raw.decode("utf-8", "replace").strip()
        attribute = ATTRIBUTE.match(line)
        if DATA.fullmatch(line):
            break
        if attribute and attribute[2].lower().startswith("relational"):
            message = "relational attributes are not supported"
            raise DataError(message, file=path, line=number, value=line[:40], remedy="use the .ts file of the dataset")
        if attribute:
            names.append(attribute[1].strip("'\""))
            if attribute[2].startswith("{"):
                nominal[names[-1]] = attribute[2].strip().strip("{}")
        elif line and not line.lower().startswith(("%", "@relation", "@end")):
            message, remedy = "expected @attribute or @data", "correct or remove the line"
            raise DataError(message, file=path, line=number, value=line[:40], remedy=remedy)
    else:
        remedy = "copy the file again; it is truncated or in another format"
        raise DataError("the file ends without @data", file=path, remedy=remedy)
    head = ",".join(f'"{name}"' for name in names).encode()
    # The names replace the line of @data, so that line numbers do not change.
    body = b"\n".join([b""] * (number - 1) + [head, *(b"" if each[:1] == b"%" else each for each in lines[number:])])
    reader = DelimitedReader(DialectOptions(",", ".", True, number - 1), lambda names: [*nominal][-1:])
    table = reader.read(body, path)
    if len(table.names) != len(names):
        message = f"{len(table.names)} columns, but {len(names)} attributes"
        raise DataError(message, file=path, value=len(table.names), remedy="correct the header or the rows")
    label = [*nominal][-1] if nominal else names[-1]
    if nominal:
        _check_classes(table, label, {_plain(each) for each in CLASS.findall(nominal[label])})
    # By convention the class is the last nominal attribute. It is renamed so that `roles_of` recognizes it.
    columns = {("label" if name == label else name): column for name, column in table.columns.items()}
    return replace(table, columns=columns, remarks=())


def _plain(name: str) -> str:
    """Return the name of a class without the quotation marks around it."""
    quoted = re.fullmatch(r"\s*(['\"])(.*)\1\s*", name)
    return clean_name(quoted[2] if quoted else name)


def _check_classes(table: Table, label: str, declared: set[str]) -> None:
    """Refuse a class that the header does not declare.

    Raises:
        DataError: there is one; the error names the line.
    """
    codes, names = table.codes(label)
    unknown = next((code for code, name in enumerate(names) if name != "?" and _plain(name) not in declared), None)
    if unknown is not None:
        message = f"class {names[unknown][:40]} is not among the declared classes {', '.join(sorted(declared))}"
        place = table.place(int(np.argmax(codes == unknown)))
        raise DataError(message, **place, value=names[unknown], remedy="correct the line or the header")
