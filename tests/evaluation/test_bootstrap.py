"""Bootstrap intervals, compared with the normal distribution, scipy's bootstrap and their definition."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from convpipe.evaluation.bootstrap import Resample, Units, draws, intervals, mean_interval, percentiles, units_of


def test_groups_come_before_recordings_and_recordings_before_samples():
    groups, recordings = np.array(["a", "a", "b", "b"]), np.array(["p", "q", "q", "r"])
    assert str(units_of(4, groups, recordings)) == "2 groups"
    assert str(units_of(4, None, recordings)) == "3 recordings"
    assert str(units_of(4, np.array(["a"] * 4), recordings)) == "3 recordings", "a single group cannot be drawn"
    assert str(units_of(4)) == "4 samples"


def test_with_many_samples_the_interval_is_that_of_the_normal_distribution():
    values = np.repeat([0.0, 1.0], [300, 700])
    found = mean_interval(values, units_of(1000), 2000)
    half = 1.96 * (0.3 * 0.7 / 1000) ** 0.5
    assert abs(found.low - (0.7 - half)) < 0.003 and abs(found.high - (0.7 + half)) < 0.003


def test_intervals_equal_those_of_scipy():
    values = np.random.default_rng(5).exponential(1, 60)
    found = intervals(lambda resample: {"spread": float(values[resample.rows].std())}, units_of(60), 4000)["spread"]
    random = np.random.default_rng(6)
    expected = stats.bootstrap([values], np.std, n_resamples=4000, method="percentile", random_state=random)
    assert found.low == pytest.approx(expected.confidence_interval.low, abs=0.03)
    assert found.high == pytest.approx(expected.confidence_interval.high, abs=0.03)


@given(st.lists(st.integers(0, 3), min_size=2, max_size=30), st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_resamples_have_whole_units_and_equal_means_by_rows_and_counts(names, random):
    units = units_of(len(names), np.array([f"g{name}" for name in names]))
    values = np.array([random.random() for _ in names])

    def mean(resample: Resample) -> dict:
        assert np.array_equal(resample.counts, np.bincount(resample.rows, minlength=len(names)))
        for unit in range(units.count):
            times = {*resample.counts[units.owners == unit].tolist()}
            assert times == {int(np.sum(resample.drawn == unit))}, "a unit is drawn as a whole"
        return {"mean": float(values[resample.rows].mean())}

    found, expected = intervals(mean, units, 40)["mean"], mean_interval(values, units, 40)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


def test_every_call_draws_the_same_units():
    units = units_of(20)
    assert all(np.array_equal(one, other) for one, other in zip(draws(units, 5), draws(units, 5), strict=True))


def test_undefined_resamples_are_counted_and_left_out():
    found = percentiles(np.array([np.nan, 1.0, 2.0, np.inf]))
    assert (found.undefined, found.low, found.high) == (2, 1.025, 1.975)
    nothing = percentiles(np.array([np.nan, np.nan]))
    assert math.isnan(nothing.low) and nothing.undefined == 2


@pytest.mark.parametrize(("units", "least"), [(Units("groups", np.repeat([0, 1], 100)), 0.85), (units_of(200), 0)])
def test_similar_samples_in_groups_widen_the_interval(units, least):
    found = mean_interval(np.repeat([0.0, 1.0], 100), units)
    assert found.high - found.low > least


@pytest.mark.slow
def test_nineteen_of_twenty_intervals_contain_the_true_mean():
    random, held = np.random.default_rng(1), 0
    for _ in range(200):
        found = mean_interval((random.random(80) < 0.8).astype(float), units_of(80), 300)
        held += found.low <= 0.8 <= found.high
    assert 0.89 <= held / 200 <= 0.99
