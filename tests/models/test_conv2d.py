"""Networks for images: shapes, costs, saving, and images that are too small."""

import keras
import numpy as np
import pytest
from scipy.signal import correlate

from convpipe.cost.model_cost import model_cost
from convpipe.errors import ConfigError
from convpipe.input_spec import InputSpec
from convpipe.models import build
from convpipe.models.conv2d.cnn2d import Cnn2dSettings
from convpipe.models.conv2d.mobile2d import Mobile2dSettings
from convpipe.models.conv2d.resnet2d import ResNet2dSettings

SMALL = {
    "cnn2d": Cnn2dSettings(filters=[3, 4], kernel_sizes=[3, 2], strides=[1, 2], pooling=[2, 1]),
    "resnet2d": ResNet2dSettings(filters=[3, 4], blocks=1),
    "mobile2d": Mobile2dSettings(filters=[3, 4, 5], strides=[1, 2, 1]),
}


def images(count=2, height=9, width=7, channels=3):
    return np.random.default_rng(0).normal(size=(count, height, width, channels)).astype(np.float32)


def of_class(network, layer_class):
    return [layer for layer in network.layers if isinstance(layer, layer_class)]


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("sizes", [(9, 7), (2, 2), (8, 8)])
def test_every_network_takes_any_size_and_returns_one_logit_per_class(name, sizes):
    network = build(SMALL[name], InputSpec(sizes, 3, 5))
    logits = network(images(2, *sizes))
    assert logits.shape == (2, 5) and keras.backend.standardize_dtype(logits.dtype) == "float32"
    assert model_cost(network, (*sizes, 3)).uncounted == ()


@pytest.mark.parametrize("name", SMALL)
def test_a_saved_network_gives_the_same_logits(name, tmp_path):
    network = build(SMALL[name], InputSpec((9, 7), 3, 5))
    network.save(tmp_path / "network.keras")
    again = keras.models.load_model(tmp_path / "network.keras")
    np.testing.assert_array_equal(np.asarray(again(images())), np.asarray(network(images())))


@pytest.mark.parametrize("name", SMALL)
def test_strides_are_equal_along_both_axes(name):
    network = build(SMALL[name], InputSpec((9, 7), 3, 5))
    for layer in of_class(network, (keras.layers.Conv2D, keras.layers.DepthwiseConv2D, keras.layers.MaxPooling2D)):
        assert len({*layer.strides}) == 1, layer.name


def test_cnn2d_is_convolution_relu_pooling_and_average():
    settings = Cnn2dSettings(
        filters=[1], kernel_sizes=[2], strides=[1], pooling=[2], padding="valid", batch_normalization=False, dropout=0.0
    )
    network = build(settings, InputSpec((5, 5), 1, 2))
    inputs = images(1, 5, 5, 1)
    kernel, bias = (np.asarray(weight) for weight in network.get_layer("layer_1_convolution").weights)
    convolved = np.maximum(correlate(inputs[0, :, :, 0], kernel[:, :, 0, 0], mode="valid") + bias, 0)
    feature = convolved.reshape(2, 2, 2, 2).max(axis=(1, 3)).mean()
    weights, biases = (np.asarray(weight) for weight in network.get_layer("logits").weights)
    np.testing.assert_allclose(np.asarray(network(inputs))[0], feature * weights[0] + biases, atol=1e-5)


def test_the_cost_of_the_default_cnn2d_is_that_of_the_formulas():
    cost = model_cost(build(Cnn2dSettings(), InputSpec((28, 28), 1, 10)), (28, 28, 1))
    assert cost.parameters == 9 * (32 + 32 * 64 + 64 * 128) + 4 * (32 + 64 + 128) + 129 * 10
    assert cost.multiply_adds == 9 * (28**2 * 32 + 14**2 * 32 * 64 + 7**2 * 64 * 128) + 1280


def test_resnet2d_halves_the_image_at_each_stage_but_the_first():
    network = build(ResNet2dSettings(filters=[4, 8, 16], blocks=2), InputSpec((28, 28), 1, 10))
    sums = of_class(network, keras.layers.Add)
    assert [layer.output.shape[1:] for layer in sums] == [(28, 28, 4)] * 2 + [(14, 14, 8)] * 2 + [(7, 7, 16)] * 2
    assert sum("shortcut_convolution" in layer.name for layer in network.layers) == 2


def test_mobile2d_is_depthwise_after_the_first_layer():
    network = build(SMALL["mobile2d"], InputSpec((9, 7), 3, 5))
    wide = [layer.name for layer in of_class(network, keras.layers.Conv2D) if layer.kernel_size != (1, 1)]
    assert wide == ["layer_1_convolution"] and len(of_class(network, keras.layers.DepthwiseConv2D)) == 2


@pytest.mark.parametrize(
    ("settings", "layer", "least"),
    [
        (Cnn2dSettings(pooling=[2, 8, 1]), "layer_2_pooling", "16 x 16"),
        (Cnn2dSettings(padding="valid", kernel_sizes=[3, 9, 3]), "layer_2_convolution", "30 x 30"),
    ],
)
def test_a_layer_with_an_empty_output_is_named_with_the_smallest_sufficient_size(settings, layer, least, refused):
    with refused(ConfigError, key="model", value="cnn2d", remedy=least, mentions=(layer, "height")):
        build(settings, InputSpec((8, 8), 1, 10))


def test_settings_of_unequal_lengths_are_refused(refused):
    with refused(ConfigError, mentions=("model.filters", "kernel_sizes", "strides", "pooling")):
        Cnn2dSettings(filters=[3])
    with refused(ConfigError, mentions=("model.filters", "strides")):
        Mobile2dSettings(filters=[3])
