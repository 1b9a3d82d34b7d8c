"""Folds are those of scikit-learn, to the sample and in their order."""

import warnings

import numpy as np
import pytest
from sklearn.model_selection import GroupKFold, StratifiedGroupKFold, StratifiedKFold

from convpipe.data.folds import group_folds, stratified_folds, stratified_group_folds


def some(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Labels of unequal classes, and groups of unequal sizes whose names are not in the order of their appearance."""
    random = np.random.default_rng(seed)
    size, classes = int(random.integers(40, 200)), int(random.integers(2, 8))
    labels = np.concatenate([np.arange(classes).repeat(2), random.geometric(0.4, size).clip(0, classes) % classes])
    groups = random.permutation([f"g{i}" for i in range(12)])[random.integers(0, 12, len(labels))]
    return random.permutation(labels), groups


def expected(folds, labels, groups) -> list[list[int]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # classes smaller than k
        return [held_out.tolist() for _, held_out in folds.split(labels, labels, groups)]


@pytest.mark.parametrize("k", [2, 3, 5])
@pytest.mark.parametrize("seed", range(12))
def test_folds_are_those_of_scikit_learn(seed, k):
    labels, groups = some(seed)
    for ours, theirs in (
        (stratified_folds(labels, k, seed), StratifiedKFold),
        (group_folds(groups, k, seed), GroupKFold),
        (stratified_group_folds(labels, groups, k, seed), StratifiedGroupKFold),
    ):
        folds = theirs(k, shuffle=True, random_state=seed)
        assert [fold.tolist() for fold in ours] == expected(folds, labels, groups), theirs.__name__
