"""Exact maps add up to the logits, for every registered model and also in padded batches."""

import numpy as np
import pytest

from convpipe import models
from convpipe.data.ragged import Ragged
from convpipe.errors import ConfigError
from convpipe.evaluation.explanation.explainer import network_map
from convpipe.inference.logits import predict_logits
from convpipe.input_spec import InputSpec
from convpipe.registry import MODALITIES, MODELS

STEPS = [40, 31, 24, 40]
#: Networks that are not linear in a feature map.
APPROXIMATE = {"mlp"}


def fitting() -> list[tuple[str, str]]:
    """Each model with each modality that it supports."""
    found = []
    for modality, row in MODALITIES.items():
        for name, model in MODELS.items():
            try:
                models.check_fits(model.settings(), row.axes, modality == "text")
            except ConfigError:
                continue
            found.append((modality, name))
    return found


def check(network, inputs, exact: bool = True, tokens=None):
    logits = predict_logits(network, inputs)  # in a padded batch if samples differ in length
    for row, expected in enumerate(logits):
        found = network_map(network, inputs[np.array([row])], 0, tokens)
        assert found.exact is exact, found.method
        total = found.scores.reshape(-1, len(expected)).sum(axis=0) + found.constant
        if exact:
            np.testing.assert_allclose(total, expected, rtol=0, atol=1e-4)
    return found


@pytest.mark.slow
@pytest.mark.parametrize(("modality", "name"), fitting(), ids=lambda value: value)
def test_exact_maps_add_up_to_the_logits(modality, name, built, samples):
    steps = [20, 7, 13] if modality == "text" else STEPS
    inputs = samples(modality, steps)
    if name in ("mini_rocket", "hydra", "hydra_mini") and modality in ("text", "sound"):
        pytest.skip("as for series")
    network = built(name, modality)
    found = check(network, inputs, exact=name not in APPROXIMATE, tokens=["w"] * 20 if modality == "text" else None)
    assert np.isfinite(found.scores).all()


@pytest.mark.parametrize(
    ("modality", "name", "settings"),
    [
        ("series", "cnn1d", {"padding": "valid", "segments": 1}),
        ("series", "cnn1d", {"padding": "causal", "segments": 3, "strides": [1, 1]}),
        ("series", "inception_time", {"hybrid": True, "segments": 5}),
        ("series", "hydra", {"duration": True}),
        ("image", "cnn2d", {"padding": "valid"}),
        ("text", "text_cnn", {"bag": True}),
        ("text", "text_cnn", {"as_conv2d": True}),
    ],
    ids=str,
)
def test_settings_keep_maps_exact(modality, name, settings, built, samples):
    inputs = samples(modality, [20, 7] if modality == "text" else STEPS[1:3])
    check(built(name, modality, **settings), inputs, tokens=["w"] * 20 if modality == "text" else None)


@pytest.mark.parametrize(
    ("transform", "name", "sizes", "shape"),
    [
        ("as_image", "cnn2d", (32,), (32, 2)),
        ("height_one", "cnn2d", (32,), (1, 32)),
        ("spectrogram", "cnn2d", (256,), (29, 17)),
        ("rows", "cnn1d", (12, 10), (12,)),
        ("middle_slice", "cnn2d", (6, 12, 10), (12, 10)),
        ("middle_line", "cnn1d", (6, 12, 16), (16,)),
    ],
)
def test_input_transforms_keep_maps_exact(transform, name, sizes, shape, built):
    spec = InputSpec(sizes, 2, 3)
    modality = {1: "series", 2: "image", 3: "volume"}[len(sizes)]
    pooling = {"pooling": [1, 1], "strides": [1, 1]}
    network = built(name, modality, spec, input_transform=transform, **pooling)
    inputs = np.random.default_rng(2).normal(size=(2, *sizes, 2)).astype("float32")
    assert check(network, inputs).scores.shape == (*shape, 3)


@pytest.mark.parametrize(
    ("name", "modality", "settings", "method"),
    [
        ("mlp", "series", {}, "integrated gradients"),
        ("tcn", "series", {"pooling": "last"}, "integrated gradients"),
        ("tcn", "text", {"pooling": "last"}, "integrated gradients"),
        ("char_cnn", "text", {"units": [6]}, "HiResCAM"),
        ("char_cnn", "series", {"units": [6]}, "HiResCAM"),
    ],
)
def test_other_networks_are_explained_by_gradients(name, modality, settings, method, built, samples):
    network, inputs = built(name, modality, **settings), samples(modality, [20, 7])
    if "units" in settings:
        network.get_layer("hidden_1").bias.assign([2.0] * 6)  # a unit that is zero has no gradient
    found = check(network, inputs, exact=False, tokens=["w"] * 7 if modality == "text" else None)
    assert method in found.method and found.scores.any()
    if method == "integrated gradients":  # complete except for the error of the sum
        total = found.scores.reshape(-1, 3).sum(axis=0) + found.constant
        np.testing.assert_allclose(total, predict_logits(network, inputs)[-1], atol=0.05)


def test_without_gradients_occlusion_is_used(built, samples, monkeypatch):
    import keras

    network, inputs = built("mlp", "series"), samples("series", [20, 40])
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    found = network_map(network, inputs[np.array([0])], 0)
    assert found.method == "occlusion" and not found.exact and found.scores.shape == (20, 3)


def test_a_network_with_nan_weights_is_not_exact(built, samples):
    network = built("fcn", "series")
    network.get_layer("logits").bias.assign([np.nan] * 3)
    assert not network_map(network, samples("series", [20])[np.array([0])], 0).exact


def test_padding_of_a_linear_model_is_in_the_constant(built):
    spec = InputSpec((30,), 2, 3, masked=True)
    network = built("linear", "series", spec)
    inputs = Ragged.of([np.ones((12, 2), np.float32)])
    found = check(network, inputs)
    assert found.scores.shape == (12, 2, 3) and found.method == "weights of the linear layer"
