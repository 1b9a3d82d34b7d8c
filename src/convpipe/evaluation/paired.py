"""Paired comparison of the accuracy of two classifiers on the same samples."""

from dataclasses import dataclass

import numpy as np

from convpipe.evaluation.bootstrap import Interval, Units, mean_interval


@dataclass(frozen=True)
class Comparison:
    """The comparison of a classifier with the first one on the same samples.

    Args:
        difference: the accuracy of the classifier minus that of the first one.
        interval: of the difference, by a bootstrap that draws the same samples for both.
        only_first, only_other: number of samples that only one of them predicts correctly.
        p_value: of McNemar's exact test.
    """

    difference: float
    interval: Interval
    only_first: int
    only_other: int
    p_value: float


def compare(first: np.ndarray, other: np.ndarray, units: Units) -> Comparison:
    """Compare the correct predictions of two classifiers.

    Args:
        first, other: (n,) bool, whether each prediction is correct.
        units: of the bootstrap.
    """
    gain = other.astype(float) - first
    lost, won = int(np.sum(gain < 0)), int(np.sum(gain > 0))
    return Comparison(float(gain.mean()), mean_interval(gain, units), lost, won, mcnemar(lost, won))


def mcnemar(only_first: int, only_other: int) -> float:
    """Return the two-sided p value of McNemar's exact test.

    The null hypothesis is that both kinds of disagreement are equally likely. The test assumes independent samples;
    samples of one group are not independent.

    >>> mcnemar(0, 6), mcnemar(0, 0)
    (0.03125, 1.0)
    """
    from scipy.stats import binomtest

    count = only_first + only_other
    return float(binomtest(only_first, count).pvalue) if count else 1.0
