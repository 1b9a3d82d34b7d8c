"""Tables in ARFF, the format of Weka: attributes, then a row a series."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np

from convpipe.data.tables.delimited import DelimitedReader
from convpipe.data.tables.dialect import Asked
from convpipe.data.tables.encoding import as_utf8
from convpipe.data.tables.table import Table, clean_name
from convpipe.errors import DataError

ATTRIBUTE = re.compile(r"@attribute\s+('[^']*'|\"[^\"]*\"|\S+)\s+(.*)", re.I)
DATA = re.compile(r"@data\s*(%.*)?", re.I)
#: One of the classes that an attribute declares between braces.
CLASS = re.compile(r"\s*('[^']*'|\"[^\"]*\"|[^,]*)\s*(?:,|$)")


def read_arff(content: bytes, path: Path) -> Table:
    """The table in an ARFF file; columns are called as its attributes.

    Args:
        content: the bytes of the whole file.
        path: of the file, for errors.

    Raises:
        DataError: a header line that cannot be read, attributes that are tables themselves, or a broken row.
    """
    text, _ = as_utf8(content, path)
    names, nominal, lines = [], dict[str, str](), text.split(b"\n")
    for number, raw in enumerate(lines, 1):
        line = raw.decode("utf-8", "replace").strip()
        found = ATTRIBUTE.match(line)
        if DATA.fullmatch(line):
            break
        if found and found[2].lower().startswith("relational"):
            message = "an attribute that is a table itself (relational)"
            raise DataError(message, file=path, line=number, value=line[:40], remedy="use the .ts file of the dataset")
        if found:
            names.append(found[1].strip("'\""))
            if found[2].startswith("{"):
                nominal[names[-1]] = found[2].strip().strip("{}")
        elif line and not line.lower().startswith(("%", "@relation", "@end")):
            message, remedy = "expected @attribute or @data", "correct or remove the line"
            raise DataError(message, file=path, line=number, value=line[:40], remedy=remedy)
    else:
        remedy = "get the whole file; this one is cut off or of another format"
        raise DataError("the file ends without @data", file=path, remedy=remedy)
    head = ",".join(f'"{name}"' for name in names).encode()
    # The header takes the line of @data, so that lines keep their numbers.
    body = b"\n".join([b""] * (number - 1) + [head, *(b"" if each[:1] == b"%" else each for each in lines[number:])])
    reader = DelimitedReader(Asked(",", ".", True, number - 1), lambda names: [*nominal][-1:])
    table = reader.read(body, path)
    if len(table.names) != len(names):
        message = f"{len(table.names)} columns, but {len(names)} attributes"
        raise DataError(message, file=path, value=len(table.names), remedy="correct the header or the rows")
    label = [*nominal][-1] if nominal else names[-1]
    if nominal:
        _check_classes(table, label, {_plain(each) for each in CLASS.findall(nominal[label])})
    # By the format's habit the class is the last nominal attribute; it is called so, and read as such.
    columns = {("label" if name == label else name): column for name, column in table.columns.items()}
    return replace(table, columns=columns, remarks=())


def _plain(name: str) -> str:
    """The name of a class without the quotation marks round it."""
    quoted = re.fullmatch(r"\s*(['\"])(.*)\1\s*", name)
    return clean_name(quoted[2] if quoted else name)


def _check_classes(table: Table, label: str, declared: set[str]) -> None:
    """Refuse a class that the header does not declare.

    Raises:
        DataError: the error names the line.
    """
    codes, names = table.codes(label)
    other = next((code for code, name in enumerate(names) if name != "?" and _plain(name) not in declared), None)
    if other is not None:
        message = f"class {names[other][:40]} is not one of the declared {', '.join(sorted(declared))}"
        facts = table.place(int(np.argmax(codes == other)))
        raise DataError(message, **facts, value=names[other], remedy="correct the line or the header")
