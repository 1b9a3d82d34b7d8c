"""Predictions for the parts of runs, and which classifiers are comparable."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from convpipe.data.dataset import Dataset
from convpipe.errors import ConfigError, DataError
from convpipe.evaluation import answers
from convpipe.evaluation.answers import answers_for, answers_of_run, on_validation_part
from convpipe.inference.classifier import Classifier
from convpipe.inference.evaluation_part import EvaluationPart

NAMES = ("low", "high")


@pytest.fixture
def part(tmp_path) -> EvaluationPart:
    values = np.array([-2, -1, 1, 2, 3, -3], np.float32)
    labels, groups = np.array([0, 0, 1, 1, 0, 0]), np.array(list("aabbcc"))
    ids = [f"row {i}" for i in range(6)]
    inputs = np.repeat(values[:, None, None], 4, axis=1)
    dataset = Dataset(inputs, labels, NAMES, ids, "made here", "0" * 64, groups=groups)
    return EvaluationPart(tmp_path, dataset, np.array([1, 3, 4]), "test")


def test_only_the_samples_of_the_part_are_predicted(part, classifier):
    found = answers_for(classifier(), "c", part.classifier, part)
    assert found.labels.tolist() == [0, 1, 0] and found.right.tolist() == [True, True, False]
    assert list(found.sample_ids) == ["row 1", "row 3", "row 4"] and found.groups.tolist() == ["a", "b", "c"]
    logits = np.array([-1, 2, 3])
    np.testing.assert_allclose(found.probabilities[:, 1], 1 / (1 + np.exp(-logits)), rtol=1e-6)


def test_classes_are_reordered_to_the_order_of_the_data(part, classifier):
    one, other = (
        answers_for(classifier(), "c", part.classifier, part),
        answers_for(classifier(NAMES[::-1]), "d", part.classifier, part),
    )
    np.testing.assert_allclose(one.probabilities, other.probabilities, rtol=1e-6)
    assert one.class_names == other.class_names


@pytest.mark.parametrize(
    ("changes", "key", "value"),
    [({"class_names": ("low", "top")}, "classes", ["high", "top"]), ({"modality": "sound"}, "modality", "series")],
)
def test_different_classes_and_modalities_are_refused(part, classifier, refused, changes, key, value):
    other = replace(part, dataset=replace(part.dataset, **changes))
    with refused(ConfigError, key=key, value=value, mentions=("c",)):
        answers_for(classifier(), "c", other.classifier, other)


@pytest.fixture
def parts(monkeypatch, part, classifier):
    """Runs by name, with parts that a test may change."""
    found = {"one": part, "other": part}

    def read(run, name="evaluated"):
        return [found[str(run)] if name == "evaluated" else replace(found[str(run)], name=name, rows=np.array([0, 2]))]

    monkeypatch.setattr(answers, "evaluation_parts", read)
    monkeypatch.setattr(Classifier, "load", lambda folder: classifier())
    return found


BOTH = [("one", Path("one")), ("other", Path("other"))]


def test_several_runs_predict_the_same_part(parts):
    first, second = answers_of_run(BOTH)
    assert np.array_equal(first.probabilities, second.probabilities) and second.classifier == "other"


@pytest.mark.parametrize("what", ["rows", "data"])
def test_runs_on_different_parts_are_refused(parts, part, refused, what):
    changes = {"rows": np.array([0, 3, 4])} if what == "rows" else {"dataset": replace(part.dataset, sha256="1" * 64)}
    parts["other"] = replace(part, **changes)
    with refused(DataError, file=Path("other"), key="part", remedy="--data"):
        answers_of_run(BOTH)


def test_the_validation_part_of_the_second_classifier_is_predicted(parts, part):
    parts["other"] = replace(part, dataset=replace(part.dataset, source="the other's"))
    first, second = on_validation_part(*BOTH)
    assert first.data == second.data == "the other's, validation part" and len(first) == 2
