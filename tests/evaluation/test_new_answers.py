"""Predictions for new labeled samples, and messages about those that are left out."""

import numpy as np
import pytest

from convpipe.errors import ConfigError, DataError
from convpipe.evaluation import new_answers
from convpipe.evaluation.new_answers import answers_of_data
from convpipe.inference.classifier import Classifier
from convpipe.inference.new_samples import NewSamples


def piece(labels, first=0, groups=None) -> NewSamples:
    """Series whose first value is 1 for the class "high", else -1; reversed for the last one."""
    values = [1.0 if label == "high" else -1.0 for label in labels]
    values[-1] *= -1
    inputs = [np.full((4, 1), value, np.float32) for value in values]
    return NewSamples(inputs, [f"row {first + i}" for i in range(len(labels))], labels, groups, None)


@pytest.fixture
def answered(monkeypatch, classifier, tmp_path):
    """`answered([piece, ...], classifiers=1)`: the predictions, and the reported lines."""

    def answer(pieces, names=(("low", "high"),)):
        found = iter([classifier(each) for each in names])
        monkeypatch.setattr(Classifier, "load", lambda folder: next(found))
        monkeypatch.setattr(new_answers, "read_new", lambda classifier, paths, report: iter(pieces))
        said: list[str] = []
        named = [(f"classifier {i}", tmp_path / str(i)) for i in range(len(names))]
        return answers_of_data(named, ["new.csv", "more"], said.append), said

    return answer


def test_chunks_are_concatenated(answered):
    (found,), said = answered([piece(["low", "high", "low"]), piece(["high", "high"], 3)])
    assert found.labels.tolist() == [0, 1, 0, 1, 1] and found.right.tolist() == [True, True, False, True, False]
    assert list(found.sample_ids) == [f"row {i}" for i in range(5)] and found.groups is None
    assert found.data == "new.csv, more" and said == []


def test_unlabeled_samples_are_left_out_and_reported(answered):
    (found,), said = answered([piece(["low", None, "high"]), piece([None, None], 3)])
    assert list(found.sample_ids) == ["row 0", "row 2"]
    assert len(said) == 1 and "3 of 5" in said[0]


def test_data_without_labels_is_refused(answered, refused):
    with refused(DataError, key="--data", mentions=("2",)):
        answered([piece([None, None])])


def test_groups_are_used_if_all_samples_have_one(answered):
    (found,), said = answered([piece(["low", "high"], groups=["a", "b"]), piece(["low"], 2, groups=["a"])])
    assert found.groups.tolist() == ["a", "b", "a"] and str(found.units) == "2 groups" and said == []
    (found,), said = answered([piece(["low", "high"], groups=["a", None])])
    assert found.groups is None and len(said) == 1


def test_classes_are_reordered_to_the_order_of_the_first(answered):
    (one, other), _ = answered([piece(["low", "high", "high"])], [("low", "high"), ("high", "low")])
    assert one.class_names == other.class_names and np.array_equal(one.labels, other.labels)
    np.testing.assert_allclose(one.probabilities, other.probabilities, rtol=1e-6)


def test_different_classes_are_refused(answered, refused):
    with refused(ConfigError, key="classes", value=["low", "middle"], mentions=("classifier 1", "classifier 0")):
        answered([piece(["high"])], [("low", "high"), ("middle", "high")])


def test_a_line_is_reported_once_for_all_classifiers(answered):
    _, said = answered([piece(["low", None, "high"])], [("low", "high"), ("low", "high")])
    assert len(said) == 1


def test_standard_input_is_refused_for_several_classifiers(refused):
    with refused(DataError, key="--data", value="-"):
        answers_of_data([("one", "one"), ("other", "other")], ["-"], print)
