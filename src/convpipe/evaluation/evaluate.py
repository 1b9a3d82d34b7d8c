"""Everything that is measured of a classifier's answers, with intervals."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from convpipe.errors import ConvpipeError
from convpipe.evaluation.answers import Answers
from convpipe.evaluation.bootstrap import RESAMPLES, Interval, intervals
from convpipe.evaluation.breakdown import per_class, per_group, per_recording
from convpipe.evaluation.paired import Comparison, compare
from convpipe.evaluation.rejection import risk_coverage
from convpipe.registry import METRICS

#: What is measured of rejecting unsure answers, and its name for people.
REJECTION = {
    "risk_coverage_area": "area of risk over coverage",
    "coverage_at_1_percent_risk": "coverage at 1 % risk",
    "coverage_at_5_percent_risk": "coverage at 5 % risk",
}


@dataclass(frozen=True)
class Evaluation:
    """What is measured of one classifier.

    Args:
        answers: what was measured.
        metrics: all registered metrics and those of rejecting unsure answers; NaN where one is not defined.
        intervals: of each.
        classes, groups, recordings: rows by class, group and recording; empty where there are no such.
        resamples: of the bootstrap.
    """

    answers: Answers
    metrics: dict[str, float]
    intervals: dict[str, Interval]
    classes: list[dict]
    groups: list[dict]
    recordings: list[dict]
    resamples: int = RESAMPLES


def evaluate(
    answers: Answers, resamples: int = RESAMPLES, watch: Callable[[int], None] = lambda done: None
) -> Evaluation:
    """Measure the answers of a classifier.

    Args:
        answers: of the classifier.
        resamples: of the bootstrap.
        watch: is told after each resample how many are done.
    """
    labels, probabilities = answers.labels, answers.probabilities
    metrics = measured(labels, probabilities)
    found = intervals(lambda rows: measured(labels[rows], probabilities[rows]), answers.units, resamples, watch)
    classes = per_class(labels, answers.predicted, answers.class_names)
    groups = [] if answers.groups is None else per_group(answers.groups, labels, probabilities)
    names = answers.recordings
    recordings = [] if names is None else per_recording(names, labels, probabilities, answers.class_names)
    return Evaluation(answers, metrics, found, classes, groups, recordings, resamples)


def measured(labels: np.ndarray, probabilities: np.ndarray) -> dict[str, float]:
    """All registered metrics, and those of rejecting unsure answers; NaN where one is not defined, such as for samples
    of one class only."""
    found = {}
    for name in METRICS:
        try:
            found[name] = float(METRICS[name].function(labels, probabilities))
        except (ValueError, ArithmeticError, LookupError, ConvpipeError):
            found[name] = float("nan")
    kept = risk_coverage(labels, probabilities)
    return found | dict(zip(REJECTION, (kept.area, kept.coverage_at(0.01), kept.coverage_at(0.05)), strict=True))


def label_of(metric: str) -> str:
    """The name of a metric for people."""
    return REJECTION.get(metric) or METRICS[metric].label


def comparisons(several: Sequence[Answers]) -> list[Comparison]:
    """Each classifier after the first one beside it, on the same samples."""
    first, *others = several
    return [compare(first.right, other.right, first.units) for other in others]
