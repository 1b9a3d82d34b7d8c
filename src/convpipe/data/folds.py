"""Random folds, equal to those of scikit-learn, whose import takes longer than many training runs.

A fold is the positions (n,) int64 of the held-out samples, in ascending order.
"""

from collections.abc import Iterator

import numpy as np


def stratified_folds(labels: np.ndarray, k: int, seed: int) -> Iterator[np.ndarray]:
    """Yield `k` folds with nearly equal class proportions (scikit-learn's StratifiedKFold, shuffled).

    Args:
        labels: (n,) int64; a class with fewer than `k` samples is missing from some folds.
        k: number of folds.
        seed: seed of the shuffling.
    """
    random = np.random.RandomState(seed)
    _, first, of_sample = np.unique(labels, return_index=True, return_inverse=True)
    by_appearance = np.argsort(np.argsort(first))[of_sample]
    in_order = np.sort(by_appearance)  # the folds take samples from it in turn
    counts = np.array([np.bincount(in_order[fold::k], minlength=len(first)) for fold in range(k)])
    fold_of = np.empty(len(labels), dtype=np.int64)
    for label in range(len(first)):
        folds = np.arange(k).repeat(counts[:, label])
        random.shuffle(folds)
        fold_of[by_appearance == label] = folds
    return (np.flatnonzero(fold_of == fold) for fold in range(k))


def group_folds(groups: np.ndarray, k: int, seed: int) -> Iterator[np.ndarray]:
    """Yield `k` folds of whole groups, with nearly equal numbers of groups (scikit-learn's GroupKFold, shuffled)."""
    names = np.random.RandomState(seed).permutation(np.unique(groups))
    return (np.flatnonzero(np.isin(groups, held_out)) for held_out in np.array_split(names, k))


def stratified_group_folds(labels: np.ndarray, groups: np.ndarray, k: int, seed: int) -> Iterator[np.ndarray]:
    """Yield `k` folds of whole groups with similar class proportions (StratifiedGroupKFold, shuffled).

    Groups are assigned one by one, the least balanced first. Each goes to the fold that makes the classes most evenly
    spread; among equal folds, to the one with the fewest samples.
    """
    names, group_of = np.unique(groups, return_inverse=True)
    classes, label_of, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    order = np.arange(len(names))
    np.random.RandomState(seed).shuffle(order)
    members = np.zeros((len(names), len(classes)))
    np.add.at(members, (group_of, label_of), 1)
    filled, fold_of = np.zeros((k, len(classes))), np.empty(len(names), dtype=np.int64)
    for group in order[np.argsort(-np.std(members[order], axis=1), kind="stable")]:
        fold_of[group] = _most_even(filled, members[group], sizes)
        filled[fold_of[group]] += members[group]
    return (np.flatnonzero(fold_of[group_of] == fold) for fold in range(k))


def _most_even(filled: np.ndarray, added: np.ndarray, sizes: np.ndarray) -> int:
    """Return the fold for a group with `added` samples of each class."""
    best, least, fewest = 0, np.inf, np.inf
    for fold, samples in enumerate(filled.sum(axis=1)):
        proposed = filled.copy()
        proposed[fold] += added
        spread = np.mean(np.std(proposed / sizes, axis=0))
        if spread < least or (np.isclose(spread, least) and samples < fewest):
            best, least, fewest = fold, spread, samples
    return best
