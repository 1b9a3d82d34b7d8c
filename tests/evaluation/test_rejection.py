"""Risk and coverage, compared with their definition."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convpipe.evaluation.rejection import risk_coverage


def some(seed: int, n=40, digits=1):
    """Probabilities with few distinct values, so that many are equal."""
    random = np.random.default_rng(seed)
    probabilities = random.dirichlet((0.5, 0.5, 0.5), n).round(digits) + 0.01
    return random.integers(0, 3, n), probabilities / probabilities.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("seed", range(5))
def test_the_coverage_is_that_of_the_best_threshold(seed):
    labels, probabilities = some(seed)
    confidence, wrong = probabilities.max(axis=1), probabilities.argmax(axis=1) != labels
    found = risk_coverage(labels, probabilities)
    for risk in (0.01, 0.05, 0.3, 0.5, 1.0):
        kept = [confidence >= threshold for threshold in np.unique(confidence)]
        expected = max([each.mean() for each in kept if wrong[each].mean() <= risk], default=0.0)
        assert found.coverage_at(risk) == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(3))
def test_the_area_is_the_mean_risk_over_orders_of_equal_confidence(seed):
    labels, probabilities = some(seed, n=12)
    confidence, wrong = probabilities.max(axis=1), probabilities.argmax(axis=1) != labels
    random, areas, kept = np.random.default_rng(0), [], np.arange(1, 13)
    for _ in range(3000):
        order = np.lexsort((random.random(12), -confidence))
        areas.append(np.mean(np.cumsum(wrong[order]) / kept))
    assert risk_coverage(labels, probabilities).area == pytest.approx(np.mean(areas), abs=0.005)


@given(st.integers(0, 10_000), st.integers(1, 30))
@settings(max_examples=50, deadline=None)
def test_full_coverage_has_the_error_rate_and_coverage_grows_with_risk(seed, n):
    labels, probabilities = some(seed, n)
    found = risk_coverage(labels, probabilities)
    error = np.mean(probabilities.argmax(axis=1) != labels)
    assert found.risk[-1] == pytest.approx(error) and found.coverage[-1] == 1 and found.threshold[-1]
    assert 0 <= found.coverage_at(0.01) <= found.coverage_at(0.05) <= found.coverage_at(1) == 1
    assert ((found.risk >= 0) & (found.risk <= 1)).all()


def test_perfect_and_useless_classifiers():
    sure = np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3]])
    assert risk_coverage(np.zeros(3, int), sure).area == 0
    worst = risk_coverage(np.ones(3, int), sure)
    assert worst.area == 1 and worst.coverage_at(0.05) == 0
