"""Conclusions from artificial tables."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ttest_rel

from convpipe.experiment.comparison.statistics import INTERVAL, Row, conclusion, differences
from convpipe.experiment.comparison.variants import Variant

ONE, TWO, THREE = (Variant(name, "cnn1d") for name in ("One", "Two", "Three"))
AGAIN = Variant("Again", "cnn2d", "height_one", "One")


def row(variant, *accuracies, **measured):
    return Row(variant, dict(enumerate(accuracies)), measured)


def costs(parameters=10, multiply_adds=100, seconds=1.0, lowest=None, highest=None):
    times = {"seconds_a_step": seconds, "seconds_a_step_lowest": lowest or seconds}
    return {
        "parameters": parameters,
        "multiply_adds": multiply_adds,
        **times,
        "seconds_a_step_highest": highest or seconds,
    }


def text_of(*rows):
    return "\n".join(conclusion(list(rows)))


def test_a_clear_difference_over_seeds_is_reported_with_its_size():
    text = text_of(row(ONE, 0.70, 0.71, 0.69, 0.70), row(TWO, 0.90, 0.90, 0.90, 0.91))
    assert text.startswith("Accuracy on the test part: Two is more accurate than One (+0.2025 ± ")
    assert text.endswith(f", 4 seeds). {INTERVAL}")


def test_a_difference_within_the_spread_is_not_significant():
    text = text_of(row(ONE, 0.70, 0.80, 0.90), row(TWO, 0.90, 0.80, 0.73))
    assert "more accurate" not in text
    assert "no significant difference between" in text


@pytest.mark.parametrize("seeds", [1, 2])
def test_accuracies_of_fewer_than_three_seeds_are_not_compared(seeds):
    text = text_of(row(ONE, *[0.1] * seeds), row(TWO, *[0.9] * seeds))
    assert "3 seeds" in text and "more accurate" not in text and "One" not in text and "0.8" not in text


def test_only_seeds_that_both_finished_count():
    one, two = row(ONE, 0.1, 0.1, 0.1, 0.1), Row(TWO, {0: 0.9, 1: 0.9, 7: 0.9, 8: 0.9})
    assert differences([one, two]) == []
    two.accuracies[3] = 0.9
    (found,) = differences([one, two])
    assert (found.one, found.seeds, round(found.by, 12), found.significant) == ("Two", 3, 0.8, True)


def test_pairs_with_too_few_seeds_are_mentioned():
    text = text_of(row(ONE, 0.1, 0.1, 0.2), row(TWO, 0.9, 0.9, 0.9), row(THREE, 0.5))
    assert "Two is more accurate than One" in text
    assert text.endswith(f"the other pairs share fewer than 3 seeds and are not compared. {INTERVAL}")
    assert "Three" not in text


def test_equal_accuracies_without_spread_are_not_different():
    text = text_of(row(ONE, 1.0, 1.0, 1.0), row(TWO, 1.0, 1.0, 1.0))
    assert "no significant difference" in text and "(+0.0000 ± 0.0000, 3 seeds)" in text


def test_a_rounding_error_is_not_a_difference():
    (found,) = differences([row(ONE, 0.3, 0.3, 0.3), row(TWO, *[0.1 + 0.2] * 3)])
    assert not found.significant


def test_a_network_without_a_finished_run_is_not_compared():
    for one in (row(ONE, 0.9, 0.9, 0.9), row(ONE)):
        text = text_of(one, row(TWO))
        assert "fewer than two" in text and "One" not in text and "more accurate" not in text


def test_the_validation_part_is_named():
    rows = [row(ONE, 0.1, 0.1, 0.2), row(TWO, 0.9, 0.9, 0.9)]
    for each in rows:
        each.part = "validation"
    assert text_of(*rows).startswith("Accuracy on the validation part: ")


def test_the_accuracy_of_an_equivalent_network_is_not_compared():
    rows = [row(ONE, 0.1, 0.1, 0.2), row(AGAIN, 0.9, 0.9, 0.9)]
    assert differences(rows) == [] and text_of(*rows) == ""


@given(st.integers(0, 10**6), st.integers(3, 8), st.floats(-0.1, 0.1))
def test_two_networks_differ_exactly_if_the_paired_t_test_is_significant(seed, seeds, shift):
    random = np.random.default_rng(seed)
    one, two = random.normal(0.8, 0.02, seeds), random.normal(0.8 + shift, 0.02, seeds)
    (found,) = differences([row(ONE, *one), row(TWO, *two)])
    assert found.significant == (ttest_rel(one, two).pvalue < 0.05)
    assert found.one == ("One" if one.mean() >= two.mean() else "Two")


@given(st.integers(0, 10**6))
def test_three_networks_need_a_larger_difference_than_two(seed):
    random = np.random.default_rng(seed)
    values = random.normal(0.8, 0.02, (3, 4)) + [[0], [0.03], [0.06]]
    found = differences([row(variant, *each) for variant, each in zip((ONE, TWO, THREE), values, strict=True)])
    p = [ttest_rel(values[a], values[b]).pvalue for a, b in ((0, 1), (0, 2), (1, 2))]
    assert [each.significant for each in found] == [each < 0.05 / 3 for each in p]


@given(st.lists(st.lists(st.floats(0, 1), max_size=6), min_size=2, max_size=3))
def test_every_table_of_accuracies_gives_a_sentence(table):
    text = text_of(*(row(variant, *each) for variant, each in zip((ONE, TWO, THREE), table, strict=False)))
    assert text.startswith("Accuracy") and text.endswith((".", INTERVAL)) and "nan" not in text
    if max(map(len, table)) < 3:
        assert "more accurate" not in text


# --- what repeats another ---------------------------------------------------------------------------------------


def test_an_equivalent_network_is_reported_with_its_difference():
    shown = {"largest_difference": 2.5e-7, "compared_samples": 200, "compared_networks": 5}
    text = text_of(row(ONE, 0.5, 0.5), row(AGAIN, 0.5, 0.5, **costs(), **shown))
    assert "Again with the weights of One gives the same outputs (relative difference at most 2.5e-07)" in text
    assert "for 200 samples and 5 trained networks." in text


def test_an_equivalent_network_without_a_measurement_is_not_mentioned():
    assert "same outputs" not in text_of(row(ONE, 0.5), row(AGAIN, **costs()))


# --- costs ------------------------------------------------------------------------------------------------------


def test_costs_are_ratios_of_measurements():
    text = text_of(row(ONE, 0.5, **costs(10, 100, 0.002)), row(TWO, 0.5, **costs(50, 100, 0.006)))
    assert (
        "Compared with One, Two has 5 times the parameters and the same number of multiply-adds; "
        "a step took 3 times as long" in text
    )
    assert "(6 ms against 2 ms)" in text


def test_times_with_overlapping_rounds_do_not_differ():
    slow, slower = costs(seconds=0.002, lowest=0.001, highest=0.004), costs(seconds=0.003, lowest=0.002, highest=0.005)
    assert "the times per step overlap (3 ms against 2 ms)" in text_of(row(ONE, **slow), row(TWO, **slower))


def test_costs_without_measurements_are_not_mentioned():
    assert "Compared with" not in text_of(row(ONE, 0.5), row(TWO, 0.5, **costs()))


@given(*[st.lists(st.floats(1e-4, 1), min_size=3, max_size=3).map(sorted)] * 2)
def test_longer_times_are_reported_only_if_all_rounds_agree(one, two):
    text = text_of(
        *(row(variant, **costs(seconds=s[1], lowest=s[0], highest=s[2])) for variant, s in ((ONE, one), (TWO, two)))
    )
    assert ("times as long" in text) == (one[0] > two[2] or two[0] > one[2])


def test_the_spread_is_the_sample_standard_deviation():
    assert math.isclose(row(ONE, 0.5, 0.7, 0.9).spread, np.std([0.5, 0.7, 0.9], ddof=1))
    assert row(ONE, 0.5).spread is None and row(ONE).accuracy is None
