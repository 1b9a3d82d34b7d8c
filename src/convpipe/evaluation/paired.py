"""Two classifiers on the same samples: is one of them right more often?"""

from dataclasses import dataclass

import numpy as np

from convpipe.evaluation.bootstrap import Interval, Units, mean_interval


@dataclass(frozen=True)
class Comparison:
    """How a classifier compares with a first one on the same samples.

    Args:
        difference: its accuracy less that of the first one.
        interval: of the difference, by a bootstrap that draws the same samples for both.
        only_first, only_other: samples that only one of them predicts right.
        p_value: of McNemar's exact test.
    """

    difference: float
    interval: Interval
    only_first: int
    only_other: int
    p_value: float


def compare(first: np.ndarray, other: np.ndarray, units: Units) -> Comparison:
    """Compare which samples two classifiers predict right.

    Args:
        first, other: (n,) bool.
        units: what the bootstrap draws.
    """
    gain = other.astype(float) - first
    lost, won = int(np.sum(gain < 0)), int(np.sum(gain > 0))
    return Comparison(float(gain.mean()), mean_interval(gain, units), lost, won, mcnemar(lost, won))


def mcnemar(only_first: int, only_other: int) -> float:
    """The two-sided p value of McNemar's exact test: whether both kinds of disagreement are equally likely.

    It takes samples for independent, which those of one group are not.

    >>> mcnemar(0, 6), mcnemar(0, 0)
    (0.03125, 1.0)
    """
    from scipy.stats import binomtest

    count = only_first + only_other
    return float(binomtest(only_first, count).pvalue) if count else 1.0
