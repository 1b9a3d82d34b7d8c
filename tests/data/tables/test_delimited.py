"""Delimited text in many dialects, which are recognized; errors name the broken line."""

from dataclasses import replace
from pathlib import Path

import pytest

from convpipe.data.tables.delimited import DelimitedReader
from convpipe.data.tables.dialect import DialectOptions
from convpipe.errors import DataError

X_Y = {"x": [1, 3], "y": [2, 4]}


def table_of(content, **options):
    content = content if isinstance(content, bytes) else content.encode()
    return DelimitedReader(DialectOptions(**options)).read(content, Path("a.csv"))


def values(table):
    return {name: table.numbers(name).tolist() for name in table.names if table.kind(name) == "number"}


@pytest.mark.parametrize("content", [
    "x,y\n1,2\n3,4\n", "x;y\n1;2\n3;4", "x\ty\r\n1\t2\r\n3\t4\r\n", "x|y\n1|2\n3|4\n", "x y\n1  2\n 3 4 \n",
    "x,y\r1,2\r3,4\r", '"x","y"\n"1","2"\n"3","4"\n', "x, y\n 1, 2\n\n3 ,4\n\n", "x,y\n1,2\n3,4\n,\n,\n",
    "Device: ABC-1\nRate: 50 Hz\n\nx,y\n1,2\n3,4\n", "# made 2024, by me\n# x y\n1 2\n3 4\n",
    "x,y\nm/s2,m/s2\n1,2\n3,4\n",
    "\ufeffx,y\n1,2\n3,4\n", "x\ty\n1\t2\n3\t4\n".encode("utf-16"), "x,y\n1,2\n3,4\n".encode("utf-16-le"),
    "x,y\n1,2\n3,4\n".encode("utf-32"), "x,y,\n1,2,\n3,4,\n", "sep=;\nx;y\n1;2\n3;4\n", "x,y;\n1,2;\n3,4;\n",
])  # fmt: skip
def test_one_table_in_many_dialects(content):
    assert values(table_of(content)) == X_Y


@pytest.mark.parametrize(("content", "expected"), [
    ("x;y\n1,5;2\n0,25;3\n", {"x": [1.5, 0.25], "y": [2, 3]}),
    ("x\n1,5\n-2,5\n", {"x": [1.5, -2.5]}),
    ("x;y\n1.234,5;2\n1;3\n", {"x": [1234.5, 1], "y": [2, 3]}),
    ('x,y\n"1,234.5",2\n', {"x": [1234.5], "y": [2]}),
    ("x;y\n1 234,5;2\n", {"x": [1234.5], "y": [2]}),
    ("0,1\n5,6\n", {"0": [5], "1": [6]}),
    ("label,0,1,2\nwalk,5,6,8\n", {"0": [5], "1": [6], "2": [8]}),
    ("walk,0.1,3\nrun,1,2\n", {"1": [0.1, 1], "2": [3, 2]}),
    ("1,2\n3,4\n", {"0": [1, 3], "1": [2, 4]}),
    ("a b\n1 5 2\n2 6 3\n3 7 4\n", {"Unnamed: 0": [1, 2, 3], "a": [5, 6, 7], "b": [2, 3, 4]}),
    ("9007199254740993\n9007199254740994\n", {"0": [9007199254740992, 9007199254740994]}),
])  # fmt: skip
def test_numbers_and_names(content, expected):
    assert values(table_of(content)) == expected


@pytest.mark.parametrize("content", ["x;y\n0.5;2\n1,320;3\n2.25;4\n", "x\ty\n1.5\t0.25\n-2.5\t-1,425\n"])
def test_an_ambiguous_mark_is_refused_and_both_remedies_work(content, refused):
    table = table_of(content)
    with refused(DataError, line=3, remedy="data.decimal", mentions=("may have a decimal or a thousands mark",)):
        [table.numbers(name) for name in table.names]
    assert 1320 in values(table_of(content, decimal="."))["x"] or -1425 in values(table_of(content, decimal="."))["y"]


def test_thousands_marks_are_reported():
    said = []
    table = replace(table_of("x;y\n1,234.5;2\n7;1\n"), remark=said.append)
    assert values(table) == {"x": [1234.5, 7], "y": [2, 1]} and len(said) == 1 and "1,234.5" in said[0]


@pytest.mark.parametrize("content", [
    'x,y\n1,2\n3,"4\n', 'x,y\n1,"0"5\n3,4\n', 'x,y\n1,2\n"3"1,4\n', 'x\ty\n1\t"2\n3\t4"\n', "x,y\n0'563,1\n2,3\n",
])  # fmt: skip
def test_stray_quotes_never_change_a_number_silently(content, refused):
    with pytest.raises(DataError):
        values(table_of(content))
        [table_of(content).numbers(name) for name in "xy"]


def test_options_override_guesses():
    assert values(table_of("x;y\n1,234;2\n", decimal=".")) == {"x": [1234], "y": [2]}
    assert values(table_of("a,b\n1,2\n3,4\n", skip_rows=1)) == {"0": [1, 3], "1": [2, 4]}
    assert values(table_of("5,6\n1,2\n", header=True)) == {"5": [1], "6": [2]}
    assert values(table_of("x y,z\n1 2,5\n", separator=" ", decimal=",")) == {"x": [1], "y,z": [2.5]}


def test_guesses_are_reported():
    (said,) = table_of("Device: ABC-1\nRate: 50 Hz\n\nx,y\n1,2\n3,4\n").remarks
    assert "data.skip_rows=3" in said
    assert "m/s2,g" in table_of("x,y\nm/s2,g\n1,2\n").remarks[0]
    assert "UTF-16" in table_of("x,y\n1,2\n".encode("utf-16")).remarks[0]
    assert "LATIN-1" in table_of("é,y\n1,2\n".encode("latin-1")).remarks[0]
    assert "data.decimal" in table_of("x;y\n1,5;2\n").remarks[0]
    assert table_of("x,y\n1,2\n").remarks == ()


def test_missing_values_in_every_spelling():
    held = table_of("x,y\nnan,1\nNA,1\n?,1\n,1\nNULL,1\n None ,1\n5,1\n").numbers("x")
    assert held[-1] == 5 and len(held) == 7 and sum(held != held) == 6


@pytest.mark.parametrize(("content", "facts"), [
    ("", {"mentions": ("empty",)}),
    ("\n \n", {"mentions": ("empty",)}),
    ("x,y\n", {"mentions": ("no rows",)}),
    ("x,y\n1,2\n3\n", {"line": 3, "value": 1, "key": "data.separator"}),
    ("x,y\n1,2\n\n3,4,5\n", {"line": 4, "value": 3}),
    ('x,y\n1,2\n"3,4\n5,6\n', {"line": 3, "mentions": ("quote",)}),
    ("x,y\n1,2\n3\0,4\n", {"line": 3, "mentions": ("NUL",)}),
    ("x,x\n1,2\n", {"value": "x", "remedy": "data.header=false data.skip_rows=1"}),
    ("5,b\n1,2\n3,4\n", {"key": "data.header", "remedy": "data.header=true"}),
    ("Device,ABC\nRate,50 Hz\nx,y\n1,2\n3,4\n5,6\n7,8\n", {"key": "data.skip_rows", "remedy": "data.skip_rows=2"}),
])  # fmt: skip
def test_broken_files(content, facts, refused):
    with refused(DataError, file="a.csv", **facts):
        table_of(content)


@pytest.mark.parametrize(("content", "facts"), [
    ("x,y\n\n1,2\n\nhigh,2\n", {"line": 5, "value": "high", "mentions": ("column x", "'high'")}),
    ("x,y\n1_5,2\n3,4\n", {"line": 2, "value": "1_5"}),
    ("x,y\n1\u20285,2\n3,4\n", {"line": 2}),
    ("x,y\n１２,2\n3,4\n", {"line": 2}),
    ('x,y\n"1\n5",2\n3,4\n', {"line": 2, "mentions": (r"1\n5",)}),
    ("x;y\n" + "1;2\n" * 20 + "1,234;3\n", {"line": 22, "remedy": "'data.decimal=\",\"' or 'data.decimal=\".\"'"}),
    ("x;y\n1.5;2\n1,5;3\n", {"line": 3, "value": "1,5", "remedy": "'data.decimal=\",\"'"}),
])  # fmt: skip
def test_a_cell_that_is_not_a_number_is_named(content, facts, refused):
    with refused(DataError, file="a.csv", **facts):
        table_of(content).numbers("x")


def test_a_row_longer_than_the_examined_bytes():
    row = ",".join(["a", *["0.125"] * 12_000])
    held = table_of(f"{row}\n{row}\n")
    assert len(held.names) == 12_001 and held.kind("0") == "text"
    assert held.numbers("12000").tolist() == [0.125, 0.125]
