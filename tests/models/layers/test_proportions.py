"""The transform of MiniRocket against its definition, step by step, and networks with it."""

import subprocess
import sys
from itertools import combinations

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convpipe import models
from convpipe.input_spec import InputSpec
from convpipe.models.fixed_kernels.mini_rocket import MiniRocketSettings
from convpipe.models.layers import proportions as rocket
from convpipe.paths import PROJECT

FEATURES = 84 * 6


def integer_series(steps, channels=1, seed=0, most=None):
    """Return padded series of small integers, whose sums are exact in any order: (n, most steps, channels)."""
    random = np.random.default_rng(seed)
    batch = np.full((len(steps), most or max(steps), channels), np.nan, np.float32)
    for row, number in zip(batch, steps, strict=True):
        row[:number] = random.integers(-9, 10, (number, channels))
    return batch


def adapted(inputs, seed=0, features=FEATURES):
    layer = rocket.ProportionOfPositiveValues(inputs.shape[1], features)
    layer.build(inputs.shape)
    layer.adapt(inputs, seed)
    return layer


def transformed(layer, inputs):
    mask = ~np.isnan(inputs).all(-1)
    return keras.ops.convert_to_numpy(layer(np.nan_to_num(inputs), mask=mask))


def in_units(layer, series):
    """Scale small integers as the layer does: without rounding, since its scale is a power of two."""
    return series * float(layer.scale)


def outputs_by_hand(series, picked, dilation):
    """Compute the outputs of one kernel on one zero-padded series (steps,) from the definition."""
    result = []
    for step in range(len(series)):
        total = 0.0
        for tap in range(9):
            at = step + (tap - 4) * dilation
            value = series[at] if 0 <= at < len(series) else 0.0
            total += (2.0 if tap in picked else -1.0) * value
        result.append(total)
    return np.array(result)


def counted_by_hand(outputs, dilation, number, kernel):
    """Return the outputs that count: all for every other kernel, else those whose kernel is inside the series."""
    margin = 4 * dilation
    if (number + kernel) % 2 == 0 or len(outputs) <= 2 * margin:
        return outputs
    return outputs[margin : len(outputs) - margin]


def features_by_hand(layer, series):
    biases, result, row = keras.ops.convert_to_numpy(layer.biases), [], 0
    for number, (dilation, count) in enumerate(layer.plan.items()):
        for bias in range(row, row + count):
            for kernel, picked in enumerate(combinations(range(9), 3)):
                chosen = keras.ops.convert_to_numpy(layer.chosen)[number, kernel]
                summed = series[:, chosen == 1].sum(1)
                outputs = counted_by_hand(outputs_by_hand(summed, picked, dilation), dilation, number, kernel)
                result.append((outputs > biases[bias, kernel]).mean())
        row += count
    return np.array(result, np.float32)


@pytest.mark.parametrize(("steps", "channels"), [([33], 1), ([30, 17, 5], 1), ([20, 11], 3)])
def test_the_transform_equals_its_definition(steps, channels):
    inputs = integer_series(steps, channels)
    layer = adapted(inputs)
    found = transformed(layer, inputs)
    for row, series, number in zip(found, inputs, steps, strict=True):
        np.testing.assert_array_equal(row, features_by_hand(layer, in_units(layer, series[:number].astype(np.float64))))


def test_with_duration_features_are_relative_to_the_longest_series():
    inputs = integer_series([40, 20])
    plain, layer = adapted(inputs), rocket.ProportionOfPositiveValues(40, FEATURES, duration=True)
    layer.build(inputs.shape)
    layer.set_weights(plain.get_weights())
    shares, durations = transformed(plain, inputs), transformed(layer, inputs)
    np.testing.assert_array_equal(shares[0], durations[0])
    # Kernel 0 counts all steps at the first dilation: 20 of 40.
    assert durations[1, 0] == shares[1, 0] / 2


def test_biases_are_quantiles_of_the_outputs_that_count():
    inputs = integer_series([40])
    layer, shares = adapted(inputs), rocket.low_discrepancy(FEATURES)
    biases, row = keras.ops.convert_to_numpy(layer.biases), 0
    for number, (dilation, count) in enumerate(layer.plan.items()):
        for kernel, picked in enumerate(combinations(range(9), 3)):
            outputs = outputs_by_hand(in_units(layer, inputs[0, :, 0]), picked, dilation)
            own, shares = shares[:count], shares[count:]
            expected = np.quantile(counted_by_hand(outputs, dilation, number, kernel), own)
            np.testing.assert_allclose(biases[row : row + count, kernel], expected, rtol=1e-6)
        row += count


def test_there_are_84_kernels_with_sum_zero():
    assert len(np.unique(rocket.KERNELS, axis=0)) == 84
    assert not rocket.KERNELS.sum(axis=1).any()


@given(st.integers(1, 5000), st.integers(1, 500))
def test_dilations_divide_the_biases_and_fit_into_the_series(steps, per_kernel):
    plan = rocket.dilation_plan(steps, per_kernel)
    assert sum(plan.values()) == per_kernel and min(plan.values()) > 0
    assert min(plan) == 1 and (max(plan) * 8 < steps or list(plan) == [1])


@given(st.integers(1, 40), st.integers(0, 2**31))
def test_drawn_channels_are_one_to_nine(channels, seed):
    drawn = rocket.draw_channels(channels, 20, np.random.default_rng(seed))
    assert drawn.shape == (20, channels) and set(np.unique(drawn)) <= {0, 1}
    assert drawn.sum(1).min() >= 1 and drawn.sum(1).max() <= min(9, channels)


@pytest.mark.parametrize("channels", [1, 4])
def test_padding_and_the_batch_do_not_change_a_feature(channels):
    random = np.random.default_rng(1)
    inputs = integer_series([50, 31, 9, 3], channels)
    inputs += random.normal(size=inputs.shape).astype(np.float32)
    layer = adapted(inputs)
    together = transformed(layer, np.pad(inputs, [(0, 0), (0, 13), (0, 0)], constant_values=np.nan))
    for row, series, number in zip(together, inputs, [50, 31, 9, 3], strict=True):
        np.testing.assert_array_equal(row, transformed(layer, series[None, :number])[0])


def test_outputs_of_a_constant_series_do_not_exceed_zero():
    flat = np.full((1, 60, 1), 0.1, np.float32)
    layer = adapted(flat)
    layer.biases.assign(np.zeros(layer.biases.shape))
    exceeds, _ = next(layer.exceeding(flat))
    assert not keras.ops.convert_to_numpy(exceeds)[:, :, 4:-4].any()


@given(
    st.lists(st.floats(-1e6, 1e6, width=32), min_size=2, max_size=30), st.lists(st.floats(0, 1), min_size=1, max_size=5)
)
def test_quantiles_equal_numpy(values, shares):
    rows = np.array([values + [np.inf, np.inf], values[:2] + [np.inf] * len(values)])
    found = rocket.quantiles(rows, np.array([len(values), 2]), np.array([shares, shares]))
    for row, count in enumerate([len(values), 2]):
        expected = np.quantile(np.array(values[:count], np.float64), shares)
        np.testing.assert_allclose(found[row], expected, rtol=1e-9, atol=1e-9)


def test_same_seed_same_weights_other_seed_other_weights():
    inputs = integer_series([30] * 12, channels=5)
    first, again, other = (adapted(inputs, seed).get_weights() for seed in (3, 3, 4))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not any(np.array_equal(a, b) for a, b in zip(first[1:], other[1:], strict=True))  # all but the scale


def test_only_the_output_layer_is_trainable():
    network = built(channels=3)
    assert [weight.path for weight in network.trainable_weights] == ["logits/kernel", "logits/bias"]


def built(channels=1, steps=30, classes=3, masked=True):
    settings = MiniRocketSettings(features=FEATURES)
    return models.build(settings, InputSpec((steps,), channels, classes, masked))


def randomized(channels=2):
    """Return a network whose weights are all set."""
    network, inputs = built(channels), integer_series([30, 22, 8], channels)
    random = np.random.default_rng(0)
    network.get_layer("proportions").adapt(inputs, 0)
    network.get_layer("standardization").adapt(random.uniform(0.2, 1, (5, FEATURES)))
    network.get_layer("logits").set_weights([random.normal(size=(FEATURES, 3)), random.normal(size=3)])
    return network, inputs


@pytest.mark.slow
def test_a_fresh_process_predicts_the_same(tmp_path, threads):
    network, inputs = randomized()
    network.save(tmp_path / "network.keras")
    np.save(tmp_path / "inputs.npy", inputs)
    program = (
        "import keras, numpy, convpipe.models.layers.proportions\n"
        "network = keras.models.load_model('network.keras')\n"
        "numpy.save('logits.npy', network(numpy.load('inputs.npy')))"
    )
    paths = {"PYTHONPATH": str(PROJECT / "src"), "TF_CPP_MIN_LOG_LEVEL": "3", "PATH": ""} | threads
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=paths, check=True, capture_output=True)
    np.testing.assert_array_equal(np.load(tmp_path / "logits.npy"), network(inputs))
