"""Everything that is measured of a classifier's answers, with intervals."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from convpipe.evaluation.answers import Answers
from convpipe.evaluation.bootstrap import RESAMPLES, Interval, intervals
from convpipe.evaluation.breakdown import per_class, per_group, per_recording
from convpipe.evaluation.paired import Comparison, compare
from convpipe.evaluation.resampled import REJECTION, measured, of_resamples
from convpipe.registry import METRICS


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
    measure = of_resamples(labels, probabilities, list(METRICS), rejecting=True)
    found = intervals(measure, answers.units, resamples, watch)
    classes = per_class(labels, answers.predicted, answers.class_names)
    groups = [] if answers.groups is None else per_group(answers.groups, labels, probabilities)
    names = answers.recordings
    recordings = [] if names is None else per_recording(names, labels, probabilities, answers.class_names)
    return Evaluation(answers, metrics, found, classes, groups, recordings, resamples)


def label_of(metric: str) -> str:
    """The name of a metric for people."""
    return REJECTION.get(metric) or METRICS[metric].label


def comparisons(several: Sequence[Answers]) -> list[Comparison]:
    """Each classifier after the first one beside it, on the same samples."""
    first, *others = several
    return [compare(first.right, other.right, first.units) for other in others]
