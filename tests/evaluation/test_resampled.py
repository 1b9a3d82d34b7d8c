"""Metrics of resamples from counts, compared with those from the drawn samples."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convpipe.evaluation.bootstrap import Resample, Units, draws, intervals, units_of
from convpipe.evaluation.resampled import REJECTION, measured, of_resamples
from convpipe.registry import METRICS, Metric


def some(seed: int, n: int, classes: int, digits: int) -> tuple[np.ndarray, np.ndarray]:
    """Labels, in which classes may be missing, and probabilities; with few digits many of them are equal."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, random.integers(1, classes + 1), n)
    probabilities = (random.dirichlet(np.ones(classes), n) + 0.5 * np.eye(classes)[labels]).round(digits) + 1e-3
    return labels, probabilities / probabilities.sum(axis=1, keepdims=True)


def by_rows(labels: np.ndarray, probabilities: np.ndarray):
    """The reference: every metric of copies of the drawn samples."""
    return lambda resample: measured(labels[resample.rows], probabilities[resample.rows])


def assert_equal_intervals(labels: np.ndarray, probabilities: np.ndarray, units: Units, resamples: int) -> None:
    found = intervals(of_resamples(labels, probabilities, list(METRICS), rejecting=True), units, resamples)
    expected = intervals(by_rows(labels, probabilities), units, resamples)
    assert list(found) == list(expected) == [*METRICS, *REJECTION]
    for name, interval in expected.items():
        about = (found[name].low, found[name].high, found[name].undefined)
        assert about == pytest.approx((interval.low, interval.high, interval.undefined), rel=0, abs=1e-12, nan_ok=True)


@given(st.integers(0, 10_000), st.integers(1, 40), st.integers(2, 5), st.integers(1, 8), st.integers(0, 6))
@settings(max_examples=60, deadline=None)
def test_intervals_from_counts_equal_those_from_drawn_samples(seed, n, classes, digits, groups):
    names = np.array([f"g{number % groups}" for number in range(n)]) if groups else None
    assert_equal_intervals(*some(seed, n, classes, digits), units_of(n, names), 20)


@pytest.mark.parametrize("digits", [2, 12])
def test_counts_are_precise_for_many_samples_of_ten_classes(digits):
    assert_equal_intervals(*some(0, 20_000, 10, digits), units_of(20_000), 5)


def test_many_classes_are_ranked_in_chunks(monkeypatch):
    monkeypatch.setattr("convpipe.metrics.RANKS_AT_ONCE", 70)
    assert_equal_intervals(*some(1, 30, 7, 2), units_of(30), 20)


def test_plugin_metrics_receive_the_drawn_samples(monkeypatch):
    """Metrics that fail for a resample are undefined there."""
    labels, probabilities = some(3, 30, 3, 3)
    seen = []

    def mine(own, columns):
        seen.append((own.copy(), columns.copy()))
        if len(seen) == 2:
            raise ZeroDivisionError
        return own.mean()

    monkeypatch.setitem(METRICS._entries, "mine", Metric(mine, "mine"))
    units = units_of(30)
    measure = of_resamples(labels, probabilities, ["mine", "accuracy"])
    drawn = [Resample(units, each) for each in draws(units, 3)]
    found = [measure(each) for each in drawn]
    for resample, (own, columns) in zip(drawn, seen, strict=True):
        assert np.array_equal(own, labels[resample.rows])
        assert np.array_equal(columns, probabilities[resample.rows])
    assert [math.isnan(each["mine"]) for each in found] == [False, True, False]
    assert all(list(each) == ["mine", "accuracy"] and not math.isnan(each["accuracy"]) for each in found)


def test_every_builtin_metric_has_a_counted_version():
    assert [name for name in METRICS if METRICS.plugin_of(name) is None and METRICS[name].counted is None] == []
