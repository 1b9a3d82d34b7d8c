"""Notes: facts that predict the class without the content, and how much a random split overestimates accuracy."""

import warnings
from collections.abc import Iterator

import numpy as np

from convpipe.data.notes import Note, people_in_names
from convpipe.doctor.evidence import Evidence

FOLDS, SEED = 5, 0
#: A fact is reported if its balanced accuracy exceeds chance by this value and by three standard errors.
ABOVE_CHANCE = 0.1
#: Difference in accuracy between a random split and a split by group above which a remedy is given.
OVERESTIMATED = 0.03


def facts(evidence: Evidence) -> Iterator[Note]:
    """Lengths, levels, orders, sizes or formats from which a small decision tree predicts the class above chance."""
    from sklearn.tree import DecisionTreeClassifier

    labels = evidence.labels
    chance, smallest = 1 / len(np.unique(labels)), np.bincount(labels)[np.unique(labels)].min()
    if smallest < FOLDS:
        return
    room = max(ABOVE_CHANCE, 3 * (chance * (1 - chance) / len(labels)) ** 0.5)
    for name, values in evidence.facts.items():
        tree = DecisionTreeClassifier(max_depth=4, min_samples_leaf=3, class_weight="balanced", random_state=SEED)
        score = _cross_validated(tree, values[:, None], labels, None, "balanced_accuracy")
        if score > chance + room:
            message = (
                f"the {name} alone predicts the class with a balanced accuracy of {score:.2f} (chance {chance:.2f})"
            )
            yield Note("fact_tells_class", message)


def random_or_by_group(evidence: Evidence) -> Iterator[Note]:
    """The accuracy of a linear model with a random split and with a split by group."""
    groups, of = evidence.groups, "group"
    if groups is None:
        named = people_in_names(evidence.dataset)
        groups, of = (None, "") if named is None else (np.array(named)[evidence.rows], "the person in the file name")
    labels = evidence.labels
    if np.bincount(labels)[np.unique(labels)].min() < FOLDS:
        return
    by_random = linear_accuracy(evidence, None)
    text = f"a linear model has an accuracy of {by_random:.2f} with a random split"
    if groups is None or len(np.unique(groups)) < 2:
        yield Note("linear_model", text)
        return
    by_group = linear_accuracy(evidence, groups)
    remedy = None
    if evidence.groups is None and by_random - by_group > OVERESTIMATED:
        remedy = "set data.group or data.pattern, because a random split overestimates the accuracy"
    yield Note("linear_model", f"{text}, {by_group:.2f} with a split by {of}", remedy=remedy)


def linear_accuracy(evidence: Evidence, groups: np.ndarray | None) -> float:
    """Return the cross-validated accuracy of a linear model.

    Args:
        evidence: the samples.
        groups: (n,) groups, each of which is in one fold only; None for stratified random folds.
    """
    from sklearn.linear_model import RidgeClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if evidence.vectors is None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        model = make_pipeline(TfidfVectorizer(sublinear_tf=True, token_pattern=r"(?u)\b\w+\b"), RidgeClassifier(1.0))
        return _cross_validated(model, np.array(evidence.texts, object), evidence.labels, groups, "accuracy")
    model = make_pipeline(StandardScaler(), RidgeClassifier(10.0))
    return _cross_validated(model, evidence.vectors, evidence.labels, groups, "accuracy")


def _cross_validated(model, inputs: np.ndarray, labels: np.ndarray, groups: np.ndarray | None, metric: str) -> float:
    from sklearn.model_selection import GroupKFold, StratifiedKFold, cross_val_score

    if groups is None:
        folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
    else:
        folds = GroupKFold(min(FOLDS, len(np.unique(groups))))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(np.mean(cross_val_score(model, inputs, labels, groups=groups, cv=folds, scoring=metric)))


def parts_differ(evidence: Evidence) -> Iterator[Note]:
    """Whether a linear model distinguishes samples of an official test part from the others."""
    if evidence.dataset.is_test is None or evidence.vectors is None:
        return
    from sklearn.linear_model import RidgeClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    is_test = (evidence.parts == "test").astype(int)
    if np.bincount(is_test, minlength=2).min() < 2 * FOLDS:
        return
    model = make_pipeline(StandardScaler(), RidgeClassifier(10.0, class_weight="balanced"))
    score = _cross_validated(model, evidence.vectors, is_test, None, "balanced_accuracy")
    if score > 0.5 + max(ABOVE_CHANCE, 1.5 / len(is_test) ** 0.5):
        message = (
            "a linear model distinguishes samples of the official test part from the others "
            f"(balanced accuracy {score:.2f}, chance 0.50)"
        )
        yield Note("parts_differ", message)
