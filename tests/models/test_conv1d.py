"""Networks for series: published sizes, padded batches, every setting, saving, other backends."""

import importlib.util
import json
import os
import subprocess
import sys

import keras
import numpy as np
import pytest

from convpipe import models
from convpipe.input_spec import InputSpec
from convpipe.paths import PROJECT
from convpipe.registry import MODELS

SMALL = {
    "mlp": {"units": [6, 5]},
    "cnn1d": {"filters": [4, 5], "kernel_sizes": [5, 3], "strides": [2, 1], "pooling": [2, 1]},
    "fcn": {"filters": [4, 5], "kernel_sizes": [5, 4], "hybrid": True, "segments": 2},
    "resnet": {"filters": [4, 6]},
    "inception_time": {"depth": 3, "filters": 3, "kernel_size": 8, "bottleneck": 4, "hybrid": True},
    "lite_time": {"filters": 4, "kernel_size": 8, "segments": 3},
    "tcn": {"filters": 4, "num_blocks": 3, "pooling": "last"},
}
SPEC = InputSpec(sizes=(24,), channels=2, classes=3, masked=True)


def built(name: str, spec: InputSpec = SPEC, **settings):
    """Return a network with random weights and moving statistics, so that no term is zero or one."""
    keras.utils.set_random_seed(0)
    network = models.build(MODELS[name].settings(**(SMALL[name] | settings)), spec)
    random = np.random.default_rng(0)
    for variable in network.variables:
        if "seed" not in variable.path:
            variable.assign(np.abs(random.normal(0.5, 0.2, variable.shape)) if "moving" in variable.path
                            else random.normal(0, 0.3, variable.shape))  # fmt: skip
    return network


def trained_before_logits(network) -> int:
    variables = [v for layer in network.layers if layer.name != "logits" for v in layer.trainable_variables]
    return sum(int(np.prod(variable.shape)) for variable in variables)


@pytest.mark.parametrize(
    ("name", "published"), [("fcn", 264_704), ("resnet", 520_512), ("inception_time", 420_192), ("lite_time", 9_814)]
)
def test_networks_of_one_channel_have_the_published_size(name, published):
    network = models.build(MODELS[name].settings(), InputSpec((100,), 1, 2))
    assert trained_before_logits(network) == published


@pytest.mark.parametrize("name", SMALL)
def test_logits_are_float32_one_per_class(name):
    logits = built(name)(np.zeros((2, 24, 2), "float32"), training=False)
    assert tuple(logits.shape) == (2, 3) and keras.backend.standardize_dtype(logits.dtype) == "float32"


@pytest.mark.parametrize("name", SMALL)
def test_logits_of_a_series_do_not_depend_on_its_batch(name):
    network, random = built(name), np.random.default_rng(1)
    several = [random.normal(size=(steps, 2)).astype("float32") for steps in (24, 17, 13, 12)]
    batch = np.full((4, 24, 2), np.nan, np.float32)
    for row, each in zip(batch, several, strict=True):
        row[: len(each)] = each
    batched = keras.ops.convert_to_numpy(network(batch, training=False))
    assert np.isfinite(batched).all()
    for each, logits in zip(several, batched, strict=True):
        alone = keras.ops.convert_to_numpy(network(each[None], training=False))[0]
        np.testing.assert_allclose(logits, alone, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", [name for name in SMALL if name != "mlp"])
def test_batch_statistics_ignore_padding(name):
    """In training mode too, a batch with additional padding at its end gives the same logits as without."""
    network = built(name, dropout=0.0)
    batch = np.random.default_rng(2).normal(size=(3, 20, 2)).astype("float32")
    batch[0, 15:] = np.nan
    padded = np.pad(batch, ((0, 0), (0, 9), (0, 0)), constant_values=np.nan)
    logits = [keras.ops.convert_to_numpy(network(each, training=True)) for each in (batch, padded)]
    np.testing.assert_allclose(*logits, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("name", SMALL)
def test_networks_of_equal_series_need_no_mask(name):
    spec = InputSpec(sizes=(24,), channels=2, classes=3, masked=False)
    inputs = np.random.default_rng(3).normal(size=(2, 24, 2)).astype("float32")
    plain, masked = built(name, spec), built(name)
    logits = [keras.ops.convert_to_numpy(each(inputs, training=False)) for each in (plain, masked)]
    np.testing.assert_allclose(*logits, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", SMALL)
def test_saved_network_gives_the_same_logits_to_the_bit(name, tmp_path):
    network = built(name)
    inputs = np.random.default_rng(4).normal(size=(2, 24, 2)).astype("float32")
    inputs[1, 20:] = np.nan
    network.save(tmp_path / "network.keras")
    again = keras.saving.load_model(tmp_path / "network.keras")
    logits = [keras.ops.convert_to_numpy(each(inputs, training=False)) for each in (network, again)]
    np.testing.assert_array_equal(*logits)


def test_fixed_kernels_are_not_trained():
    for name in ("fcn", "inception_time", "lite_time"):
        layer = built(name).get_layer("fixed_kernels")
        assert not layer.weights


def shapes_of(network) -> list:
    return [(layer.name, tuple(layer.output.shape)) for layer in network.layers] + [
        (variable.path, tuple(variable.shape)) for variable in network.weights
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("mlp", {"units": [7]}),
        ("cnn1d", {"filters": [4, 6]}),
        ("cnn1d", {"kernel_sizes": [5, 4]}),
        ("cnn1d", {"batch_normalization": False}),
        ("cnn1d", {"dropout": 0.0}),
        ("fcn", {"filters": [4, 6]}),
        ("fcn", {"kernel_sizes": [5, 3]}),
        ("fcn", {"hybrid": False}),
        ("fcn", {"segments": 3}),
        ("fcn", {"dropout": 0.5}),
        ("resnet", {"filters": [4]}),
        ("resnet", {"kernel_sizes": [8, 5]}),
        ("resnet", {"segments": 2}),
        ("resnet", {"dropout": 0.5}),
        ("inception_time", {"depth": 4}),
        ("inception_time", {"filters": 4}),
        ("inception_time", {"kernel_size": 12}),
        ("inception_time", {"bottleneck": 0}),
        ("inception_time", {"residual": False}),
        ("inception_time", {"hybrid": False}),
        ("inception_time", {"segments": 2}),
        ("inception_time", {"dropout": 0.5}),
        ("lite_time", {"filters": 5}),
        ("lite_time", {"kernel_size": 12}),
        ("lite_time", {"hybrid": False}),
        ("lite_time", {"segments": 1}),
        ("lite_time", {"dropout": 0.5}),
        ("tcn", {"filters": 5}),
        ("tcn", {"kernel_size": 4}),
        ("tcn", {"num_blocks": 2}),
        ("tcn", {"pooling": "average"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_a_setting_changes_the_network(name, changes):
    assert shapes_of(built(name, **changes)) != shapes_of(built(name))


@pytest.mark.parametrize(
    "changes", [{"strides": [1, 1]}, {"pooling": [1, 1]}, {"padding": "causal"}, {"padding": "valid"}]
)
def test_a_setting_of_the_plain_stack_changes_its_logits(changes):
    inputs = np.random.default_rng(5).normal(size=(2, 24, 2)).astype("float32")
    logits = [keras.ops.convert_to_numpy(built("cnn1d", **c)(inputs, training=False)) for c in ({}, changes)]
    assert not np.allclose(*logits)


@pytest.mark.parametrize("name", ["mlp", "tcn"])
def test_dropout_rate_reaches_every_dropout_layer(name):
    network = built(name, dropout=0.4)
    rates = {layer.rate for layer in network.layers if "Dropout" in type(layer).__name__}
    assert rates == {0.4}


def test_a_causal_network_ignores_later_steps():
    """The features of a step do not depend on later steps."""
    network = built("tcn")
    features = keras.Model(network.input, network.get_layer("level_3_relu").output)
    inputs = np.random.default_rng(6).normal(size=(1, 24, 2)).astype("float32")
    changed = inputs.copy()
    changed[:, 15:] += 1
    before, after = (keras.ops.convert_to_numpy(features(each, training=False)) for each in (inputs, changed))
    np.testing.assert_allclose(before[:, :15], after[:, :15], atol=1e-5)
    assert not np.allclose(before[:, 15:], after[:, 15:])


def test_the_last_step_of_the_causal_network_depends_on_its_receptive_field():
    network = built("tcn", dropout=0.0)
    reach = 1 + 2 * (5 - 1) * (1 + 2 + 4)
    inputs = np.random.default_rng(7).normal(size=(1, reach + 5, 2)).astype("float32")
    seen, unseen = inputs.copy(), inputs.copy()
    seen[:, 5] += 100  # the first step of the receptive field
    unseen[:, 4] += 100
    logits = [keras.ops.convert_to_numpy(network(each, training=False)) for each in (inputs, seen, unseen)]
    np.testing.assert_array_equal(logits[0], logits[2])
    assert not np.array_equal(logits[0], logits[1])


PREDICT = """
import json, sys
import keras, numpy as np
from convpipe.models.layers import import_all
import_all()
inputs = np.load(sys.argv[1] + "/inputs.npy")
logits = {}
for name in sys.argv[2:]:
    network = keras.saving.load_model(f"{sys.argv[1]}/{name}.keras")
    logits[name] = keras.ops.convert_to_numpy(network(inputs, training=False)).tolist()
print(json.dumps([keras.backend.backend(), logits]))
"""


@pytest.mark.parametrize("backend", ["torch", "jax"])
def test_networks_give_the_same_logits_on_another_backend(backend, tmp_path):
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    inputs = np.random.default_rng(8).normal(size=(2, 24, 2)).astype("float32")
    inputs[1, 19:] = np.nan
    np.save(tmp_path / "inputs.npy", inputs)
    expected = {}
    for name in SMALL:
        network = built(name)
        network.save(tmp_path / f"{name}.keras")
        expected[name] = keras.ops.convert_to_numpy(network(inputs, training=False))
    paths = os.pathsep.join(filter(None, [str(PROJECT / "src"), os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, "KERAS_BACKEND": backend, "PYTHONPATH": paths}
    command = [sys.executable, "-c", PREDICT, str(tmp_path), *SMALL]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    used, logits = json.loads(done.stdout)
    assert used == backend
    for name in SMALL:
        np.testing.assert_allclose(logits[name], expected[name], rtol=1e-3, atol=1e-4, err_msg=name)
