"""Who trains, who chooses (validation), who judges (test): indices only, decided before anything is learnt."""

import hashlib
import warnings
from dataclasses import dataclass

import numpy as np

from convpipe import config
from convpipe.data.samples import Samples
from convpipe.errors import DataError

SMALL_CLASS = 5  # below so many training samples a validation part costs more than it tells
NOBODY = np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class Split:
    """Indices into the samples, sorted and disjoint.

    Args:
        train, validation, test: (n,) int64; validation may be empty.
        judged: what `test` stands for: "test", or "validation" for a fold cut inside the training part of a data set
            whose official test part stays untouched.
        rule: one sentence for the user: how it was cut.
        fold: number of the fold, from 0; None where there are no folds.
        cross: whether epochs are chosen by cross-validation on the training part, for want of a validation part.
    """

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    judged: str
    rule: str
    fold: int | None = None
    cross: bool = False

    @property
    def sha256(self) -> str:
        """Hash of the three parts (hexadecimal)."""
        digest = hashlib.sha256()
        for part in (self.train, self.validation, self.test):
            digest.update(len(part).to_bytes(8, "little") + part.astype("<i8").tobytes())
        return digest.hexdigest()


def make_splits(samples: Samples, split: config.Split) -> list[Split]:
    """Cut the samples into parts: one split, or one a fold.

    Official test and validation parts are kept. Groups (a subject, a film) are never divided; without groups every
    class is divided in the same proportion.

    Args:
        samples: what was read.
        split: shares, folds, the rule for validation and the seed.

    Raises:
        DataError: too few groups or members of a class for what was asked, or a class that nobody trains on.
    """
    everyone = np.arange(len(samples), dtype=np.int64)
    official = samples.is_test is not None
    _check_official(samples, split)
    pool = everyone[~samples.is_test] if official else everyone
    if split.folds and official:
        splits = _folds_inside(samples, pool, split)
    elif split.folds:
        splits = _folds_over(samples, pool, split)
    else:
        splits = [_single(samples, pool, everyone, split)]
    for made in splits:
        _check_classes(samples, made)
    return splits


def _check_official(samples: Samples, split: config.Split) -> None:
    """Refuse to cut what must not be cut: whoever declares a validation part knows which samples are akin."""
    if samples.is_validation is not None and (split.folds or split.validation in ("cross", "share")):
        asked = f"split.folds={split.folds}" if split.folds else f"split.validation={split.validation}"
        raise DataError(f"{samples.source} declares its own validation part, so {asked} cannot cut it; leave it out")


def _single(samples: Samples, pool: np.ndarray, everyone: np.ndarray, split: config.Split) -> Split:
    if samples.is_test is not None:
        test, rule = everyone[samples.is_test], "official test part"
    else:
        pool, test = _cut(samples, pool, split.test, split.seed, "split.test")
        rule = f"test part: {split.test:.0%} of all, {_manner(samples)}"
    train, validation, how, cross = _validation(samples, pool, split)
    return Split(train, validation, test, "test", f"{rule}; {how}", cross=cross)


def _folds_inside(samples: Samples, pool: np.ndarray, split: config.Split) -> list[Split]:
    rule = (
        f"of {split.folds} over the training part, {_manner(samples)}, the official test part untouched; "
        "no validation part: all epochs run, nothing is chosen on the held-out fold"
    )
    return [
        Split(pool[train], NOBODY, pool[held], "validation", f"fold {i + 1} {rule}", i)
        for i, (train, held) in enumerate(_outer_folds(samples, pool, split))
    ]


def _folds_over(samples: Samples, pool: np.ndarray, split: config.Split) -> list[Split]:
    splits = []
    for i, (kept, held) in enumerate(_outer_folds(samples, pool, split)):
        train, validation, how, cross = _validation(samples, pool[kept], split)
        rule = f"fold {i + 1} of {split.folds} is the test part, {_manner(samples)}; {how}"
        splits.append(Split(train, validation, pool[held], "test", rule, i, cross))
    return splits


def _manner(samples: Samples) -> str:
    return "stratified" if samples.groups is None else "by group, nobody in two parts"


def _validation(samples: Samples, pool: np.ndarray, split: config.Split) -> tuple[np.ndarray, np.ndarray, str, bool]:
    """Training part, validation part, the sentence about them and whether to cross-validate, by split.validation."""
    if samples.is_validation is not None and split.validation != "none":
        held = samples.is_validation[pool]
        how = "official validation part" if held.any() else "no validation part: all epochs run"
        return pool[~held], pool[held], how, False
    labels = samples.labels[pool]
    counts = np.bincount(labels, minlength=len(samples.class_names))
    present = np.unique(labels)
    smallest = present[counts[present].argmin()]
    few = f"class {samples.class_names[smallest]} has {counts[smallest]} training samples"
    rule = split.validation
    if rule == "auto":
        rule = "share" if counts[smallest] >= SMALL_CLASS else "cross"
    if rule == "none":
        return pool, NOBODY, "no validation part: all epochs run (split.validation=none)", False
    if rule == "cross":
        why = "split.validation=cross" if split.validation == "cross" else few
        lone = [samples.class_names[i] for i in present if counts[i] == 1] if samples.groups is None else []
        also = f"; {', '.join(lone)} with one sample always trains" if lone else ""
        how = f"no validation part ({why}): epochs are chosen by cross-validation on the training part{also}"
        return pool, NOBODY, how, True
    train, validation = _cut(samples, pool, split.share, split.seed, "split.share")
    how = f"validation part: {split.share:.0%} of the training part, {_manner(samples)}"
    return train, validation, how, False


def _cut(samples: Samples, pool: np.ndarray, share: float, seed: int, key: str) -> tuple[np.ndarray, np.ndarray]:
    """Kept and cut-off indices; about `share` are cut off."""
    labels = samples.labels[pool]
    if samples.groups is None:
        cut = _stratified_cut(labels, share, seed, samples, key)
    else:
        cut = _grouped_cut(labels, samples.groups[pool], share, seed, key)
    return pool[~cut], pool[cut]


def _stratified_cut(labels: np.ndarray, share: float, seed: int, samples: Samples, key: str) -> np.ndarray:
    """(n,) bool: of each class its share, at least one, and never all."""
    draw, cut = np.random.default_rng(seed), np.zeros(len(labels), dtype=bool)
    for label in np.unique(labels):
        members = draw.permutation(np.flatnonzero(labels == label))
        if len(members) < 2:
            remedy = "split.validation=none" if key == "split.share" else "a test file of your own"
            raise DataError(
                f"class {samples.class_names[label]} of {samples.source} has a single member, which cannot stand in "
                f"two parts; use {remedy}, or leave the class out"
            )
        cut[members[: min(len(members) - 1, max(1, round(share * len(members))))]] = True
    return cut


def _grouped_cut(labels: np.ndarray, groups: np.ndarray, share: float, seed: int, key: str) -> np.ndarray:
    """(n,) bool: the fold of whole groups that keeps every class in training and whose size is nearest to the share."""
    names = np.unique(groups)
    if len(names) < 2:
        remedy = "; use split.validation=none" if key == "split.share" else ""
        raise DataError(f"only one group ({names[0]}), so no part can be cut off by group ({key}){remedy}")
    folds = _grouped_folds(labels, groups, min(_most_folds(labels, groups), round(1 / share)), seed)
    complete = [held for train, held in folds if len(np.unique(labels[train])) == len(np.unique(labels))]
    if not complete:
        raise DataError(
            f"no choice of whole groups for {key} leaves every class in the training part; change the share"
        )
    cut = np.zeros(len(labels), dtype=bool)
    cut[min(complete, key=lambda held: abs(len(held) - share * len(labels)))] = True
    return cut


def _outer_folds(samples: Samples, pool: np.ndarray, split: config.Split) -> list[tuple[np.ndarray, np.ndarray]]:
    """split.folds pairs of positions in `pool`, exactly so many as were asked for."""
    labels = samples.labels[pool]
    if samples.groups is not None:
        groups = samples.groups[pool]
        if _most_folds(labels, groups) < split.folds:
            most = _most_folds(labels, groups)
            raise DataError(f"split.folds={split.folds}, but these groups and classes allow {most} at most")
        return _grouped_folds(labels, groups, split.folds, split.seed)
    classes, counts = np.unique(labels, return_counts=True)
    if counts.min() < 2:
        name = samples.class_names[classes[counts.argmin()]]
        raise DataError(f"class {name} has a single member, so no stratified fold can judge it; leave the class out")
    if counts.max() < split.folds:
        raise DataError(
            f"split.folds={split.folds}, but no class has more than {counts.max()} members; use fewer folds"
        )
    return _stratified_folds(labels, split.folds, split.seed)


def folds_of(labels: np.ndarray, groups: np.ndarray | None, k: int, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Folds inside a training part, for choices by cross-validation.

    `k` falls to what the smallest class (of those with two members or more) or the number of groups allows, but not
    below 2. A class with one member always trains and is never held out, unless groups decide.

    Args:
        labels: (n,) int64.
        groups: (n,) str or None.
        k: folds that are wanted, at least 2.
        seed: the same seed gives the same folds.

    Returns:
        Pairs of positions (train, held out), int64 and sorted.

    Raises:
        DataError: one group only, or no class with two members.

    >>> [held.tolist() for _, held in folds_of(np.array([0, 0, 1, 1, 2]), None, 5, seed=0)]
    [[1, 2], [0, 3]]
    """
    if groups is not None:
        names = np.unique(groups)
        if len(names) < 2:
            raise DataError(f"only one group ({names[0]}) trains, so nothing can be chosen by cross-validation")
        return _grouped_folds(labels, groups, min(k, _most_folds(labels, groups)), seed)
    counts = np.bincount(labels)
    if counts.max() < 2:
        raise DataError("no class has two training samples, so nothing can be chosen by cross-validation")
    several = np.flatnonzero(counts[labels] > 1)
    lone = np.flatnonzero(counts[labels] == 1)
    folds = _stratified_folds(labels[several], min(k, int(counts[counts > 1].min())), seed)
    return [(np.sort(np.concatenate([several[train], lone])), several[held]) for train, held in folds]


def _most_folds(labels: np.ndarray, groups: np.ndarray) -> int:
    return min(len(np.unique(groups)), int(np.bincount(labels).max()))


def _stratified_folds(labels: np.ndarray, k: int, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    from sklearn.model_selection import StratifiedKFold

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a class smaller than k is missing from some held-out folds
        return list(StratifiedKFold(k, shuffle=True, random_state=seed).split(labels, labels))


def _grouped_folds(labels: np.ndarray, groups: np.ndarray, k: int, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Folds of whole groups, drawn by the seed where every group holds every class, else balanced by class."""
    from sklearn.model_selection import GroupKFold, StratifiedGroupKFold

    pairs = len(np.unique(np.stack([np.unique(groups, return_inverse=True)[1], labels]), axis=1).T)
    every = pairs == len(np.unique(groups)) * len(np.unique(labels))
    # StratifiedGroupKFold orders groups by their spread over classes, so that a seed changes little: not for subjects.
    folds = (GroupKFold if every else StratifiedGroupKFold)(k, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return list(folds.split(labels, labels, groups))


def _check_classes(samples: Samples, split: Split) -> None:
    missing = np.setdiff1d(np.unique(samples.labels), np.unique(samples.labels[split.train]))
    if len(missing):
        names = ", ".join(samples.class_names[i] for i in missing)
        raise DataError(f"no training sample of class {names} ({split.rule}); leave the class out or cut otherwise")
