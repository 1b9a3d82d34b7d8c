"""Training, validation and test indices, fixed before any fitting."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from convpipe import config
from convpipe.data.dataset import Dataset
from convpipe.data.folds import group_folds, stratified_folds, stratified_group_folds
from convpipe.errors import DataError

SMALL_CLASS = 5  # a class with fewer training samples is too small for a validation part
NONE = np.empty(0, dtype=np.int64)

#: Pairs of positions (train, held out).
Folds = list[tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Split:
    """Indices into the samples, sorted and disjoint.

    Args:
        train, validation, test: (n,) int64; validation may be empty.
        evaluated_on: the role of `test`: "test", or "validation" for a fold of the training part of a dataset whose
            official test part is not used.
        rule: one line for the user on how the split was made.
        fold: number of the fold, from 0; None where there are no folds.
        cross_validate: whether cross-validation on the training part chooses the number of epochs, because no
            validation part is held out.
    """

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    evaluated_on: str
    rule: str
    fold: int | None = None
    cross_validate: bool = False

    @property
    def sha256(self) -> str:
        """Hash of the three parts (hexadecimal)."""
        digest = hashlib.sha256()
        for part in (self.train, self.validation, self.test):
            digest.update(len(part).to_bytes(8, "little") + part.astype("<i8").tobytes())
        return digest.hexdigest()


def sha256_of(splits: list[Split]) -> str:
    """Return one hash for all folds; without folds, the hash of the only split."""
    hashes = [split.sha256 for split in splits]
    return hashes[0] if len(hashes) == 1 else hashlib.sha256("".join(hashes).encode()).hexdigest()


def hashes_of(dataset: Dataset, splits: list[Split]) -> dict[str, str]:
    """Return data_sha256 and split_sha256, as in result.json."""
    return {"data_sha256": dataset.sha256, "split_sha256": sha256_of(splits)}


def check_hashes(hashes: dict[str, str], expected: Mapping, source: str | Path, remedy: str) -> None:
    """Refuse data or parts that differ from those of an earlier run.

    Args:
        hashes: current hashes, from `hashes_of`.
        expected: a mapping with the hashes of the earlier run.
        source: source of the data, or the folder of the run.
        remedy: remedy of the error.

    Raises:
        DataError: the hashes differ.
    """
    for key, what in (("data_sha256", "data"), ("split_sha256", "parts")):
        if hashes[key] != expected.get(key):
            message = f"the {what} differ from those of the run: SHA-256 is {hashes[key]}, not {expected.get(key)}"
            raise DataError(message, file=source, key=key, value=hashes[key], remedy=remedy)


def make_splits(dataset: Dataset, split: config.Split) -> list[Split]:
    """Split the samples into parts: one split, or one per fold.

    Official test and validation parts are kept. A group (a person, a film) is never divided; without groups every
    class is divided in the same proportion.

    Args:
        dataset: the dataset.
        split: sizes, folds, the rule for validation and the seed.

    Raises:
        DataError: too few groups, too few samples of a class, or a class without a training sample.
    """
    _check_official(dataset, split)
    pool = np.arange(len(dataset), dtype=np.int64)
    if dataset.is_test is not None:
        pool = pool[~dataset.is_test]
    splits = list(_folds(dataset, pool, split)) if split.folds else [_single(dataset, pool, split)]
    for made in splits:
        missing = np.setdiff1d(dataset.labels, dataset.labels[made.train])
        if len(missing):
            names = ", ".join(dataset.class_names[i] for i in missing)
            message, remedy = f"class {names} has no training sample ({made.rule})", "leave it out, or change the split"
            raise DataError(message, file=dataset.source, value=names, remedy=remedy)
    return splits


def _check_official(dataset: Dataset, split: config.Split) -> None:
    """Refuse to cut parts from a dataset that declares its validation part, since related samples may be divided."""
    if dataset.is_validation is None or not (split.folds or split.validation in ("cv", "holdout")):
        return
    key, value, usual = ("folds", split.folds, 0) if split.folds else ("validation", split.validation, "auto")
    message = f"the dataset has an official validation part, so split.{key}={value} does not apply"
    remedy = f"set split.{key}={usual}"
    raise DataError(message, file=dataset.source, key=f"split.{key}", value=value, remedy=remedy)


def _single(dataset: Dataset, pool: np.ndarray, split: config.Split) -> Split:
    if dataset.is_test is not None:
        test, rule = np.flatnonzero(dataset.is_test), "official test part"
    else:
        pool, test = _cut(dataset, pool, split.test_size, split.seed, "split.test_size")
        rule = f"test part: {split.test_size:.0%} of all, {_manner(dataset)}"
    return _validated(dataset, pool, test, rule, split)


def _folds(dataset: Dataset, pool: np.ndarray, split: config.Split) -> Iterator[Split]:
    for i, (train, held_out) in enumerate(_outer_folds(dataset, pool, split)):
        if dataset.is_test is None:
            rule = f"fold {i + 1} of {split.folds} is the test part, {_manner(dataset)}"
            yield _validated(dataset, pool[train], pool[held_out], rule, split, i)
        else:
            rule = f"fold {i + 1} of {split.folds} of the training part, {_manner(dataset)}; the official test part is "
            rule += "not used; no validation part: all epochs run, and nothing is selected on the held-out fold"
            yield Split(pool[train], NONE, pool[held_out], "validation", rule, i)


def _manner(dataset: Dataset) -> str:
    return "stratified" if dataset.groups is None else "by group, no group in two parts"


def _validated(
    dataset: Dataset, pool: np.ndarray, test: np.ndarray, rule: str, split: config.Split, fold: int | None = None
) -> Split:
    """Return the split with this test part; `pool` becomes training and validation part by split.validation."""
    train, validation, way, official = pool, NONE, split.validation, dataset.is_validation
    counts = np.bincount(dataset.labels[pool], minlength=len(dataset.class_names))
    smallest = min(np.flatnonzero(counts), key=lambda label: counts[label])
    if way == "auto":
        way = "holdout" if counts[smallest] >= SMALL_CLASS else "cv" if counts.max() > 1 else "none"
    if way == "none":
        why = "split.validation=none" if split.validation == "none" else "no class has two training samples"
        how = f"no validation part: all epochs run ({why})"
    elif official is not None:
        train, validation, way = pool[~official[pool]], pool[official[pool]], "official"
        how = "official validation part" if len(validation) else "no validation part: all epochs run"
    elif way == "cv":
        why = f"class {dataset.class_names[smallest]} has {counts[smallest]} training samples"
        why = "split.validation=cv" if split.validation == "cv" else why
        how = f"no validation part ({why}): epochs are chosen by cross-validation on the training part"
        singletons = [dataset.class_names[i] for i in np.flatnonzero(counts == 1)]
        if singletons and dataset.groups is None:
            how += f"; {', '.join(singletons)} with one sample stays in training"
    else:
        train, validation = _cut(dataset, pool, split.validation_size, split.seed, "split.validation_size")
        how = f"validation part: {split.validation_size:.0%} of the training part, {_manner(dataset)}"
    return Split(train, validation, test, "test", f"{rule}; {how}", fold, cross_validate=way == "cv")


def _cut(dataset: Dataset, pool: np.ndarray, size: float, seed: int, key: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the remaining and the held-out indices; about the fraction `size` is held out."""
    labels, refused = dataset.labels[pool], partial(DataError, file=dataset.source, key=key, value=size)
    instead = "set split.validation=none" if key == "split.validation_size" else "provide your own test part"
    if dataset.groups is not None:
        groups = dataset.groups[pool]
        names = np.unique(groups)
        if len(names) < 2:
            message = f"there is only one group ({names[0]}), so {key}={size} cannot hold out a part by group"
            raise refused(message, remedy=instead)
        most = _most_folds(labels, groups)
        if most < 2:
            message = f"no class has two samples, so {key}={size} cannot hold out a part by group"
            raise refused(message, remedy=instead)
        folds = _divided(labels, groups, min(most, round(1 / size)), seed)
        complete = [held_out for train, held_out in folds if len(np.unique(labels[train])) == len(np.unique(labels))]
        if not complete:
            message = f"no choice of whole groups for {key}={size} leaves every class in the training part"
            raise refused(message, remedy=f"change {key}")
        held_out = min(complete, key=lambda fold: abs(len(fold) - size * len(labels)))
    else:
        counts = np.bincount(labels)
        if 1 in counts:
            message = f"class {dataset.class_names[counts.tolist().index(1)]} has a single sample"
            raise refused(f"{message}, which cannot be in two parts", remedy=f"{instead}, or leave the class out")
        draw = np.random.default_rng(seed)
        members = [draw.permutation(np.flatnonzero(labels == label)) for label in np.flatnonzero(counts)]
        # The fraction `size` of each class, but at least one sample and never all.
        held_out = np.concatenate([each[: min(len(each) - 1, max(1, round(size * len(each))))] for each in members])
    is_held_out = np.zeros(len(labels), dtype=bool)
    is_held_out[held_out] = True
    return pool[~is_held_out], pool[is_held_out]


def _outer_folds(dataset: Dataset, pool: np.ndarray, split: config.Split) -> Folds:
    """Return exactly split.folds pairs of positions in `pool`."""
    labels, groups = dataset.labels[pool], None if dataset.groups is None else dataset.groups[pool]
    refused = partial(DataError, file=dataset.source, key="split.folds", value=split.folds)
    classes, counts = np.unique(labels, return_counts=True)
    most, reason = int(counts.max()), f"no class has more than {counts.max()} samples"
    if groups is not None:
        most = _most_folds(labels, groups)
        reason = f"its groups and classes allow at most {most}"
    elif counts.min() < 2:
        message = f"class {dataset.class_names[classes[counts.argmin()]]} has a single sample"
        raise refused(f"{message}, so stratified folds cannot test it", remedy="leave the class out")
    if most < split.folds:
        remedy = f"set split.folds={most if most > 1 else 0}"
        raise refused(f"split.folds={split.folds} is too many: {reason}", remedy=remedy)
    return _divided(labels, groups, split.folds, split.seed)


def folds_of(labels: np.ndarray, groups: np.ndarray | None, k: int, seed: int) -> Folds:
    """Return folds of a training part, for model selection by cross-validation.

    There are fewer than `k` folds, but at least 2, if the smallest class with two or more samples or the number of
    groups does not allow more. Without groups, a class with one sample is never held out.

    Args:
        labels: (n,) int64.
        groups: (n,) str or None.
        k: number of folds, at least 2.
        seed: seed of the shuffling.

    Returns:
        Pairs of positions (train, held out), int64 and sorted.

    Raises:
        DataError: one group only, or no class with two samples.

    >>> [held_out.tolist() for _, held_out in folds_of(np.array([0, 0, 1, 1, 2]), None, 5, seed=0)]
    [[1, 2], [0, 3]]
    """
    refused = partial(DataError, key="split.validation", remedy="set split.validation=none")
    if groups is not None:
        names = np.unique(groups)
        if len(names) < 2:
            message = f"the training part has only one group ({names[0]}), so cross-validation is not possible"
            raise refused(message)
    counts = np.bincount(labels)
    if counts.max() < 2:
        raise refused("no class has two training samples, so cross-validation is not possible")
    if groups is not None:
        return _divided(labels, groups, min(k, _most_folds(labels, groups)), seed)
    several, singletons = np.flatnonzero(counts[labels] > 1), np.flatnonzero(counts[labels] == 1)
    folds = _divided(labels[several], None, min(k, int(counts[counts > 1].min())), seed)
    return [(np.sort(np.concatenate([several[train], singletons])), several[held_out]) for train, held_out in folds]


def _most_folds(labels: np.ndarray, groups: np.ndarray) -> int:
    return min(len(np.unique(groups)), int(np.bincount(labels).max()))


def _divided(labels: np.ndarray, groups: np.ndarray | None, k: int, seed: int) -> Folds:
    """Return random folds: stratified, or of whole groups, balanced by class if some group lacks a class."""
    if groups is None:
        folds = stratified_folds(labels, k, seed)
    elif len({*zip(groups.tolist(), labels.tolist(), strict=True)}) == len(np.unique(groups)) * len(np.unique(labels)):
        # stratified_group_folds sorts groups by their balance of classes; for equal groups a seed would change little.
        folds = group_folds(groups, k, seed)
    else:
        folds = stratified_group_folds(labels, groups, k, seed)
    every = np.arange(len(labels))
    return [(np.setdiff1d(every, held_out), held_out) for held_out in folds]
