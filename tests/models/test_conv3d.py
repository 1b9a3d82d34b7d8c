"""Networks for volumes: layers by hand, sizes, saving, and volumes that are too small."""

import keras
import numpy as np
import pytest

from convpipe import models
from convpipe.convolution.reference import cross_correlate
from convpipe.cost.model_cost import model_cost
from convpipe.errors import ConfigError
from convpipe.input_spec import InputSpec
from convpipe.models.conv3d.cnn3d import Cnn3dSettings
from convpipe.registry import MODELS

SMALL = {
    "cnn3d": {"filters": [4, 5], "kernel_sizes": [3, 2], "strides": [1, 2], "pooling": [2, 1]},
    "resnet3d": {"filters": [4, 6], "blocks": 2, "dropout": 0.1},
}
SPEC = InputSpec((7, 6, 5), channels=2, classes=3)


def built(name, spec=SPEC, **settings):
    keras.utils.set_random_seed(0)
    return models.build(MODELS[name].settings(**(SMALL[name] | settings)), spec)


def batch(count=3, spec=SPEC):
    return np.random.default_rng(0).normal(size=(count, *spec.sizes, spec.channels)).astype("float32")


@pytest.mark.parametrize("name", SMALL)
def test_logits_are_float32_one_per_class(name):
    logits = built(name)(batch(), training=False)
    assert tuple(logits.shape) == (3, 3) and keras.backend.standardize_dtype(logits.dtype) == "float32"


@pytest.mark.parametrize("name", SMALL)
def test_a_saved_network_gives_the_same_logits(name, tmp_path):
    network = built(name)
    network.save(tmp_path / "network.keras")
    again = keras.models.load_model(tmp_path / "network.keras")
    np.testing.assert_array_equal(network(batch(), training=False), again(batch(), training=False))


@pytest.mark.parametrize("name", SMALL)
def test_every_weight_gets_a_gradient(name):
    network = built(name, dropout=0.0)
    network.compile("sgd", keras.losses.CategoricalCrossentropy(from_logits=True))
    before = [np.array(variable) for variable in network.trainable_variables]
    network.train_on_batch(batch(), np.eye(3, dtype="float32"))
    moved = [
        np.abs(np.array(variable) - old).max()
        for variable, old in zip(network.trainable_variables, before, strict=True)
    ]
    assert min(moved) > 0


def test_a_plain_stack_of_one_layer_by_hand():
    """Convolution, ReLU, pooling and average in NumPy."""
    settings = {"filters": [3], "kernel_sizes": [3], "strides": [1], "pooling": [2], "batch_normalization": False}
    network = built("cnn3d", padding="valid", **settings)
    kernel, bias, weights, offset = (np.array(variable, np.float64) for variable in network.trainable_variables)
    maps = np.maximum(cross_correlate(batch(1).astype(np.float64), kernel)[0] + bias, 0)
    assert maps.shape == (5, 4, 3, 3)
    pooled = maps[:4, :4, :2].reshape(2, 2, 2, 2, 1, 2, 3).max(axis=(1, 3, 5))
    expected = pooled.mean(axis=(0, 1, 2)) @ weights + offset
    np.testing.assert_allclose(network(batch(1), training=False)[0], expected, atol=1e-4)


def test_parameters_of_the_default_stack_by_hand():
    """27 weights per kernel and channel, four numbers per normalized filter, 64 features for each of 12 logits."""
    network = models.build(Cnn3dSettings(), InputSpec((15, 15, 15), 1, 12))
    convolutions = 27 * (1 * 16 + 16 * 32 + 32 * 64)
    assert network.count_params() == convolutions + 4 * (16 + 32 + 64) + 64 * 12 + 12


def test_each_stage_but_the_first_halves_the_volume():
    network = built("resnet3d", InputSpec((9, 9, 9), 1, 2), filters=[4, 6, 8])
    shapes = [network.get_layer(f"stage_{stage}_block_2_relu").output.shape[1:] for stage in (1, 2, 3)]
    assert shapes == [(9, 9, 9, 4), (5, 5, 5, 6), (3, 3, 3, 8)]


@pytest.mark.parametrize("name", SMALL)
def test_every_layer_has_a_known_cost(name):
    network = built(name)
    cost = model_cost(network, (7, 6, 5, 2))
    assert cost.parameters == network.count_params() and cost.multiply_adds > 0 and not cost.uncounted


def test_a_volume_too_small_for_the_network_is_refused_with_the_smallest_sufficient_size(refused):
    with refused(ConfigError, key="model", value="cnn3d", remedy="6 x 6 x 6"):
        built("cnn3d", InputSpec((4, 6, 6), 1, 2), padding="valid", kernel_sizes=[3, 2], strides=[1, 1])


@pytest.mark.parametrize("name", SMALL)
def test_images_are_refused(name, refused):
    with refused(ConfigError, key="model", value=name, remedy="cnn2d", mentions=("images", "volumes")):
        built(name, InputSpec((8, 8), 1, 2))


def test_layouts_of_unequal_numbers_are_refused(refused):
    with refused(ConfigError, mentions=("model.filters", "kernel_sizes", "strides", "pooling")):
        Cnn3dSettings(filters=[8, 8])
