"""Networks for texts against NumPy, and single texts against padded batches, with a vocabulary of ten words."""

import keras
import numpy as np
import pytest
from keras import ops

from convpipe import models
from convpipe.cost.model_cost import model_cost
from convpipe.errors import ConfigError
from convpipe.input_spec import InputSpec
from convpipe.models.text.char_cnn import CharCnnSettings
from convpipe.models.text.dpcnn import DpcnnSettings
from convpipe.models.text.text_cnn import TextCnnSettings

WORDS, DIMENSIONS, CLASSES = 10, 4, 3
TABLE = np.random.default_rng(0).normal(size=(WORDS, DIMENSIONS)).astype("float32")
TEXTS = ([3, 9, 1, 1, 4, 0, 7, 2, 5], [8, 6, 2, 2], [5, 5], [7])
SMALL = (
    TextCnnSettings(filters=5, kernel_sizes=[1, 4]),
    CharCnnSettings(filters=[6, 5], kernel_sizes=[5, 3], pooling=[3, 2]),
    CharCnnSettings(filters=[6], kernel_sizes=[3], pooling=[3], units=[7]),
    DpcnnSettings(filters=6, blocks=4),
)


def batch_of(texts) -> np.ndarray:
    """Return the vectors of texts (batch, most tokens, dimensions), NaN after the end of each."""
    padded = np.full((len(texts), max(map(len, texts)), DIMENSIONS), np.nan, np.float32)
    for row, text in zip(padded, texts, strict=True):
        row[: len(text)] = TABLE[text]
    return padded


def built(settings, masked=True):
    """Return a network with random weights and biases."""
    network = models.build(settings, InputSpec((9,), DIMENSIONS, CLASSES, masked))
    random = np.random.default_rng(1)
    network.set_weights([random.normal(size=weight.shape) for weight in network.get_weights()])
    return network


def text_cnn_by_hand(network, text, sizes) -> np.ndarray:
    """Compute every window of every kernel explicitly."""
    maxima = []
    for size in sizes:
        kernel, bias = network.get_layer(f"kernel_{size}").get_weights()
        before, after = (size - 1) // 2, size - 1 - (size - 1) // 2
        rows = np.pad(TABLE[text], [(before, after), (0, 0)])
        windows = [rows[start : start + size] for start in range(len(text))]
        outputs = [[np.sum(window * kernel[:, :, f]) + bias[f] for f in range(len(bias))] for window in windows]
        maxima.append(np.maximum(np.max(outputs, axis=0), 0))
    kernel, bias = network.get_layer("logits").get_weights()
    return np.concatenate(maxima) @ kernel + bias


@pytest.mark.parametrize("sizes", [[3, 4, 5], [1], [2, 7]])
def test_text_cnn_equals_its_definition(sizes):
    network = built(TextCnnSettings(kernel_sizes=sizes, filters=6))
    logits = ops.convert_to_numpy(network(batch_of(TEXTS)))
    for text, row in zip(TEXTS, logits, strict=True):
        np.testing.assert_allclose(row, text_cnn_by_hand(network, text, sizes), rtol=1e-4, atol=1e-4)


def test_max_norm_limits_each_class_and_zero_turns_it_off():
    network = built(TextCnnSettings(filters=5, max_norm=0.5))
    output = network.get_layer("logits")
    limited = ops.convert_to_numpy(output.kernel_constraint(output.kernel))
    np.testing.assert_allclose(np.linalg.norm(limited, axis=0), 0.5, rtol=1e-4)
    assert built(TextCnnSettings(max_norm=0)).get_layer("logits").kernel_constraint is None


@pytest.mark.parametrize("settings", SMALL, ids=lambda settings: settings.name)
def test_padding_and_the_batch_do_not_change_a_prediction(settings):
    network, batch = built(settings), batch_of(TEXTS)
    together = ops.convert_to_numpy(network(np.pad(batch, [(0, 0), (0, 11), (0, 0)], constant_values=np.nan)))
    for row, text, vectors in zip(together, TEXTS, batch, strict=True):
        alone = ops.convert_to_numpy(network(vectors[None, : len(text)]))[0]
        np.testing.assert_allclose(row, alone, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("settings", SMALL, ids=lambda settings: settings.name)
def test_saved_networks_predict_the_same_and_take_a_single_token(settings, tmp_path):
    network = built(settings)
    network.save(tmp_path / "network.keras")
    again = keras.models.load_model(tmp_path / "network.keras")
    np.testing.assert_array_equal(ops.convert_to_numpy(again(batch_of(TEXTS))), network(batch_of(TEXTS)))
    assert model_cost(network, (1, DIMENSIONS)).multiply_adds > 0


def test_char_cnn_of_the_paper_has_its_layers():
    settings = CharCnnSettings(
        filters=[256] * 6, kernel_sizes=[7, 7, 3, 3, 3, 3], pooling=[3, 3, 1, 1, 1, 3], units=[1024, 1024]
    )
    network = models.build(settings, InputSpec((1014,), 70, 4, True))
    names = [layer.name for layer in network.layers if layer.weights]
    assert names == [*(f"layer_{n}_convolution" for n in range(1, 7)), "hidden_1", "hidden_2", "logits"]
    assert network.get_layer("layer_1_convolution").kernel.shape == (7, 70, 256)


def test_each_block_of_dpcnn_halves_the_tokens():
    network = built(DpcnnSettings(filters=6, blocks=4))
    rows = {row.name: row.output_shape for row in model_cost(network, (17, DIMENSIONS)).rows}
    assert [rows[f"block_{number}_add"] for number in range(1, 5)] == [(17, 6), (9, 6), (5, 6), (3, 6)]


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (lambda: CharCnnSettings(filters=[1, 2]), ("filters", "kernel_sizes", "pooling", 2, 3)),
        (lambda: TextCnnSettings(kernel_sizes=[]), ("model.kernel_sizes",)),
        (lambda: TextCnnSettings(kernel_sizes=[3, 3]), ("model.kernel_sizes", [3, 3])),
    ],
)
def test_invalid_settings_are_refused(make, named, refused):
    with refused(ConfigError, mentions=named):
        make()
