"""Untrusted network files: they run no code, and they cause no allocation larger than the file."""

import base64
import json
import marshal
import os
import zipfile

import h5py
import keras
import numpy as np
import pytest

from convpipe import models
from convpipe.inference import network_file
from convpipe.inference.network_file import load_network
from convpipe.input_spec import InputSpec
from convpipe.models.layers import competing, import_all, proportions
from convpipe.registry import MODELS


@pytest.fixture
def path(tmp_path):
    """A small network of two layers with weights."""
    inputs = keras.Input((4,))
    outputs = keras.layers.Dense(2, name="last")(keras.layers.Dense(3, name="first")(inputs))
    keras.Model(inputs, outputs).save(tmp_path / "network_0.keras")
    return tmp_path / "network_0.keras"


@pytest.fixture
def nothing_is_built(monkeypatch):
    """Fail if a network is built."""

    def load(path):
        raise AssertionError("the network was built")

    monkeypatch.setattr(network_file.keras.models, "load_model", load)


def rewritten(path, change=lambda config: config, more=None, weights=None, compression=zipfile.ZIP_STORED) -> None:
    """Change the config in a file, add members, or replace the weights."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["config.json"] = json.dumps(change(json.loads(members["config.json"]))).encode()
    members |= more or {}
    if weights is not None:
        members["model.weights.h5"] = weights
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def layer_changed(**settings):
    """A change of the first Dense layer's settings."""

    def change(config):
        config["config"]["layers"][1]["config"] |= settings
        return config

    return change


def replaced(layer):
    """A change that replaces the first Dense layer."""

    def change(config):
        before = config["config"]["layers"][1]
        config["config"]["layers"][1] = {**before, **layer}
        return config

    return change


def test_a_network_is_loaded_with_its_weights(path):
    kept = keras.models.load_model(path)
    for one, other in zip(load_network(path).get_weights(), kept.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("name", ["fcn", "lite_time", "mini_rocket", "hydra_mini", "inception_time", "tcn"])
def test_networks_of_the_package_are_loaded(name, tmp_path):
    network = models.build(MODELS[name].settings(), InputSpec((40,), 2, 3))
    network.save(tmp_path / "network_0.keras")
    import_all()
    assert load_network(tmp_path / "network_0.keras").count_params() == network.count_params()


def code() -> str:
    """Python code, as Keras stores that of a Lambda layer, that would make a file."""
    return base64.b64encode(marshal.dumps((lambda x: open("it_ran", "w") and x).__code__)).decode()


def keras_lambda(function) -> dict:
    settings = {"name": "first", "function": function}
    return {"module": "keras.layers", "class_name": "Lambda", "config": settings, "build_config": None}


HOSTILE = {
    "lambda": keras_lambda({"class_name": "__lambda__", "config": {"code": code(), "defaults": None, "closure": None}}),
    "function": keras_lambda({"module": "os", "class_name": "function", "config": "system"}),
    "system": {"module": "os", "class_name": "system", "config": "touch it_ran", "registered_name": "system"},
    "eval": {"module": "builtins", "class_name": "eval", "config": "open('it_ran', 'w')", "registered_name": "eval"},
    "popen": {"module": "subprocess", "class_name": "Popen", "config": {"args": ["touch", "it_ran"]}},
    "this_package": {"module": "convpipe.cli.train", "class_name": "main", "config": {}, "registered_name": "main"},
    "get_file": {"module": "keras.utils", "class_name": "get_file", "config": {"origin": "file:///etc/passwd"}},
    "load_model": {"module": "keras.models", "class_name": "load_model", "config": {"filepath": "other.keras"}},
    "unknown": {"module": "keras.layers", "class_name": "NoSuchLayer", "config": {}},
    "torch": {"module": "keras.layers", "class_name": "TorchModuleWrapper", "config": {"module": "gASVAA=="}},
}


@pytest.mark.parametrize("layer", HOSTILE.values(), ids=HOSTILE)
def test_stored_code_is_refused_and_does_not_run(path, tmp_path, monkeypatch, nothing_is_built, layer):
    monkeypatch.chdir(tmp_path)
    before = {*os.listdir()}
    rewritten(path, replaced(layer))
    with pytest.raises(Exception) as refused:
        load_network(path)
    assert not isinstance(refused.value, AssertionError) and {*os.listdir()} == before


@pytest.mark.parametrize("settings", [{"units": 10**9}, {"units": 10**6}, {"units": 4}], ids=["huge", "large", "more"])
def test_layers_of_more_weights_than_the_file_holds_are_not_built(path, nothing_is_built, settings):
    rewritten(path, layer_changed(**settings))
    with pytest.raises(ValueError):
        load_network(path)


BAD_SIZES = [10**12, 10**400, 2**24 + 1, 0, -1, 1.5, "40", None, True]


@pytest.mark.parametrize("size", BAD_SIZES, ids=[str(size)[:9] for size in BAD_SIZES])
@pytest.mark.parametrize(("name", "key"), [
    ("mini_rocket", "steps"), ("mini_rocket", "features"), ("hydra", "steps"), ("hydra", "groups")
])  # fmt: skip
def test_sizes_of_fixed_kernels_are_bounded_before_they_are_planned(
    tmp_path, monkeypatch, nothing_is_built, name, key, size
):
    network, path = models.build(MODELS[name].settings(), InputSpec((40,), 1, 2)), tmp_path / "network_0.keras"
    network.save(path)

    def change(config):
        (layer,) = [each for each in config["config"]["layers"] if key in each["config"]]
        layer["config"][key] = size
        return config

    def plan(*given):
        raise AssertionError("dilations were planned")

    rewritten(path, change)
    monkeypatch.setattr(proportions, "dilation_plan", plan)
    monkeypatch.setattr(competing, "powers_of_two", plan)
    with pytest.raises((ValueError, TypeError)) as found:  # Keras makes the one of the other
        load_network(path)
    assert "planned" not in str(found.value)


def h5(make) -> bytes:
    """The content of an HDF5 file."""
    with h5py.File("weights", "w", driver="core", backing_store=False) as file:
        make(file)
        file.flush()
        return file.id.get_file_image()


def spread(file):
    file.create_dataset("x", (10**9,), "f4", chunks=(1000,))


def compressed(file):
    file.create_dataset("x", data=np.zeros(10**6, "f4"), compression="gzip")


def elsewhere(file):
    file["x"] = h5py.ExternalLink("/etc/passwd", "x")


def outside(file):
    file.create_dataset("x", (23,), "f4", external=[("/etc/passwd", 0, 92)])


def words(file):
    file["x"] = ["a", "b"]


def around(file):
    file["x"] = h5py.SoftLink("/")


@pytest.mark.parametrize("make", [spread, compressed, elsewhere, outside, words, around])
def test_weights_that_are_not_in_the_file_are_refused(path, nothing_is_built, make):
    rewritten(path, weights=h5(make))
    with pytest.raises(ValueError):
        load_network(path)


@pytest.mark.parametrize("more", [{"../outside": b"x"}, {"assets/code.py": b"x"}, {"/tmp/x": b""}])
def test_files_with_other_members_are_refused(path, nothing_is_built, more):
    rewritten(path, more=more)
    with pytest.raises(ValueError):
        load_network(path)


def test_a_description_that_grows_when_it_is_unpacked_is_refused(path, nothing_is_built):
    rewritten(path, lambda config: config | {"more": " " * 10**7}, compression=zipfile.ZIP_DEFLATED)
    with pytest.raises(ValueError):
        load_network(path)
