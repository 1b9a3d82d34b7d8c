"""M5: shapes and parameters against the table of its paper, and predictions for any length."""

import numpy as np

from convpipe import models
from convpipe.cost.model_cost import model_cost
from convpipe.errors import ConfigError
from convpipe.input_spec import InputSpec
from convpipe.models.sound.m5 import M5Settings


def network(steps=8000, **settings):
    return models.build(M5Settings(**settings), InputSpec((steps,), 1, 10))


def test_the_numbers_of_steps_are_those_of_the_paper():
    cost = model_cost(network(32_000, filters=[128, 128, 256, 512]), (32_000, 1))
    found = [row.output_shape for row in cost.rows if row.kind == "Conv1D"]
    assert found == [(8000, 128), (2000, 128), (500, 256), (125, 512)]


def test_parameters_equal_a_count_by_hand():
    kernels = 80 * 32 + 3 * 32 * 32 + 3 * 32 * 64 + 3 * 64 * 64
    assert network().count_params() == kernels + 4 * (32 + 32 + 64 + 64) + 64 * 10 + 10


def test_any_number_of_steps_gives_one_logit_per_class():
    built = network(filters=[4, 4])
    for steps in (300, 1000):
        assert built(np.zeros((2, steps, 1), "float32")).shape == (2, 10)


def test_recordings_too_short_for_the_pooling_are_refused(refused):
    with refused(ConfigError, key="model", value="m5", remedy="steps", mentions=("pooling",)):
        model_cost(network(), (100, 1))
