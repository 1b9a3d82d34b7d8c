"""What Keras and PyTorch say about the worked cases and about layers of many kinds."""

import pytest

from convpipe.convolution.compare import compared
from convpipe.convolution.settings import CASES, OwnLayer


@pytest.mark.parametrize("name", CASES)
def test_keras_agrees_with_every_case(name):
    lines = list(compared(name, OwnLayer()))
    assert lines and all(line.startswith("  check: ") for line in lines)
    assert any("Keras" in line for line in lines)


@pytest.mark.parametrize(
    "settings",
    [
        {"padding": "causal", "dilation": 4},
        {"kind": "separable", "strides": 2, "depth_multiplier": 2},
        {"kind": "depthwise", "dimensions": 2, "bias": False},
        {"kind": "pooling", "dimensions": 3, "strides": 2, "padding": "valid"},
        {"groups": 2, "padding": [[0, 3]]},
        {"kind": "transposed", "strides": 3, "kernel_size": 2, "padding": "valid"},
        {"kind": "transposed", "dimensions": 2, "strides": [2, 1], "kernel_size": 4, "bias": False},
        {"kind": "transposed", "dilation": 3, "padding": "valid"},
    ],
    ids=lambda settings: settings.get("kind", "convolution"),
)
def test_keras_counts_the_same_shape_and_parameters(settings):
    (line,) = compared("layer", OwnLayer(**settings))
    assert line.startswith("  check: Keras")


@pytest.mark.parametrize(
    "settings", [{"kind": "depthwise", "dimensions": 3}, {"kind": "transposed", "groups": 2}], ids=lambda s: s["kind"]
)
def test_a_layer_that_keras_lacks_is_said_to_be_lacking(settings):
    (line,) = compared("layer", OwnLayer(**settings))
    assert "Keras has no such layer" in line
