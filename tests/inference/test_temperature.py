"""Temperature scaling of probabilities, compared with softmax of divided logits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax

from convpipe.inference.temperature import scaled

TEMPERATURES = st.floats(0.01, 100)


def test_the_temperature_divides_the_logits_of_a_single_network():
    logits = np.random.default_rng(0).normal(0, 3, (50, 4))
    probabilities = softmax(logits, axis=1).astype(np.float32)
    np.testing.assert_allclose(scaled(probabilities, 2.5), softmax(logits / 2.5, axis=1), rtol=1e-5)


def test_a_temperature_of_one_changes_nothing():
    probabilities = np.array([[0.25, 0.75]], np.float32)
    assert scaled(probabilities, 1.0) is probabilities


@given(st.lists(st.floats(0, 1, width=32), min_size=2, max_size=5).filter(any), TEMPERATURES)
def test_the_predicted_class_stays_and_rows_sum_to_one(row, temperature):
    probabilities = np.array([row], np.float32)
    probabilities /= probabilities.sum()
    found = scaled(probabilities, temperature)
    assert found.dtype == np.float32 and np.isfinite(found).all()
    assert found.argmax() == probabilities.argmax()
    np.testing.assert_allclose(found.sum(), 1, rtol=1e-5)


@pytest.mark.parametrize("temperature", [2.0, 50.0])
def test_neighboring_numbers_are_not_a_tie(temperature):
    low = np.float32(0.3)
    probabilities = np.array([[low, np.nextafter(low, np.float32(1)), 0.4]], np.float32)[:, :2]
    assert scaled(probabilities, temperature).argmax() == 1


def test_impossible_classes_have_finite_probabilities():
    assert np.isfinite(scaled(np.array([[1.0, 0.0]], np.float32), 30.0)).all()
