"""Input transforms: outputs against NumPy, networks with a transform, and equivalent networks."""

from dataclasses import replace

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convpipe.cost.model_cost import model_cost
from convpipe.errors import ConfigError
from convpipe.experiment.comparison.profiling import copy_weights
from convpipe.input_spec import InputSpec, SpectrogramSpec, TokenTable
from convpipe.models import TRANSFORMS, build
from convpipe.models.conv1d.cnn1d import Cnn1dSettings
from convpipe.models.conv2d.cnn2d import Cnn2dSettings
from convpipe.models.layers import import_all
from convpipe.models.layers.input_transforms import (
    EPSILON,
    FullWidthConv2D,
    LogSpectrogram,
    kernel_size_for,
    pool_size_for,
    transformed_input,
)
from convpipe.models.text.text_cnn import TextCnnSettings

ONE = {"filters": [3, 4], "kernel_sizes": [3, 3], "strides": [1, 1], "pooling": [2, 1]}
SIZES = {1: (40,), 2: (8, 6), 3: (5, 6, 7)}
MODEL_OF = {
    "as_image": Cnn2dSettings,
    "height_one": Cnn2dSettings,
    "spectrogram": Cnn2dSettings,
    "middle_slice": Cnn2dSettings,
    "rows": Cnn1dSettings,
    "middle_line": Cnn1dSettings,
}


def samples(*shape):
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def network_with(transform, spec=None):
    """Return a network with an input transform, and the spec of its samples."""
    spec = spec or InputSpec(SIZES[TRANSFORMS[transform].input_axes], 2, 3)
    return build(MODEL_OF[transform](**ONE, input_transform=transform), spec), spec


def transformed(transform, inputs):
    spec = InputSpec(inputs.shape[1:-1], inputs.shape[-1], 3, transform=transform)
    return keras.ops.convert_to_numpy(keras.Model(*transformed_input(spec, transform))(inputs))


# --- outputs ----------------------------------------------------------------------------------------------------


def test_transforms_only_rearrange_values():
    series, images, volumes = samples(2, 40, 3), samples(2, 8, 6, 2), samples(2, 5, 6, 7, 2)
    np.testing.assert_array_equal(transformed("as_image", series), series[..., None])
    np.testing.assert_array_equal(transformed("height_one", series), series[:, None])
    rows = transformed("rows", images)
    assert rows.shape == (2, 8, 12)
    np.testing.assert_array_equal(rows[1, 3], images[1, 3].ravel())
    np.testing.assert_array_equal(transformed("middle_slice", volumes), volumes[:, 2])
    np.testing.assert_array_equal(transformed("middle_line", volumes), volumes[:, 2, 3])


@given(st.integers(24, 80), st.integers(1, 3))
def test_spectrogram_is_the_windowed_fourier_transform_of_each_channel(steps, channels):
    series = samples(2, steps, channels)
    layer = LogSpectrogram(8, 2)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(8) / 8)
    starts = range(0, steps - 7, 2)
    frames = np.stack([series[:, start : start + 8] for start in starts], axis=1) * window[:, None]
    power = np.abs(np.fft.rfft(frames, axis=2)) ** 2 / np.square(window).sum()
    np.testing.assert_allclose(layer(series), np.log1p(power / EPSILON), rtol=1e-3, atol=1e-3)
    assert layer.compute_output_shape(series.shape) == (2, len(starts), 5, channels)


@pytest.mark.parametrize("steps, frame_length", [(24, 4), (64, 8), (150, 16), (300, 32), (1460, 128)])
def test_a_frame_is_a_power_of_two_that_fits_eight_times(steps, frame_length):
    layer = LogSpectrogram.for_spec(InputSpec((steps,), 1, 2))
    assert (layer.frame_length, layer.hop_length) == (frame_length, frame_length // 4)


def test_series_shorter_than_a_frame_are_refused(refused):
    with refused(ConfigError, key="model.input_transform", value="spectrogram", mentions=(8, 5)):
        LogSpectrogram(8, 2).compute_output_shape((None, 5, 1))


# --- networks with a transform ----------------------------------------------------------------------------------


def test_every_transform_is_tested_with_a_model():
    assert MODEL_OF.keys() == TRANSFORMS.keys()


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_every_transform_gives_a_network_with_known_costs_that_can_be_saved(transform, tmp_path):
    network, spec = network_with(transform)
    inputs = samples(4, *spec.sizes, spec.channels)
    logits = keras.ops.convert_to_numpy(network(inputs))
    assert logits.shape == (4, 3) and np.isfinite(logits).all()
    cost = model_cost(network, inputs.shape[1:])
    assert cost.uncounted == () and len(cost.receptive_field) == TRANSFORMS[transform].output_axes
    network.save(tmp_path / "network.keras")
    import_all()
    again = keras.models.load_model(tmp_path / "network.keras")
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(again(inputs)), logits)


@pytest.mark.parametrize("transform, other", [("rows", 3), ("middle_line", 2), ("as_image", 2), ("middle_slice", 1)])
def test_samples_with_other_axes_are_refused(transform, other, refused):
    with refused(ConfigError, key="model.input_transform", value=transform, remedy="model.input_transform=null"):
        network_with(transform, InputSpec(SIZES[other], 2, 3))


def test_series_of_unequal_length_are_refused(refused):
    with refused(ConfigError, key="model.input_transform", value="as_image", remedy="window.seconds"):
        network_with("as_image", InputSpec((40,), 2, 3, masked=True))


def test_unknown_transform_is_refused(refused):
    with refused(ConfigError, mentions=("model.input_transform=row", "did you mean rows")):
        Cnn1dSettings(input_transform="row")


def test_kernels_too_large_for_a_transform_are_refused(refused):
    settings = Cnn1dSettings(**ONE | {"kernel_sizes": [9, 9]}, input_transform="rows", padding="valid")
    with refused(
        ConfigError, key="model.input_transform", value="rows", remedy="kernel_sizes", mentions=("8 x 6 x 2",)
    ):
        build(settings, InputSpec(SIZES[2], 2, 3))


def test_the_spectrogram_of_sound_can_be_requested_by_name():
    network, _ = network_with("spectrogram", InputSpec((800,), 1, 3, spectrogram=SpectrogramSpec(8, 64, 32, 4000.0)))
    assert network.get_layer("log_mel").output.shape[1:] == (24, 8, 1)


def test_pooling_is_limited_to_the_number_of_channels():
    settings = Cnn2dSettings(**ONE | {"pooling": [4, 4]}, input_transform="as_image")
    series, image = InputSpec((40,), 2, 3), InputSpec((8, 3), 1, 2)
    network = build(settings, series)
    assert [network.get_layer(f"layer_{n}_pooling").pool_size for n in (1, 2)] == [(4, 2), (4, 1)]
    assert pool_size_for(image, 4, (None, 8, 3, 16)) == (4, 4)
    assert (kernel_size_for(replace(series, transform="height_one"), 5), kernel_size_for(series, 5)) == ((1, 5), 5)


# --- equivalent networks ----------------------------------------------------------------------------------------


def shuffled_weights(network):
    random = np.random.default_rng(1)
    network.set_weights([random.uniform(0.1, 1, weight.shape) for weight in network.weights])


@pytest.mark.parametrize("normalize", [True, False])
def test_conv1d_as_conv2d_of_height_one_gives_the_same_outputs(normalize):
    spec, common = InputSpec((40,), 3, 5), ONE | {"batch_normalization": normalize}
    network = build(Cnn1dSettings(**common), spec)
    twin = build(Cnn2dSettings(**common, input_transform="height_one"), spec)
    shuffled_weights(network)
    copy_weights(network, twin)
    inputs = samples(6, 40, 3)
    np.testing.assert_allclose(twin(inputs), network(inputs), rtol=1e-5)
    assert twin.count_params() == network.count_params()
    costs = [model_cost(each, (40, 3)) for each in (network, twin)]
    assert costs[0].multiply_adds == costs[1].multiply_adds
    assert (1, *costs[0].receptive_field) == costs[1].receptive_field


@pytest.mark.parametrize("mode", ["random", "one_hot"])
def test_text_cnn_of_full_width_gives_the_same_outputs_for_any_padding(mode):
    tokens = TokenTable(mode, 12, 12, 10)
    spec = InputSpec((9,), 10, 4, masked=True, tokens=tokens)
    common = {"filters": 5, "kernel_sizes": [2, 3]}
    network, twin = build(TextCnnSettings(**common), spec), build(TextCnnSettings(**common, as_conv2d=True), spec)
    shuffled_weights(network)
    copy_weights(network, twin)
    ids = np.array([[3, 4, 5, 6, 0, 0], [2, 0, 0, 0, 0, 0], [9, 8, 7, 6, 5, 4]], np.int32)
    np.testing.assert_allclose(twin(ids), network(ids), rtol=1e-5)
    longer = np.pad(ids, [(0, 0), (0, 3)])
    np.testing.assert_allclose(twin(longer), twin(ids), rtol=1e-5)
    assert twin.count_params() == network.count_params()
    assert model_cost(twin, (9,)).receptive_field == (3, 10)


def test_a_kernel_of_full_width_equals_keras_conv2d():
    import tensorflow as tf

    ours, theirs = (kind(5, (3, 10), activation="relu") for kind in (FullWidthConv2D, keras.layers.Conv2D))
    inputs = tf.constant(samples(2, 7, 10)[..., None])
    gradients = []
    for layer in (ours, theirs):
        layer.build(inputs.shape)
        layer.set_weights([np.random.default_rng(0).normal(size=each.shape) for each in layer.weights])
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            total = tf.reduce_sum(tf.square(layer(inputs)))
        gradients.append([layer(inputs), *tape.gradient(total, [inputs, *layer.trainable_variables])])
    assert tuple(gradients[0][0].shape) == (2, 5, 1, 5) and ours.kernel.shape == (3, 10, 1, 5)
    for mine, keras_own in zip(*gradients, strict=True):
        np.testing.assert_allclose(mine, keras_own, rtol=1e-4, atol=1e-4)
