"""A classifier with a single weight, and synthetic predictions."""

import keras
import numpy as np
import pytest

from convpipe.evaluation.answers import Answers
from convpipe.evaluation.figures.context import FigureContext
from convpipe.inference.classifier import Classifier
from convpipe.preprocessing.series import SeriesPreprocessing

NAMES = ("low", "high")


def _classifier(class_names=NAMES) -> Classifier:
    inputs = keras.Input((4, 1))
    layer = keras.layers.Dense(2, name="logits")
    network = keras.Model(inputs, layer(keras.layers.Flatten()(inputs)))
    kernel = np.zeros((4, 2), np.float32)
    kernel[0, class_names.index("high")] = 1
    layer.set_weights([kernel, np.zeros(2)])
    return Classifier(SeriesPreprocessing("none", "refuse", False, [], [], 1, 4, 4), [network], class_names)


@pytest.fixture
def classifier():
    """`classifier(("low", "high"))`: its probability of "high" grows with the first value of a series."""
    return _classifier


@pytest.fixture
def answers():
    """`answers(n=60)`: predictions that are mostly correct, optionally with groups and recordings."""

    def made(n=60, classes=3, groups=None, recordings=None, seed=0, name="runs/one") -> Answers:
        random, labels = np.random.default_rng(seed), np.arange(n) % classes
        probabilities = random.dirichlet(np.ones(classes), n) + np.eye(classes)[labels]
        probabilities /= probabilities.sum(axis=1, keepdims=True)
        parts = [
            None if many is None else np.array([f"g{i % many}" for i in range(n)]) for many in (groups, recordings)
        ]
        about = ("made here", tuple(f"class {i}" for i in range(classes)), labels, probabilities)
        return Answers(
            name,
            *about,
            [f"row {i}" for i in range(n)],
            *parts,
            "0" * 64,
            context=FigureContext("made here", "fcn", 3, "test part"),
        )

    return made
