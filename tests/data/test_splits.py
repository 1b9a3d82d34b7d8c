"""Who trains, who chooses, who judges."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convpipe import config
from convpipe.data import load
from convpipe.data.dataset import Dataset
from convpipe.data.series.watch import WatchSettings
from convpipe.data.splits import folds_of, make_splits
from convpipe.errors import DataError


def samples_of(labels, groups=None, is_test=None):
    labels = np.asarray(labels, dtype=np.int64)
    return Dataset(
        inputs=[np.zeros((3, 1), dtype=np.float32)] * len(labels),
        labels=labels,
        class_names=tuple("abcdefghij"[: labels.max() + 1]),
        sample_ids=[str(i) for i in range(len(labels))],
        source="made up",
        sha256="0" * 64,
        groups=None if groups is None else np.asarray(groups),
        is_test=None if is_test is None else np.asarray(is_test, dtype=bool),
    )


def cut(samples, **settings):
    return make_splits(samples, config.Split(**settings))


def parts(made):
    return made.train, made.validation, made.test


def assert_disjoint(made, among):
    together = np.concatenate(parts(made))
    assert sorted(together.tolist()) == sorted(among)
    assert all(part.dtype == np.int64 and (np.diff(part) > 0).all() for part in parts(made))


class_sizes = st.lists(st.integers(5, 30), min_size=2, max_size=5)


@given(class_sizes, st.integers(0, 99), st.sampled_from([0.1, 0.2, 0.33, 0.5]))
def test_a_stratified_cut_takes_its_part_of_each_class(sizes, seed, part):
    labels = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(sizes)), sizes))
    (made,) = cut(samples_of(labels), test_size=part, validation_size=part, seed=seed, validation="holdout")
    assert_disjoint(made, range(len(labels)))
    for label, size in enumerate(sizes):
        test = int((labels[made.test] == label).sum())
        assert test == max(1, round(part * size))
        assert (labels[made.validation] == label).sum() == min(size - test - 1, max(1, round(part * (size - test))))


@settings(deadline=None)
@given(st.integers(4, 12), st.integers(0, 99), st.sampled_from([0, 3]), st.booleans())
def test_nobody_stands_in_two_parts(people, seed, folds, everybody_does_everything):
    draw = np.random.default_rng(seed)
    groups = np.repeat(np.arange(people), 8)
    labels = np.tile([0, 1], people * 4) if everybody_does_everything else np.repeat(np.arange(people) % 2, 8)
    order = draw.permutation(len(groups))
    samples = samples_of(labels[order], groups[order].astype(str))
    for made in cut(samples, folds=folds, seed=seed, validation="holdout" if people > 5 else "none"):
        assert_disjoint(made, range(len(samples)))
        names = [set(samples.groups[part]) for part in parts(made)]
        assert not (names[0] & names[1] or names[0] & names[2] or names[1] & names[2])


def test_the_official_test_part_is_kept_whole():
    labels, is_test = np.tile([0, 1], 20), np.arange(40) >= 30
    (made,) = cut(samples_of(labels, is_test=is_test))
    assert made.test.tolist() == list(range(30, 40)) and made.evaluated_on == "test" and made.fold is None
    assert (len(made.train), len(made.validation)) == (24, 6)
    assert all(fact in made.rule for fact in ("official test part", "20% of the training part", "stratified"))


def test_folds_inside_a_training_part_never_touch_the_official_test_part():
    labels, is_test = np.tile([0, 1], 20), np.arange(40) >= 30
    made = cut(samples_of(labels, is_test=is_test), folds=5)
    assert [fold.fold for fold in made] == [0, 1, 2, 3, 4]
    for fold in made:
        assert_disjoint(fold, range(30))
        assert fold.evaluated_on == "validation" and len(fold.validation) == 0 and len(fold.test) == 6
        assert "no validation part" in fold.rule
    assert sorted(np.concatenate([fold.test for fold in made]).tolist()) == list(range(30))


def test_folds_over_everything_hold_each_sample_out_once():
    labels = np.tile([0, 1, 2], 20)
    made = cut(samples_of(labels), folds=4)
    assert sorted(np.concatenate([fold.test for fold in made]).tolist()) == list(range(60))
    for fold in made:
        assert_disjoint(fold, range(60))
        assert fold.evaluated_on == "test" and len(fold.validation) == 9
        assert np.bincount(labels[fold.train]).tolist() == [12, 12, 12]


def test_watch_folds_hold_out_two_people_each():
    samples = load(WatchSettings(name="watch"), config.Window(2.0, 0.5))
    for fold in cut(samples, folds=5):
        assert [len(set(samples.groups[part])) for part in parts(fold)] == [6, 2, 2]


def test_the_seed_decides_and_nothing_else():
    for samples in (samples_of(np.tile([0, 1], 40)), samples_of(np.tile([0, 1], 40), np.repeat(np.arange(10), 8))):
        for folds in (0, 5):
            first, again, other = (cut(samples, seed=seed, folds=folds)[0].sha256 for seed in (1, 1, 2))
            assert first == again != other and len(first) == 64


def test_auto_cuts_no_validation_part_where_a_class_is_small():
    (made,) = cut(samples_of([0] * 10 + [1] * 4 + [0, 1], is_test=[0] * 14 + [1] * 2))
    assert len(made.validation) == 0 and len(made.train) == 14
    assert all(fact in made.rule for fact in ("no validation part", "class b has 4", "cross-validation"))


def test_auto_chooses_nothing_where_no_class_has_two_training_samples():
    (made,) = cut(samples_of([0, 0, 1, 1, 2, 2]))
    assert (len(made.train), len(made.validation), len(made.test)) == (3, 0, 3) and not made.cross_validate
    assert "no class has two training samples" in made.rule


def test_none_and_cv_cut_no_validation_part_and_say_why():
    samples = samples_of([0] * 10 + [1] * 10 + [2], is_test=[1] + [0] * 20)
    none, cv = cut(samples, validation="none")[0], cut(samples, validation="cv")[0]
    assert len(none.validation) == len(cv.validation) == 0
    assert "split.validation=none" in none.rule and not none.cross_validate
    assert "split.validation=cv" in cv.rule and "c with one sample" in cv.rule and cv.cross_validate


MADE_UP = {"file": "made up"}
REFUSED = {
    "single sample, validation": (
        dict(labels=[0] * 6 + [1, 0, 1], is_test=[0] * 7 + [1] * 2),
        dict(validation="holdout"),
        MADE_UP | dict(key="split.validation_size", remedy="split.validation=none", mentions=("class b",)),
    ),
    "single sample, test": (
        dict(labels=[0] * 6 + [1]),
        {},
        MADE_UP | dict(key="split.test_size", remedy="test part", mentions=("class b",)),
    ),
    "single sample, folds": (
        dict(labels=[0] * 6 + [1]),
        dict(folds=2),
        MADE_UP | dict(key="split.folds", value=2, mentions=("class b",)),
    ),
    "more folds than samples": (
        dict(labels=[0] * 6 + [1] * 4),
        dict(folds=7),
        MADE_UP | dict(key="split.folds", value=7, remedy="split.folds=6", mentions=("split.folds=7",)),
    ),
    "one group": (
        dict(labels=[0, 1] * 5, groups=["ann"] * 10),
        {},
        dict(key="split.test_size", value=0.2, mentions=("one group", "ann", "split.test_size")),
    ),
    "one group, folds": (
        dict(labels=[0, 1] * 5, groups=["ann"] * 10),
        dict(folds=2),
        MADE_UP | dict(key="split.folds", value=2, remedy="split.folds=0"),
    ),
    "one group trains": (
        dict(labels=[0, 1] * 10, groups=["ann"] * 10 + ["bob"] * 10),
        {},
        dict(key="split.validation_size", remedy="split.validation=none", mentions=("split.validation_size",)),
    ),
    "no class of two samples, in groups": (
        dict(labels=[0, 1, 2], groups=["ann", "bob", "eve"]),
        {},
        MADE_UP | dict(key="split.test_size", value=0.2, mentions=("no class has two samples",)),
    ),
    "more folds than groups": (
        dict(labels=[0, 1] * 10, groups=["ann"] * 10 + ["bob"] * 10),
        dict(folds=3),
        MADE_UP | dict(key="split.folds", value=3, remedy="split.folds=2", mentions=("split.folds=3",)),
    ),
    "class of one group": (
        dict(labels=[0] * 10 + [1] * 10, groups=["ann"] * 10 + ["bob"] * 10),
        {},
        dict(key="split.test_size", value=0.2, remedy="split.test_size", mentions=("groups",)),
    ),
    "class of one group, folds": (
        dict(labels=[0] * 10 + [0, 1] * 5, groups=["ann"] * 10 + ["bob"] * 10),
        dict(folds=2, validation="none"),
        MADE_UP | dict(value="b", mentions=("class b",)),
    ),
    "class in the test part only": (
        dict(labels=[0, 1] * 5 + [2], is_test=[0] * 10 + [1]),
        {},
        MADE_UP | dict(value="c", mentions=("class c", "official test part")),
    ),
}


@pytest.mark.parametrize("samples, settings, facts", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_cut_is_refused_in_one_line(samples, settings, facts, refused):
    with refused(DataError, **facts):
        cut(samples_of(**samples), **settings)


@given(st.lists(st.integers(1, 8), min_size=2, max_size=4).filter(lambda sizes: max(sizes) > 1), st.integers(2, 6))
def test_folds_of_a_training_part_always_train_on_every_class(sizes, k):
    labels = np.repeat(np.arange(len(sizes)), sizes)
    folds = folds_of(labels, None, k, seed=0)
    assert len(folds) == min(k, min(size for size in sizes if size > 1))
    for train, held in folds:
        assert sorted([*train, *held]) == list(range(len(labels)))
        assert set(labels[train]) == set(labels)
    held = np.concatenate([held for _, held in folds])
    assert sorted(held) == np.flatnonzero(np.array(sizes)[labels] > 1).tolist()


def test_folds_of_groups_never_divide_one():
    labels, groups = np.tile([0, 1], 12), np.repeat(["ann", "bob", "eve"], 8)
    folds = folds_of(labels, groups, 5, seed=0)
    assert sorted(tuple(set(groups[held])) for _, held in folds) == [("ann",), ("bob",), ("eve",)]
    assert all(not set(groups[train]) & set(groups[held]) for train, held in folds)


def test_folds_of_what_cannot_be_divided(refused):
    facts = {"key": "split.validation", "remedy": "split.validation=none"}
    with refused(DataError, **facts, mentions=("two training samples",)):
        folds_of(np.array([0, 1, 2]), None, 3, seed=0)
    with refused(DataError, **facts, mentions=("two training samples",)):
        folds_of(np.array([0, 1, 2]), np.array(["ann", "bob", "eve"]), 3, seed=0)
    with refused(DataError, **facts, mentions=("one group", "ann")):
        folds_of(np.array([0, 1]), np.array(["ann", "ann"]), 3, seed=0)


def declared(labels, validates, tests):
    samples = samples_of(labels, is_test=tests)
    return replace(samples, is_validation=np.asarray(validates, dtype=bool))


def test_an_official_validation_part_is_kept():
    samples = declared([0, 1, 0, 1, 0, 1, 0, 1], [0, 0, 0, 1, 1, 0, 0, 0], [0, 0, 0, 0, 0, 0, 1, 1])
    (made,) = cut(samples)
    assert [part.tolist() for part in parts(made)] == [[0, 1, 2, 5], [3, 4], [6, 7]]
    assert "official validation part" in made.rule and not made.cross_validate
    (made,) = cut(samples, validation="none")
    assert [part.tolist() for part in parts(made)] == [[0, 1, 2, 3, 4, 5], [], [6, 7]]


def test_an_empty_official_validation_part_lets_all_epochs_run():
    (made,) = cut(declared([0, 1] * 10, [0] * 20, [0, 0] * 9 + [1, 1]))
    assert len(made.train) == 18 and len(made.validation) == 0 and not made.cross_validate


@pytest.mark.parametrize("asked", [{"folds": 3}, {"validation": "cv"}, {"validation": "holdout"}])
def test_who_declares_a_validation_part_is_not_cut_again(asked, refused):
    samples = declared([0, 1] * 10, [0, 0, 1, 1] * 5, [0] * 20)
    ((name, value),) = asked.items()
    with refused(DataError, file="made up", key=f"split.{name}", value=value, mentions=(f"split.{name}={value}",)):
        cut(samples, **asked)
