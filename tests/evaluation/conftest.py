"""Answers of a classifier that were made up."""

import numpy as np
import pytest

from convpipe.evaluation.answers import Answers


@pytest.fixture
def answers():
    """`answers(n=60)`: of a classifier that is right for most samples, with groups and recordings where asked."""

    def made(n=60, classes=3, groups=None, recordings=None, seed=0, name="runs/one") -> Answers:
        random, labels = np.random.default_rng(seed), np.arange(n) % classes
        probabilities = random.dirichlet(np.ones(classes), n) + np.eye(classes)[labels]
        probabilities /= probabilities.sum(axis=1, keepdims=True)
        parts = [
            None if many is None else np.array([f"g{i % many}" for i in range(n)]) for many in (groups, recordings)
        ]
        about = ("made here", tuple(f"class {i}" for i in range(classes)), labels, probabilities)
        return Answers(name, *about, [f"row {i}" for i in range(n)], *parts, "0" * 64)

    return made
