"""Networks for images: shapes, kept weights, what a kernel too large gets."""

import keras
import numpy as np
import pytest
from scipy.signal import correlate

from convpipe.config.images import Cnn2d, Mobile2d, ResNet2d
from convpipe.convolution.arithmetic import model_cost
from convpipe.errors import ConfigError
from convpipe.models import Shape, build

SMALL = {
    "cnn2d": Cnn2d(filters=[3, 4], kernel_sizes=[3, 2], strides=[1, 2], pooling=[2, 1]),
    "resnet2d": ResNet2d(filters=[3, 4], blocks=1),
    "mobile2d": Mobile2d(filters=[3, 4, 5], strides=[1, 2, 1]),
}


def images(count=2, height=9, width=7, channels=3):
    return np.random.default_rng(0).normal(size=(count, height, width, channels)).astype(np.float32)


def of_kind(network, kind):
    return [layer for layer in network.layers if isinstance(layer, kind)]


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("sizes", [(9, 7), (2, 2), (8, 8)])
def test_every_network_takes_any_size_and_gives_a_score_a_class(name, sizes):
    network = build(SMALL[name], Shape(sizes, 3, 5))
    scores = network(images(2, *sizes))
    assert scores.shape == (2, 5) and keras.backend.standardize_dtype(scores.dtype) == "float32"
    assert model_cost(network, (*sizes, 3)).uncounted == ()


@pytest.mark.parametrize("name", SMALL)
def test_a_saved_network_gives_the_same_scores(name, tmp_path):
    network = build(SMALL[name], Shape((9, 7), 3, 5))
    network.save(tmp_path / "network.keras")
    again = keras.models.load_model(tmp_path / "network.keras")
    np.testing.assert_array_equal(np.asarray(again(images())), np.asarray(network(images())))


@pytest.mark.parametrize("name", SMALL)
def test_strides_are_equal_along_both_axes(name):
    network = build(SMALL[name], Shape((9, 7), 3, 5))
    for layer in of_kind(network, (keras.layers.Conv2D, keras.layers.DepthwiseConv2D, keras.layers.MaxPooling2D)):
        assert len({*layer.strides}) == 1, layer.name


def test_cnn2d_is_convolution_relu_pooling_and_average():
    settings = Cnn2d(
        filters=[1], kernel_sizes=[2], strides=[1], pooling=[2], padding="valid", batch_normalization=False, dropout=0.0
    )
    network = build(settings, Shape((5, 5), 1, 2))
    inputs = images(1, 5, 5, 1)
    kernel, bias = (np.asarray(weight) for weight in network.get_layer("layer_1_convolution").weights)
    convolved = np.maximum(correlate(inputs[0, :, :, 0], kernel[:, :, 0, 0], mode="valid") + bias, 0)
    feature = convolved.reshape(2, 2, 2, 2).max(axis=(1, 3)).mean()
    weights, biases = (np.asarray(weight) for weight in network.get_layer("scores").weights)
    np.testing.assert_allclose(np.asarray(network(inputs))[0], feature * weights[0] + biases, atol=1e-5)


def test_the_cost_of_the_default_cnn2d_is_that_of_the_formulas():
    cost = model_cost(build(Cnn2d(), Shape((28, 28), 1, 10)), (28, 28, 1))
    assert cost.parameters == 9 * (32 + 32 * 64 + 64 * 128) + 4 * (32 + 64 + 128) + 129 * 10
    assert cost.multiply_adds == 9 * (28**2 * 32 + 14**2 * 32 * 64 + 7**2 * 64 * 128) + 1280


def test_resnet2d_halves_the_image_at_each_stage_but_the_first():
    network = build(ResNet2d(filters=[4, 8, 16], blocks=2), Shape((28, 28), 1, 10))
    sums = of_kind(network, keras.layers.Add)
    assert [layer.output.shape[1:] for layer in sums] == [(28, 28, 4)] * 2 + [(14, 14, 8)] * 2 + [(7, 7, 16)] * 2
    assert sum("shortcut_convolution" in layer.name for layer in network.layers) == 2


def test_mobile2d_filters_each_channel_by_itself_after_the_first_layer():
    network = build(SMALL["mobile2d"], Shape((9, 7), 3, 5))
    wide = [layer.name for layer in of_kind(network, keras.layers.Conv2D) if layer.kernel_size != (1, 1)]
    assert wide == ["layer_1_convolution"] and len(of_kind(network, keras.layers.DepthwiseConv2D)) == 2


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (Cnn2d(pooling=[2, 8, 1]), "layer_2_pooling: .*the smallest input that would do is 16 x 16"),
        (Cnn2d(padding="valid", kernel_sizes=[3, 9, 3]), "layer_2_convolution: .*smallest input that would do is"),
    ],
)
def test_a_layer_that_would_leave_nothing_is_named_with_the_smallest_size_that_would_do(settings, said):
    with pytest.raises(ConfigError, match=said):
        build(settings, Shape((8, 8), 1, 10))


def test_settings_of_unequal_lengths_and_series_are_refused():
    with pytest.raises(ConfigError, match="model.filters, kernel_sizes, strides and pooling"):
        Cnn2d(filters=[3])
    with pytest.raises(ConfigError, match="model.filters and strides"):
        Mobile2d(filters=[3])
    with pytest.raises(ConfigError, match="model=cnn2d takes images, not series"):
        build(Cnn2d(), Shape((100,), 1, 2))
