"""Tables of texts for tests, written without the code under test, and the way to read them."""

import json

import pytest

from convpipe import config
from convpipe.data import load
from convpipe.data.text.table import TextTableSettings


@pytest.fixture(scope="session")
def read():
    """`read(path, said, **settings)` gives the samples of a table; what is reported is appended to `said`."""
    return _read


def _read(path, said=None, **chosen):
    report = (lambda line: None) if said is None else said.append
    return load(TextTableSettings(path=str(path), **chosen), config.Window(), report)


@pytest.fixture(scope="session")
def put():
    """`put(folder, name, content, encoding)` writes a file and gives its path."""
    return _put


def _put(folder, name, content, encoding="utf-8"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def quoted(value):
    return '"' + value.replace('"', '""') + '"'


@pytest.fixture(scope="session")
def write():
    """`write(folder, suffix, rows, columns, encoding)` writes a table with a header and gives its path."""
    return _write


def _write(folder, suffix, rows, columns=("text", "label"), encoding="utf-8"):
    """A table of `rows` with a header, written without the code under test."""
    path = folder / f"table{suffix}"
    if suffix == ".parquet":
        import pyarrow
        import pyarrow.parquet

        table = pyarrow.table({name: [row[i] for row in rows] for i, name in enumerate(columns)})
        pyarrow.parquet.write_table(table, path, row_group_size=2)
        return path
    if suffix in (".jsonl", ".ndjson"):
        lines = [json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False) for row in rows]
    else:
        separator = {".csv": ",", ".tsv": "\t", ".txt": ";"}[suffix]
        lines = [separator.join(quoted(value) for value in row) for row in [columns, *rows]]
    return _put(folder, path.name, "\n".join(lines) + "\n", encoding)
