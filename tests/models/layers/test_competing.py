"""The layer of Hydra against its definition, step by step."""

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convpipe.models.layers import competing
from convpipe.models.layers.competing import CompetingKernels


def series_of(steps, channels=1, seed=0):
    """Return random series (n, most steps, channels), NaN after the end of each."""
    random = np.random.default_rng(seed)
    batch = np.full((len(steps), max(steps), channels), np.nan, np.float32)
    for row, number in zip(batch, steps, strict=True):
        row[:number] = random.normal(size=(number, channels))
    return batch


def adapted(inputs, seed=0, duration=False):
    layer = CompetingKernels(inputs.shape[1], groups=4, duration=duration)
    layer.build(inputs.shape)
    layer.adapt(inputs, seed)
    return layer


def features_by_hand(layer, series):
    """Compute the features of one series (steps, channels) from the definition."""
    kernels, chosen = (keras.ops.convert_to_numpy(each).astype(np.float64) for each in (layer.kernels, layer.chosen))
    whole = np.round(series.astype(np.float64) * float(layer.scale))
    found = []
    for number, dilation in enumerate(layer.dilations):
        for form, values in enumerate([whole, np.diff(whole, axis=0)]):
            soft, hard = np.zeros((2, layer.groups // 2, 8))
            for group in range(layer.groups // 2):
                added = np.pad(values @ chosen[number, form, group], 4 * dilation)
                for step in range(len(values)):
                    seen = added[step : step + 8 * dilation + 1 : dilation]
                    outputs = kernels[number, form, group] @ seen
                    soft[group, outputs == outputs.max()] += max(outputs.max(), 0)
                    hard[group, outputs == outputs.min()] += 1
            divisor = max(1, layer.steps - form if layer.duration else len(values))
            found += [np.sqrt(soft / divisor).ravel(), np.sqrt(hard / divisor).ravel()]
    return np.concatenate(found)


@pytest.mark.parametrize("duration", [False, True])
@pytest.mark.parametrize(("steps", "channels"), [([33], 1), ([30, 17, 1], 1), ([20, 11], 5)])
def test_the_layer_equals_its_definition(steps, channels, duration):
    inputs = series_of(steps, channels)
    layer = adapted(inputs, duration=duration)
    found = keras.ops.convert_to_numpy(layer(np.nan_to_num(inputs), mask=~np.isnan(inputs).all(-1)))
    for row, series, number in zip(found, inputs, steps, strict=True):
        # Sums of outputs have only float32 accuracy.
        np.testing.assert_allclose(row, features_by_hand(layer, series[:number]), rtol=1e-5)


@given(st.integers(0, 2**31))
def test_kernels_are_integers_with_sum_zero(seed):
    kernels = competing.draw_kernels((3, 8), np.random.default_rng(seed))
    assert np.array_equal(kernels, np.round(kernels)) and not kernels.sum(-1).any()
    assert 2 * np.abs(kernels).sum(-1).max() <= CompetingKernels.kernel_sum


@given(st.integers(2, 40), st.integers(0, 2**31))
def test_a_group_adds_at_most_eight_channels(channels, seed):
    layer = CompetingKernels(20)
    layer.channels = channels
    drawn = competing.draw_channels(channels, 20, np.random.default_rng(seed))
    assert (drawn.sum(1) == layer.added_channels).all() and layer.added_channels <= 8


@given(st.integers(1, 5000))
def test_dilated_kernels_fit_into_the_series(steps):
    dilations = competing.powers_of_two(steps)
    assert dilations[0] == 1 and (8 * dilations[-1] < steps or dilations == [1])
    assert 16 * dilations[-1] >= steps


def test_same_seed_same_kernels_other_seed_other_kernels():
    inputs = series_of([30] * 4, channels=5)
    first, again, other = (adapted(inputs, seed) for seed in (3, 3, 4))
    assert np.array_equal(first.kernels, again.kernels) and np.array_equal(first.chosen, again.chosen)
    assert not np.array_equal(first.kernels, other.kernels) and not np.array_equal(first.chosen, other.chosen)
