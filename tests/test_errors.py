"""Errors have their facts as fields, print as one line, and can be pickled."""

import pickle
from pathlib import Path

import pytest

from convpipe.errors import ConvpipeError, DataError, nearest


@pytest.mark.parametrize(
    ("facts", "line"),
    [
        ({}, "too long"),
        ({"file": Path("a.csv")}, "a.csv: too long"),
        ({"file": "a.csv", "line": 3}, "a.csv line 3: too long"),
        ({"key": "data.path", "value": 4, "remedy": "shorten it"}, "too long; shorten it"),
    ],
)
def test_the_line_contains_place_message_and_remedy(facts, line):
    assert str(DataError("too long", **facts)) == line


def test_facts_survive_pickling():
    error = DataError("too long", file="a.csv", line=3, key="data.path", value=4, remedy="shorten it")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is DataError and isinstance(again, ConvpipeError)
    assert vars(again) == vars(error) and str(again) == str(error)


def test_the_nearest_name_is_proposed_or_else_all_names():
    assert "kernel_size" in nearest("kernel_sze", ["filters", "kernel_size"])
    assert all(name in nearest("zzz", ["fcn", "mlp"]) for name in ("fcn", "mlp"))
