"""Evaluate the predictions of a classifier: metrics with intervals, breakdowns, paired comparisons."""

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
    """The evaluation of one classifier.

    Args:
        answers: predictions of the classifier.
        metrics: all registered metrics, and those of rejecting uncertain predictions; NaN for an undefined one.
        intervals: of the metrics.
        classes, groups, recordings: one row per class, group and recording; empty without groups or recordings.
        resamples: number of bootstrap resamples.
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
    """Evaluate the predictions of a classifier.

    Args:
        answers: predictions of the classifier.
        resamples: number of bootstrap resamples.
        watch: called after each resample with the number done so far.
    """
    labels, probabilities = answers.labels, answers.probabilities
    metrics = measured(labels, probabilities)
    measure = of_resamples(labels, probabilities, list(METRICS), rejecting=True)
    bounds = intervals(measure, answers.units, resamples, watch)
    classes = per_class(labels, answers.predicted, answers.class_names)
    groups = [] if answers.groups is None else per_group(answers.groups, labels, probabilities)
    names = answers.recordings
    recordings = [] if names is None else per_recording(names, labels, probabilities, answers.class_names)
    return Evaluation(answers, metrics, bounds, classes, groups, recordings, resamples)


def label_of(metric: str) -> str:
    """Return the display name of a metric."""
    return REJECTION.get(metric) or METRICS[metric].label


def comparisons(several: Sequence[Answers]) -> list[Comparison]:
    """Compare each other classifier with the first one on the same samples."""
    first, *others = several
    return [compare(first.right, other.right, first.units) for other in others]
