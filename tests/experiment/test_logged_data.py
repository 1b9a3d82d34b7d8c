"""The data of a run as MLflow logs them."""

import json

import numpy as np

from convpipe.data.dataset import Dataset
from convpipe.data.splits import Split
from convpipe.experiment.logged_data import input_example, logged_parts

SERIES = [np.full((5 + n, 2), n, np.float32) for n in range(6)]


def dataset(inputs=SERIES, **more):
    labels = np.array([0, 1] * 3)
    return Dataset(inputs, labels, ("rest", "walk"), [f"s{n}" for n in range(6)], "a folder", "ab" * 32, **more)


def split(train=(0, 1, 2), validation=(), test=(3, 4, 5), evaluated_on="test"):
    parts = (np.array(part, np.int64) for part in (train, validation, test))
    return Split(*parts, evaluated_on, "")


def test_every_part_with_samples_has_its_classes_and_digest():
    groups = np.array(["a", "a", "b", "c", "c", "c"])
    found = logged_parts(dataset(groups=groups, sampling_rate=50.0), split(), "mine")
    assert [(part.context, part.shape) for part in found] == [("training", (-1, 2)), ("testing", (-1, 2))]
    assert [part.profile["classes"] for part in found] == [{"rest": 2, "walk": 1}, {"rest": 1, "walk": 2}]
    assert [part.profile["num_groups"] for part in found] == [2, 1]
    assert len({part.digest for part in found}) == 2 and json.dumps([part.profile for part in found])
    other = logged_parts(dataset(), split(train=(0, 1)), "mine")[0]
    assert other.digest != found[0].digest


def test_a_fold_inside_the_training_part_is_validation():
    assert [each.context for each in logged_parts(dataset(), split(evaluated_on="validation"), "mine")][
        -1
    ] == "validation"


def test_an_example_is_the_first_training_sample_unless_it_is_large():
    texts = ["a", "b", "c", "d", "e", "f"]
    assert input_example(dataset(texts, modality="text"), split(train=(1, 2))) == {"inputs": ["b"]}
    gaps = [np.where(each == 1, np.nan, each) for each in SERIES]
    assert input_example(dataset(gaps), split(train=(1, 2))) == {"inputs": [[[0.0, 0.0]] * 6]}
    assert input_example(dataset([np.zeros((300, 300))] * 6), split()) is None
