"""Warnings of pieces add up."""

import copy
import pickle

import pytest

from convpipe.preprocessing.warned import Warned, Warnings


def line(count, total=5, what="texts are empty", example="a"):
    return Warned(count, total, what, example)


@pytest.mark.parametrize("again", [copy.deepcopy, lambda each: pickle.loads(pickle.dumps(each))])
def test_a_copy_has_the_numbers(again):
    assert again(line(2)) == line(2) and again(line(2)).samples == 2


def test_counts_of_pieces_add_up_and_plain_lines_are_said_once():
    said = []
    warnings = Warnings(said.append)
    for lines in ((line(2), "resampled"), (), (line(3, example="b"), "resampled")):
        warnings.add(lines)
    assert said == ["warning: resampled"]
    warnings.end()
    assert said[1:] == ["warning: 5 texts are empty, such as a"]


def test_a_single_piece_says_of_how_many():
    said = []
    warnings = Warnings(said.append)
    warnings.add((line(2),))
    warnings.end()
    assert said == [f"warning: {line(2)}"]
