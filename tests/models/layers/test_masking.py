"""Every masking layer in a padded batch against NumPy on each series by itself."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import layers, ops

from convpipe.convolution.reference import cross_correlate
from convpipe.models.layers.masking import (
    Conv1D,
    FixedSteps,
    LastStep,
    MaxPooling1D,
    SegmentAverage,
    SeparableConv1D,
    SeriesEnd,
    most_steps,
    same_padding,
)

CHANNELS = 3
STEPS = (11, 7, 4, 1)


def series(steps, seed=0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(steps, CHANNELS)).astype("float32")


def batch_of(several) -> np.ndarray:
    """Return a padded batch (batch, most steps, channels), NaN after the end of each series."""
    padded = np.full((len(several), max(map(len, several)), several[0].shape[1]), np.nan, np.float32)
    for row, each in zip(padded, several, strict=True):
        row[: len(each)] = each
    return padded


def through(layer, several) -> list[np.ndarray]:
    """Return the output of `layer` for each series of a padded batch, without padding."""
    masked = SeriesEnd()(batch_of(several))
    outputs = layer(masked)
    mask = keras.tree.map_structure(ops.convert_to_numpy, outputs._keras_mask)
    return [row[inside] for row, inside in zip(ops.convert_to_numpy(outputs), mask, strict=True)]


def convolved(each: np.ndarray, layer, kernel_size: int, strides: int, dilation: int, padding: str) -> np.ndarray:
    """Return the outputs for one series by itself that start inside it."""
    extent = dilation * (kernel_size - 1) + 1
    if padding == "valid" and len(each) < extent:
        return np.empty((0, layer.filters))
    pads = {"valid": (0, 0), "causal": (extent - 1, 0), "same": same_padding(extent)}[padding]
    kernel, bias = (ops.convert_to_numpy(weight).astype("float64") for weight in layer.weights)
    return cross_correlate(each[None], kernel, strides=strides, dilation=dilation, padding=(pads,), bias=bias)[0]


@pytest.mark.parametrize("padding", ["same", "valid", "causal"])
@pytest.mark.parametrize(
    ("kernel_size", "strides", "dilation"), [(1, 1, 1), (3, 1, 1), (4, 2, 1), (5, 3, 1), (3, 1, 2)]
)
def test_convolution_of_each_series_in_a_padded_batch(padding, kernel_size, strides, dilation):
    several = [series(steps, seed) for seed, steps in enumerate(STEPS)]
    layer = Conv1D(
        2, kernel_size, strides=strides, dilation_rate=dilation, padding=padding, bias_initializer="random_normal"
    )
    outputs = through(layer, several)
    for each, output in zip(several, outputs, strict=True):
        expected = convolved(each, layer, kernel_size, strides, dilation, padding)
        assert output.shape == expected.shape
        np.testing.assert_allclose(output, expected, atol=1e-5)


@given(
    kernel_size=st.integers(1, 6), strides=st.integers(1, 4), dilation=st.integers(1, 3), steps=st.integers(1, 40),
    padding=st.sampled_from(["same", "causal", "valid"]),
)  # fmt: skip
@settings(deadline=None, max_examples=60)
def test_number_of_outputs(kernel_size, strides, dilation, steps, padding):
    if strides > 1:
        dilation = 1
    extent = dilation * (kernel_size - 1) + 1
    if padding == "valid" and steps < extent:
        steps += extent
    layer = Conv1D(1, kernel_size, strides=strides, dilation_rate=dilation, padding=padding)
    expected = -(-(steps - extent + 1 if padding == "valid" else steps) // strides)
    inputs = np.zeros((1, steps, 1), "float32")
    assert layer(inputs).shape == (1, expected, 1) == tuple(layer.compute_output_shape((1, steps, 1)))


def test_same_padding_before_a_series_does_not_depend_on_its_number_of_steps():
    layer = Conv1D(2, 4, strides=3, padding="same")
    whole = ops.convert_to_numpy(layer(series(20)[None]))[0]
    for steps in range(8, 20):
        part = ops.convert_to_numpy(layer(series(20)[None, :steps]))[0]
        # Outputs whose window ends inside the shorter series do not depend on later steps.
        complete = (steps + 1 - 4) // 3 + 1
        np.testing.assert_allclose(part[:complete], whole[:complete], atol=1e-6)


@pytest.mark.parametrize(("extent", "pads"), [(1, (0, 0)), (2, (0, 1)), (3, (1, 1)), (8, (3, 4)), (9, (4, 4))])
def test_same_padding_by_hand(extent, pads):
    assert same_padding(extent) == pads


@pytest.mark.parametrize(("kernel_size", "dilation"), [(3, 1), (4, 2), (5, 4)])
def test_separable_convolution_of_each_series_in_a_padded_batch(kernel_size, dilation):
    several = [series(steps, seed) for seed, steps in enumerate(STEPS)]
    layer = SeparableConv1D(4, kernel_size, dilation_rate=dilation, padding="same", use_bias=False)
    outputs = through(layer, several)
    depthwise, pointwise = (ops.convert_to_numpy(weight) for weight in layer.weights)
    pads = same_padding(dilation * (kernel_size - 1) + 1)
    for each, output in zip(several, outputs, strict=True):
        # A depthwise kernel is (kernel_size, channels, 1): each filter uses its own channel.
        kernel = np.moveaxis(depthwise, 1, 2)
        deep = cross_correlate(each[None], kernel, dilation=dilation, padding=(pads,), groups=CHANNELS)
        np.testing.assert_allclose(output, (deep @ pointwise[0])[0], atol=1e-5)


@pytest.mark.parametrize(("size", "strides", "padding"), [(2, 2, "valid"), (3, 1, "same"), (3, 2, "valid")])
def test_maximum_of_each_series_in_a_padded_batch(size, strides, padding):
    several = [series(steps, seed) - 5 for seed, steps in enumerate(STEPS)]  # negative, below the zeros of the padding
    outputs = through(MaxPooling1D(size, strides=strides, padding=padding), several)
    for each, output in zip(several, outputs, strict=True):
        if padding == "same":
            before, after = same_padding(size)
            each = np.pad(each, ((before, after), (0, 0)), constant_values=-np.inf)
        starts = range(0, len(each) - size + 1, strides)
        expected = [each[start : start + size].max(axis=0) for start in starts]
        np.testing.assert_array_equal(output, np.reshape(expected, (-1, CHANNELS)))


@pytest.mark.parametrize("segments", [1, 2, 3, 4])
def test_average_over_equal_parts_of_each_series(segments):
    several = [series(steps, seed) for seed, steps in enumerate(STEPS)]
    outputs = ops.convert_to_numpy(SegmentAverage(segments)(SeriesEnd()(batch_of(several))))
    for each, output in zip(several, outputs, strict=True):
        places = (np.arange(len(each)) + 0.5) * segments // len(each)
        parts = [each[places == part] for part in range(segments)]
        expected = [part.mean(axis=0) if len(part) else np.zeros(CHANNELS) for part in parts]
        np.testing.assert_allclose(output, np.concatenate(expected), atol=1e-6)


@pytest.mark.parametrize("segments", [1, 2, 5])
def test_average_without_a_mask_equals_that_with_a_full_mask(segments):
    inputs = np.stack([series(10, 0), series(10, 1)])
    plain, masked = SegmentAverage(segments)(inputs), SegmentAverage(segments)(SeriesEnd()(inputs))
    expected = inputs.reshape(2, segments, -1, CHANNELS).mean(axis=2).reshape(2, -1)
    np.testing.assert_allclose(ops.convert_to_numpy(plain), expected, atol=1e-6)
    np.testing.assert_allclose(ops.convert_to_numpy(masked), expected, atol=1e-6)


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_average_over_many_steps_is_accurate_in_half_precision(precision):
    several = [1 + series(1000, 1), 1 + series(901, 2)]
    outputs = SegmentAverage(2, dtype=precision)(SeriesEnd(dtype=precision)(batch_of(several)))
    expected = [np.concatenate([half.mean(axis=0) for half in np.array_split(each, 2)]) for each in several]
    np.testing.assert_allclose(ops.convert_to_numpy(ops.cast(outputs, "float32")), expected, rtol=0.01)


def test_last_step_of_each_series():
    several = [series(steps, seed) for seed, steps in enumerate(STEPS)]
    outputs = ops.convert_to_numpy(LastStep()(SeriesEnd()(batch_of(several))))
    np.testing.assert_array_equal(outputs, [each[-1] for each in several])
    np.testing.assert_array_equal(ops.convert_to_numpy(LastStep()(series(5)[None])), series(5)[None, -1])


def test_fixed_steps_pads_with_zeros_and_flattens():
    several = [series(4, 0), series(2, 1)]
    layer = FixedSteps(6)
    outputs = ops.convert_to_numpy(layer(batch_of(several)))
    expected = [np.concatenate([each.ravel(), np.zeros((6 - len(each)) * CHANNELS)]) for each in several]
    np.testing.assert_array_equal(outputs, np.array(expected, "float32"))
    assert layer.compute_output_shape((None, 4, CHANNELS)) == (None, 6 * CHANNELS)


def test_series_end_gives_zeros_and_a_mask():
    several = [series(3, 0), series(5, 1)]
    outputs = SeriesEnd()(batch_of(several))
    assert ops.convert_to_numpy(outputs._keras_mask).sum(axis=1).tolist() == [3, 5]
    np.testing.assert_array_equal(ops.convert_to_numpy(outputs)[0, 3:], 0)


def test_most_steps_is_known_if_the_network_fixes_it():
    inputs = keras.Input((None, 1))
    assert most_steps(keras.Model(inputs, FixedSteps(9)(inputs))) == 9
    assert most_steps(keras.Model(inputs, SegmentAverage()(inputs))) is None


@pytest.mark.parametrize(
    "layer",
    [
        Conv1D(2, 4, strides=2, padding="same"),
        SeparableConv1D(2, 4, padding="same"),
        MaxPooling1D(2),
        SegmentAverage(3),
        LastStep(),
        FixedSteps(12),
        SeriesEnd(),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_config_round_trip(layer):
    inputs = series(12)[None]
    expected = layer(inputs)
    described = keras.saving.serialize_keras_object(layer)
    again = keras.saving.deserialize_keras_object(described)
    assert type(again) is type(layer) and isinstance(again, layers.Layer)
    assert again.get_config() == layer.get_config()
    again(inputs)
    again.set_weights(layer.get_weights())
    np.testing.assert_array_equal(ops.convert_to_numpy(again(inputs)), ops.convert_to_numpy(expected))
