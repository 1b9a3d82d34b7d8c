"""The hand-crafted filters against their published definition."""

import keras
import numpy as np
import pytest
from keras import ops

from convpipe.convolution.reference import cross_correlate
from convpipe.models.layers.hand_crafted import HandCraftedFilters, hand_crafted_kernels, peak, trend
from convpipe.models.layers.masking import SeriesEnd, same_padding


def test_trend_kernels_alternate():
    assert trend(2).tolist() == [-1, 1]
    assert trend(8).tolist() == [-1, 1, -1, 1, -1, 1, -1, 1]


@pytest.mark.parametrize(
    ("size", "bump"), [(4, [1, 1]), (8, [0.25, 1, 1, 0.25]), (16, [1 / 16, 0.25, 9 / 16, 1, 1, 9 / 16, 0.25, 1 / 16])]
)
def test_peak_kernels_are_a_parabola_between_two_negative_ones_of_half_its_height(size, bump):
    expected = np.concatenate([-np.array(bump), 2 * np.array(bump), -np.array(bump)])
    np.testing.assert_allclose(peak(size), expected)
    assert peak(size).sum() == pytest.approx(0)


def test_there_are_six_kernels_for_rises_six_for_falls_and_five_for_peaks():
    kernels = hand_crafted_kernels()
    assert kernels.shape == (96, 1, 17) and kernels.dtype == np.float32
    np.testing.assert_array_equal(kernels[:, :, :6], -kernels[:, :, 6:12])
    lengths = [np.count_nonzero(kernels[:, 0, column]) for column in range(17)]
    assert lengths == [2, 4, 8, 16, 32, 64] * 2 + [6, 12, 24, 48, 96]


def test_each_filter_equals_a_separate_convolution_of_the_sum_of_channels():
    inputs = np.random.default_rng(0).normal(size=(2, 30, 3)).astype("float32")
    outputs = ops.convert_to_numpy(HandCraftedFilters((2, 8), (4, 8))(inputs))
    kernels = [trend(2), trend(8), -trend(2), -trend(8), peak(4), peak(8)]
    for column, kernel in enumerate(kernels):
        repeated = np.repeat(kernel[:, None, None], 3, axis=1)
        expected = cross_correlate(inputs, repeated, padding=(same_padding(len(kernel)),))[..., 0]
        np.testing.assert_allclose(outputs[..., column], np.maximum(expected, 0), atol=1e-4)


def test_padded_steps_do_not_count():
    short = np.random.default_rng(0).normal(size=(1, 12, 2)).astype("float32")
    padded = np.concatenate([short, np.full((1, 9, 2), np.nan, np.float32)], axis=1)
    alone, among = HandCraftedFilters()(short), HandCraftedFilters()(SeriesEnd()(padded))
    np.testing.assert_allclose(ops.convert_to_numpy(among)[:, :12], ops.convert_to_numpy(alone), atol=1e-4)
    assert ops.convert_to_numpy(among._keras_mask).sum() == 12


def test_the_layer_has_no_weights():
    layer = HandCraftedFilters()
    layer(np.zeros((1, 5, 1), "float32"))
    assert layer.weights == [] and layer.trainable_variables == []


def test_config_round_trip():
    layer = HandCraftedFilters((2, 4), (8,))
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    np.testing.assert_array_equal(again.kernels, layer.kernels)
    assert layer.compute_output_shape((None, 20, 3)) == (None, 20, 5)
