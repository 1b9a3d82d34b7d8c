"""Fixtures that write and read series."""

from pathlib import Path

import pytest

from convpipe.data import load
from convpipe.data.series.series import read as read_series
from convpipe.data.series.settings import SeriesSettings


@pytest.fixture
def read():
    """`read(path, said=[], label="x")` reads series; lines for the user go to `said`."""

    def reader(path, said=None, window=None, **settings):
        settings = {"path": str(path) if isinstance(path, Path) else path, **settings}
        data, report = SeriesSettings(**settings), ([] if said is None else said).append
        return load(data, window, report) if window else read_series(data, report)

    return reader


@pytest.fixture
def folder(tmp_path, read):
    """`folder({"walk/a.csv": "1,2\\n"}, pattern=...)` writes files into a folder and reads it."""

    def reader(files, said=None, **settings):
        for name, content in files.items():
            path = tmp_path / "recordings" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        (tmp_path / "recordings").mkdir(exist_ok=True)
        return read(tmp_path / "recordings", said, **settings)

    return reader


@pytest.fixture
def table(tmp_path, read):
    """`table("a,b\\n1,2\\n", name="x.csv")` writes a file and reads it."""

    def reader(content, said=None, name="table.csv", **settings):
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return read(tmp_path / name, said, **settings)

    return reader
