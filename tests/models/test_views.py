"""Views: what each shows, by NumPy; the networks behind them; that a repetition gives the same outputs."""

import doctest

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convpipe import config
from convpipe.comparison.measure import with_weights_of
from convpipe.config.images import Cnn2d
from convpipe.convolution.arithmetic import model_cost
from convpipe.errors import ConfigError
from convpipe.models import VIEWS, Shape, Spectrogram, TokenTable, build, import_layers, views
from convpipe.models.views import LAYER_OF, LogSpectrogram, kernel_of, pool_of

ONE = {"filters": [3, 4], "kernel_sizes": [3, 3], "strides": [1, 1], "pooling": [2, 1]}
SIZES = {1: (40,), 2: (8, 6), 3: (5, 6, 7)}
OF_VIEW = {
    "as_image": Cnn2d,
    "height_one": Cnn2d,
    "spectrogram": Cnn2d,
    "middle_slice": Cnn2d,
    "rows": config.Cnn1d,
    "middle_line": config.Cnn1d,
}


def samples(*shape):
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def viewed(view, shape=None):
    shape = shape or Shape(SIZES[VIEWS[view][0]], 2, 3)
    return build(OF_VIEW[view](**ONE, view=view), shape), shape


def shown(view, inputs):
    layer = LAYER_OF[view](Shape(inputs.shape[1:-1], inputs.shape[-1], 3))
    return keras.ops.convert_to_numpy(layer(inputs))


# --- what is shown ----------------------------------------------------------------------------------------------


def test_views_only_rearrange_what_is_there():
    series, images, volumes = samples(2, 40, 3), samples(2, 8, 6, 2), samples(2, 5, 6, 7, 2)
    np.testing.assert_array_equal(shown("as_image", series), series[..., None])
    np.testing.assert_array_equal(shown("height_one", series), series[:, None])
    rows = shown("rows", images)
    assert rows.shape == (2, 8, 12)
    np.testing.assert_array_equal(rows[1, 3], images[1, 3].ravel())
    np.testing.assert_array_equal(shown("middle_slice", volumes), volumes[:, 2])
    np.testing.assert_array_equal(shown("middle_line", volumes), volumes[:, 2, 3])


@given(st.integers(24, 80), st.integers(1, 3))
def test_spectrogram_is_the_windowed_fourier_transform_of_each_channel(steps, channels):
    series = samples(2, steps, channels)
    layer = LogSpectrogram(8, 2)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(8) / 8)
    starts = range(0, steps - 7, 2)
    frames = np.stack([series[:, start : start + 8] for start in starts], axis=1) * window[:, None]
    power = np.abs(np.fft.rfft(frames, axis=2)) ** 2 / np.square(window).sum()
    np.testing.assert_allclose(layer(series), np.log1p(power / views.EPSILON), rtol=1e-3, atol=1e-3)
    assert layer.compute_output_shape(series.shape) == (2, len(starts), 5, channels)


@pytest.mark.parametrize("steps, frame", [(24, 4), (64, 8), (150, 16), (300, 32), (1460, 128)])
def test_a_frame_is_a_power_of_two_that_fits_eight_times(steps, frame):
    layer = LogSpectrogram.of(steps)
    assert (layer.frame, layer.hop) == (frame, frame // 4)


def test_series_shorter_than_a_frame_are_refused():
    with pytest.raises(ConfigError, match="a spectrogram's frame of 8 steps in series of 5"):
        LogSpectrogram(8, 2).compute_output_shape((None, 5, 1))


# --- networks behind a view -------------------------------------------------------------------------------------


@pytest.mark.parametrize("view", OF_VIEW)
def test_every_view_leads_to_a_network_whose_costs_are_known_and_which_is_kept(view, tmp_path):
    network, shape = viewed(view)
    inputs = samples(4, *shape.sizes, shape.channels)
    scores = keras.ops.convert_to_numpy(network(inputs))
    assert scores.shape == (4, 3) and np.isfinite(scores).all()
    cost = model_cost(network, inputs.shape[1:])
    assert cost.uncounted == () and len(cost.receptive_field) == VIEWS[view][1]
    network.save(tmp_path / "network.keras")
    import_layers()
    again = keras.models.load_model(tmp_path / "network.keras")
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(again(inputs)), scores)


@pytest.mark.parametrize("view, other", [("rows", 3), ("middle_line", 2), ("as_image", 2), ("middle_slice", 1)])
def test_view_of_samples_with_other_axes_is_refused(view, other):
    with pytest.raises(ConfigError, match=f"model.view={view} takes .*, not .*; leave it out"):
        viewed(view, Shape(SIZES[other], 2, 3))


def test_series_that_differ_in_their_steps_have_no_view():
    with pytest.raises(ConfigError, match="takes series of equal steps"):
        viewed("as_image", Shape((40,), 2, 3, masked=True))


def test_unknown_view_is_refused():
    with pytest.raises(ConfigError, match="model.view=row is not a choice; did you mean rows"):
        config.Cnn1d(view="row")


def test_kernels_too_large_for_a_view_are_told():
    settings = config.Cnn1d(**ONE | {"kernel_sizes": [9, 9]}, view="rows", padding="valid")
    with pytest.raises(ConfigError, match="model.view=rows leaves nothing of 8 x 6 x 2"):
        build(settings, Shape(SIZES[2], 2, 3))


def test_sound_may_be_asked_for_its_spectrogram_by_name():
    shape = Shape((800,), 1, 3, spectrogram=Spectrogram(8, 64, 32, 4000.0))
    network, _ = viewed("spectrogram", shape)
    assert network.get_layer("log_mel").output.shape[1:] == (24, 8, 1)


def test_few_channels_are_pooled_only_as_long_as_there_are_some():
    settings = Cnn2d(**ONE | {"pooling": [4, 4]}, view="as_image")
    network = build(settings, Shape((40,), 2, 3))
    assert [network.get_layer(f"layer_{n}_pooling").pool_size for n in (1, 2)] == [(4, 2), (4, 1)]
    assert pool_of(None, 4, (None, 8, 3, 16)) == (4, 4)
    assert (kernel_of("height_one", 5), kernel_of(None, 5)) == ((1, 5), 5)


# --- repetitions ------------------------------------------------------------------------------------------------


def shuffled_weights(network):
    random = np.random.default_rng(1)
    network.set_weights([random.uniform(0.1, 1, weight.shape) for weight in network.weights])


@pytest.mark.parametrize("normalize", [True, False])
def test_conv1d_as_conv2d_of_height_one_gives_the_same_outputs(normalize):
    shape, common = Shape((40,), 3, 5), ONE | {"batch_normalization": normalize}
    network, twin = build(config.Cnn1d(**common), shape), build(Cnn2d(**common, view="height_one"), shape)
    shuffled_weights(network)
    with_weights_of(network, twin)
    inputs = samples(6, 40, 3)
    np.testing.assert_allclose(twin(inputs), network(inputs), rtol=1e-5)
    assert twin.count_params() == network.count_params()
    costs = [model_cost(each, (40, 3)) for each in (network, twin)]
    assert costs[0].multiply_adds == costs[1].multiply_adds
    assert (1, *costs[0].receptive_field) == costs[1].receptive_field


@pytest.mark.parametrize("mode", ["random", "one_hot"])
def test_text_cnn_of_full_width_gives_the_same_outputs_whatever_stands_after_a_text(mode):
    tokens = TokenTable(mode, 12, 12, 10)
    shape = Shape((9,), 10, 4, masked=True, tokens=tokens)
    common = {"filters": 5, "kernel_sizes": [2, 3]}
    network, twin = build(config.TextCnn(**common), shape), build(config.TextCnn(**common, view="full_width"), shape)
    shuffled_weights(network)
    with_weights_of(network, twin)
    ids = np.array([[3, 4, 5, 6, 0, 0], [2, 0, 0, 0, 0, 0], [9, 8, 7, 6, 5, 4]], np.int32)
    np.testing.assert_allclose(twin(ids), network(ids), rtol=1e-5)
    longer = np.pad(ids, [(0, 0), (0, 3)])
    np.testing.assert_allclose(twin(longer), twin(ids), rtol=1e-5)
    assert twin.count_params() == network.count_params()
    assert model_cost(twin, (9,)).receptive_field == (3, 10)


def test_examples_in_docstrings_are_right():
    assert doctest.testmod(views).attempted and not doctest.testmod(views).failed
