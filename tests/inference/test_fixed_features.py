"""Features of fixed kernels: the compiled loop compared with the layers' own graph, and independence of batches."""

import keras
import numpy as np
import pytest

from convpipe import models
from convpipe.data.ragged import Ragged
from convpipe.inference.fixed_features import fixed_features, fixed_kernels
from convpipe.inference.logits import predict_logits
from convpipe.input_spec import InputSpec
from convpipe.models.fixed_kernels.hydra_mini import HydraMiniSettings

#: Steps (least and most) and channels, as packaged datasets have them.
SHAPES = {
    "acsf1": (1460, 1460, 1), "osuleaf": (427, 427, 1), "italypowerdemand": (24, 24, 1), "basicmotions": (100, 100, 6),
    "japanesevowels": (7, 29, 12), "plaid": (100, 1344, 2), "shorter than a kernel": (1, 5, 1),
}  # fmt: skip


def given(least, most, channels, n=5, constant=False):
    random = np.random.default_rng(0)
    steps = [*random.integers(least, most + 1, n - 1), most]
    return Ragged.of([random.normal(size=(each, channels)).astype("f4") * (not constant) for each in steps])


def network_of(inputs, duration=False, **sizes):
    """A network with kernels set from `inputs` and a random linear layer."""
    settings = HydraMiniSettings(**{"features": 840, "groups": 8, "duration": duration} | sizes)
    network = models.build(settings, InputSpec((inputs.shape[1],), inputs.shape[2], 3, masked=True))
    for layer in fixed_kernels(network):
        layer.adapt(inputs, 0)
    network.get_layer("standardization").adapt(together(network, inputs))
    for weight in network.get_layer("logits").weights:
        weight.assign(np.random.default_rng(1).normal(size=weight.shape))
    return network


def together(network, inputs, rows=None):
    rows = np.arange(len(inputs)) if rows is None else rows
    found = dict(
        zip(*map(np.concatenate, zip(*fixed_features(fixed_kernels(network), inputs, rows), strict=True)), strict=True)
    )
    return np.stack([found[row] for row in rows])


@pytest.mark.slow
@pytest.mark.parametrize("name", SHAPES)
def test_the_compiled_features_are_those_of_the_layers(name):
    inputs = given(*SHAPES[name], n=3)
    network = network_of(inputs)
    own = keras.Model(network.input, network.get_layer("standardization").input)
    expected = keras.ops.convert_to_numpy(own(inputs[np.arange(len(inputs))]))
    found, shares = together(network, inputs), fixed_kernels(network)[0].compute_output_shape((None,))[1]
    np.testing.assert_array_equal(found[:, :shares], expected[:, :shares])
    # Sums of outputs, of which float32 rounds each in an order of its own.
    np.testing.assert_allclose(found[:, shares:], expected[:, shares:], rtol=1e-5)
    logits = predict_logits(network, inputs)
    np.testing.assert_allclose(logits, network(inputs[np.arange(len(inputs))]), rtol=1e-4, atol=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("duration", [False, True])
def test_features_do_not_depend_on_batches_order_or_padding(duration):
    inputs = given(20, 60, 2, n=60)
    network, random = network_of(inputs, duration), np.random.default_rng(0)
    features, logits = together(network, inputs), predict_logits(network, inputs)
    mixed = random.permutation(60)
    np.testing.assert_array_equal(together(network, inputs, mixed), features[mixed])
    padded = np.pad(inputs[mixed], [(0, 0), (0, 37), (0, 0)], constant_values=np.nan)
    np.testing.assert_array_equal(predict_logits(network, padded[:, :60]), logits[mixed])
    for row in (0, 31):
        np.testing.assert_array_equal(predict_logits(network, inputs[row][None])[0], logits[row])


@pytest.mark.slow
def test_an_exported_network_gives_the_same_logits(tmp_path):
    import tensorflow as tf

    inputs = given(20, 40, 2)
    network = network_of(inputs)
    network.export(tmp_path, format="tf_saved_model", verbose=False)
    exported = tf.saved_model.load(tmp_path)
    np.testing.assert_allclose(
        exported.serve(inputs[np.arange(5)]), predict_logits(network, inputs), rtol=1e-4, atol=1e-3
    )


def test_constant_series_have_features():
    inputs = given(30, 30, 1, constant=True)
    network = network_of(inputs)
    assert np.isfinite(together(network, inputs)).all() and np.isfinite(predict_logits(network, inputs)).all()


def test_progress_ends_at_one_and_never_falls():
    inputs, seen = given(20, 60, 1, n=300), []
    layers = fixed_kernels(network_of(inputs, features=84, groups=2))
    for _ in fixed_features(layers, inputs, watch=seen.append):
        pass
    assert seen == sorted(seen) and seen[-1] == pytest.approx(1) and len(seen) > 2
