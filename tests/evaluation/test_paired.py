"""Paired comparison of two classifiers, compared with scipy and counts by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from convpipe.evaluation.bootstrap import units_of
from convpipe.evaluation.paired import compare, mcnemar


@given(st.integers(0, 40), st.integers(0, 40))
@settings(max_examples=60, deadline=None)
def test_mcnemar_is_the_two_sided_binomial_test(lost, won):
    count = lost + won
    both_tails = min(1.0, 2 * binom.cdf(min(lost, won), count, 0.5)) if count else 1.0
    assert mcnemar(lost, won) == pytest.approx(both_tails, rel=1e-9) == pytest.approx(mcnemar(won, lost))


def test_counts_and_difference_match_the_disagreements():
    first = np.array([1, 1, 1, 0, 0, 0, 1, 1], bool)
    other = np.array([1, 0, 1, 1, 1, 1, 1, 1], bool)
    found = compare(first, other, units_of(8))
    assert (found.only_first, found.only_other) == (1, 3) and found.difference == 2 / 8
    assert found.p_value == pytest.approx(0.625)  # 2 * (1 + 4) / 16
    assert found.interval.low < 0.25 < found.interval.high


def test_equal_classifiers_have_no_difference():
    right = np.array([1, 0, 1], bool)
    found = compare(right, right, units_of(3))
    assert (found.difference, found.interval.low, found.interval.high, found.p_value) == (0, 0, 0, 1)


def test_pairs_are_resampled_together():
    """The classifiers differ in one sample only: unpaired intervals would be much wider."""
    first = np.tile([True, False], 200)
    other = first.copy()
    other[1] = True
    found = compare(first, other, units_of(400))
    assert found.interval.low >= 0 and found.interval.high < 0.01
