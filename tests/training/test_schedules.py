"""Learning rate schedules against arithmetic."""

import keras
import numpy as np
import pytest

from convpipe.config import Training
from convpipe.training.schedules import OneCycle, learning_rate


def rates(settings: Training, steps: int, at) -> np.ndarray:
    schedule = learning_rate(settings, steps)
    return np.array([float(keras.ops.convert_to_numpy(schedule(step))) for step in at])


def test_one_cycle_rises_from_a_25th_of_its_peak_and_falls_to_a_10_000th():
    settings = Training(lr_schedule="one_cycle", learning_rate=0.5, warmup=0.2)
    course = rates(settings, 100, [0, 10, 20, 60, 100, 1000])
    halfway_up, halfway_down = (0.02 + 0.5) / 2, (0.5 + 0.00005) / 2
    np.testing.assert_allclose(course, [0.02, halfway_up, 0.5, halfway_down, 0.00005, 0.00005], rtol=1e-3)


def test_one_cycle_rises_then_falls_without_a_jump():
    course = rates(Training(learning_rate=1.0, warmup=0.3), 50, range(51))
    assert course.argmax() == 15 and (np.diff(course)[:15] > 0).all() and (np.diff(course)[15:] < 0).all()
    assert np.abs(np.diff(course)).max() < 0.11


def test_cosine_rises_linearly_and_falls_along_half_a_cosine():
    settings = Training(lr_schedule="cosine", learning_rate=0.4, warmup=0.1)
    course = rates(settings, 100, [0, 5, 10, 55, 100])
    np.testing.assert_allclose(course, [0, 0.2, 0.4, 0.2, 0], atol=1e-6)


@pytest.mark.parametrize("schedule", ["cosine", "one_cycle"])
def test_without_warm_up_the_first_steps_are_at_the_peak(schedule):
    course = rates(Training(lr_schedule=schedule, learning_rate=0.4, warmup=0.0), 100, [1, 99])
    np.testing.assert_allclose(course, [0.4, 0], atol=1e-3)


def test_a_constant_learning_rate_is_a_number():
    assert learning_rate(Training(lr_schedule="constant", learning_rate=0.3), 10) == 0.3


def test_one_cycle_can_be_saved():
    schedule = OneCycle(0.1, 50, 0.3)
    again = keras.optimizers.schedules.deserialize(keras.optimizers.schedules.serialize(schedule))
    assert vars(again) == vars(schedule)
