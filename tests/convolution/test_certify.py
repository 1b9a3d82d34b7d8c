"""Certified receptive fields: all models pass, planted faults are found and named."""

import keras
import numpy as np
import pytest
from keras import layers
from omegaconf import OmegaConf

from convpipe import models
from convpipe.cli.convolve import run as convolve
from convpipe.convolution.certify.layers import ReceptiveFieldError, certify
from convpipe.convolution.certify.run import certified_lines
from convpipe.convolution.settings import ConvolveSettings
from convpipe.convolution.worked import work
from convpipe.cost import model_cost as costs
from convpipe.cost.layer import Layer
from convpipe.errors import ConfigError
from convpipe.inference.classifier import Classifier
from convpipe.input_spec import InputSpec, SpectrogramSpec, TokenTable
from convpipe.preprocessing.series import SeriesPreprocessing
from convpipe.registry import MODELS

pytestmark = pytest.mark.slow

SMALL = {
    "cnn1d": {"filters": [3, 4], "kernel_sizes": [5, 4], "strides": [2, 1], "pooling": [2, 1]},
    "fcn": {"filters": [3, 4], "kernel_sizes": [5, 4]},
    "inception_time": {"depth": 3, "filters": 3, "kernel_size": 8, "bottleneck": 3},
    "lite_time": {"filters": 3, "kernel_size": 8, "hybrid": False},
    "mini_rocket": {"features": 84},
    "hydra": {"groups": 2},
    "hydra_mini": {"features": 84, "groups": 2},
    "mlp": {"units": [4]},
    "resnet": {"filters": [3, 4]},
    "tcn": {"filters": 3, "kernel_size": 3, "num_blocks": 3},
    "cnn2d": {"filters": [3, 4], "kernel_sizes": [3, 2], "strides": [1, 2], "pooling": [2, 1]},
    "mobile2d": {"filters": [3, 4, 5], "strides": [1, 2, 1]},
    "resnet2d": {"filters": [3, 4], "blocks": 1},
    "cnn3d": {"filters": [3, 4], "kernel_sizes": [3, 2], "strides": [1, 1], "pooling": [2, 1]},
    "resnet3d": {"filters": [2, 3], "blocks": 1},
    "m5": {"filters": [3, 3, 4], "kernel_size": 9, "strides": 3},
    "char_cnn": {"filters": [4, 3], "kernel_sizes": [4, 3], "pooling": [3, 1]},
    "dpcnn": {"filters": 3, "blocks": 3},
    "text_cnn": {"filters": 3, "kernel_sizes": [2, 5]},
}
#: Models that look at a whole sample at once, or count n-grams.
WITHOUT_FIELDS = {"mlp", "mini_rocket", "hydra", "hydra_mini", "linear", "fast_text"}
SIZES = {1: (50,), 2: (12, 10), 3: (8, 7, 6)}


def built(name: str):
    """A small network of the catalog, and the shape of a sample."""
    model, sizes = MODELS[name], SIZES[MODELS[name].axes[0]]
    keras.utils.set_random_seed(3)
    if name in ("char_cnn", "dpcnn", "text_cnn", "fast_text", "linear"):
        vectors = np.random.default_rng(0).normal(size=(20, 4)).astype("float32")
        table = TokenTable("fine_tuned", 20, 12, 4, vectors, idf=np.ones(12, "float32"))
        return models.build(model.settings(**SMALL.get(name, {})), InputSpec((30,), 4, 3, True, table)), (30,)
    return models.build(model.settings(**SMALL.get(name, {})), InputSpec(sizes, 2, 3)), (*sizes, 2)


@pytest.mark.parametrize("name", MODELS)
def test_every_model_is_certified_with_both_edges_of_every_field(name):
    network, shape = built(name)
    certificate = certify(network, shape)
    kernels = [layer.row for layer in certificate.layers if "Conv" in layer.row.kind]
    assert bool(kernels) is (name not in WITHOUT_FIELDS)
    assert "logits" in certificate.unknown and certificate.every_position
    for layer in certificate.layers:
        assert set(layer.edges) == {2}, layer.row.name
        assert all(seen <= field for seen, field in zip(layer.reach, layer.row.receptive_field, strict=True))


def plain(*kernels, **options):
    """Convolutions over open steps, their average and logits."""
    stack = [layers.Conv1D(4, size, name=f"scan_{n}", **options) for n, size in enumerate(kernels, 1)]
    head = [layers.GlobalAveragePooling1D(name="mean"), layers.Dense(3, name="logits")]
    return keras.Sequential([keras.Input((None, 2)), *stack, *head])


def test_shares_and_reach_are_those_of_the_weights():
    network = plain(5, 3, padding="same", activation="relu")
    kernel = np.zeros((5, 2, 4), "float32")
    kernel[1:3] = 1.0  # the taps at 0, 3 and 4 do nothing
    network.get_layer("scan_1").set_weights([kernel, np.full(4, 100.0, "float32")])
    first, second = certify(network, (30, 2)).layers
    assert (first.share, first.reach, first.row.receptive_field) == (2 / 5, (2,), (5,))
    assert (second.share, second.reach, second.row.receptive_field) == (4 / 7, (4,), (7,))


def test_a_dead_relu_hides_its_field_but_is_no_fault():
    network = plain(5, 3, padding="same", activation="relu")
    network.get_layer("scan_1").set_weights([np.ones((5, 2, 4), "float32"), np.full(4, -1e6, "float32")])
    certificate = certify(network, (30, 2))
    assert [(layer.share, layer.reach) for layer in certificate.layers] == [(0, (0,)), (0, (0,))]
    assert [layer.edges for layer in certificate.layers] == [(2,), (2,)]


def shifted(layer: Layer):
    return tuple((before + 1, after - 1) for before, after in PADS.__get__(layer))


PADS, SPAN = Layer.pads, Layer.receptive_field
FAULTS = {
    "a span one too small": ("receptive_field", lambda layer: tuple(n - 1 for n in SPAN.__get__(layer)), False),
    "a span one too large": ("receptive_field", lambda layer: tuple(n + 1 for n in SPAN.__get__(layer)), True),
    "an offset by one": ("pads", shifted, False),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("options", [{"padding": "same"}, {"padding": "causal", "dilation_rate": 3}, {"strides": 3}])
def test_a_planted_fault_is_found_and_named(fault, options, monkeypatch):
    attribute, wrong, hidden = FAULTS[fault]
    monkeypatch.setattr(Layer, attribute, property(wrong))
    with pytest.raises(ReceptiveFieldError) as caught:
        certify(plain(5, 3, **options), (40, 2))
    assert (caught.value.layer, caught.value.hidden) == ("scan_1", hidden)
    assert "scan_1" in str(caught.value)


def test_a_wrong_stride_is_found(monkeypatch):
    wrong = [costs.Reach(0, 4, 1)]  # of a kernel of five steps that moves by two
    monkeypatch.setattr(costs, "_through_kernel", lambda reaches, layer: tuple(wrong))
    with pytest.raises(ReceptiveFieldError) as caught:
        certify(plain(5, strides=2), (40, 2))
    assert caught.value.layer == "scan_1"


@pytest.mark.parametrize("axis", [0, 1])
def test_a_fault_along_one_axis_of_images_is_found(axis, monkeypatch):
    def narrow(layer):
        sizes = list(SPAN.__get__(layer))
        sizes[axis] -= 1
        return tuple(sizes)

    monkeypatch.setattr(Layer, "receptive_field", property(narrow))
    network = keras.Sequential([keras.Input((9, 8, 1)), layers.Conv2D(3, 3, padding="same", name="scan")])
    with pytest.raises(ReceptiveFieldError) as caught:
        certify(network, (9, 8, 1))
    assert (caught.value.layer, caught.value.probe.axis) == ("scan", axis)


class Backwards(layers.Layer):
    """Turns the steps round, which its shape does not tell."""

    def call(self, inputs):
        return keras.ops.flip(inputs, axis=1)


def test_a_layer_that_moves_positions_unseen_is_named():
    network = keras.Sequential([keras.Input((20, 2)), layers.Conv1D(3, 3), Backwards(name="backwards")])
    with pytest.raises(ReceptiveFieldError) as caught:
        certify(network, (20, 2))
    assert caught.value.layer == "backwards"


def test_long_samples_are_checked_at_some_positions(monkeypatch):
    monkeypatch.setattr("convpipe.convolution.certify.probes.MOST_WORK", 10**6)
    certificate = certify(plain(9, 5, padding="same"), (600, 2))
    assert not certificate.every_position and certificate.copies < 100
    assert [layer.reach for layer in certificate.layers] == [(9,), (13,)]


def test_an_image_that_becomes_a_spectrogram_is_certified_by_frames():
    spectrogram = SpectrogramSpec(n_mels=6, frame_length=64, hop_length=16, sampling_rate=1000.0)
    settings = MODELS["cnn2d"].settings(**SMALL["cnn2d"])
    network = models.build(settings, InputSpec((400,), 1, 3, spectrogram=spectrogram))
    certificate = certify(network, (400, 1))
    assert {layer.row.field.origin for layer in certificate.layers} == {(22, 6)}
    assert all(layer.edges[0] == 2 for layer in certificate.layers)


@pytest.fixture
def run(home):
    """The folder of a run on series of 2 s at 50 Hz."""
    fitted = {"mean": [], "deviation": [], "channels": 2, "steps": 100, "shortest": 100}
    preprocessing = SeriesPreprocessing("none", "refuse", False, **fitted)
    Classifier(preprocessing, [plain(5, 3), plain(5, 3)], ("a", "b", "c"), 50.0).save(home / "run" / "classifier")
    return str(home / "run")


def test_a_run_shows_fields_in_positions_and_seconds_and_warns_of_short_ones(run):
    lines = list(certified_lines(run))
    assert [line.split() for line in lines[2:4]] == [
        ["scan_1", "5", "0.1", "100%", "5", "2/2"],
        ["scan_2", "7", "0.14", "100%", "7", "2/2"],
    ]
    assert sum(line.startswith("Receptive fields") for line in lines) == 1  # two networks that are built alike
    warning = next(line for line in lines if "warning" in line)
    assert "0.14 s" in warning and "2 s" in warning
    assert "mean, logits" in " ".join(map(str.strip, lines)) and max(map(len, lines)) <= 80


def test_a_wrong_field_ends_the_command_with_status_1_and_names_the_layer(run, monkeypatch):
    monkeypatch.setattr(Layer, "receptive_field", property(FAULTS["a span one too small"][1]))
    with pytest.raises(SystemExit) as caught:
        convolve(OmegaConf.structured(ConvolveSettings(run=run, certify=True)))
    assert "scan_1" in caught.value.code  # Python prints a string and exits with 1


def test_certify_needs_a_run(refused):
    with refused(ConfigError, key="run", remedy="run="):
        list(work(ConvolveSettings(certify=True)))
