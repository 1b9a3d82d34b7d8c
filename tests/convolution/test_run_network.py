"""The network of a trained run: found by folder or id, told layer by layer, drawn."""

import json

import keras
import pytest
from keras import layers

from convpipe.convolution.pictures.drawing import draw_network
from convpipe.convolution.pictures.network import NetworkPicture
from convpipe.convolution.run_network import network_lines, run_cost, significant_rows
from convpipe.cost.model_cost import model_cost
from convpipe.errors import ConvpipeError
from convpipe.inference.classifier import Classifier
from convpipe.inference.locate import classifier_folder
from convpipe.preprocessing.series import SeriesPreprocessing


@pytest.fixture
def network():
    inputs = keras.Input((None, 2))
    features = layers.Conv1D(4, 5, strides=2, name="scan")(inputs)
    features = layers.Dropout(0.1, name="dropout")(layers.ReLU(name="relu")(features))
    return keras.Model(inputs, layers.Dense(3, name="logits")(layers.GlobalAveragePooling1D(name="mean")(features)))


@pytest.fixture
def run(network, home):
    """A run's folder as training leaves it, under a home of its own."""
    folder = home / "runs" / "today"
    preprocessing = SeriesPreprocessing(
        "none", "refuse", False, mean=[], deviation=[], channels=2, steps=30, shortest=30
    )
    Classifier(preprocessing, [network], ("a", "b", "c")).save(folder / "classifier")
    (folder / "result.json").write_text(json.dumps({"run_id": "abc123"}))
    return folder


def test_a_run_is_found_by_its_folder_its_classifier_or_its_id(run):
    for name in (run, run / "classifier", "abc123"):
        assert classifier_folder(str(name)) == run / "classifier"


def test_a_run_that_is_not_there_is_refused(run):
    with pytest.raises(ConvpipeError) as caught:
        classifier_folder("other")
    assert (caught.value.key, caught.value.value) == ("run", "other")


def test_the_network_is_counted_for_the_steps_that_it_was_trained_on(run):
    cost, shape = run_cost("abc123")
    assert shape == (30, 2)
    assert cost.multiply_adds == 13 * 5 * 2 * 4 + 4 * 3


def test_the_table_names_what_works_and_counts_what_it_leaves_out(network):
    cost = model_cost(network, (30, 2))
    assert [row.name for row in significant_rows(cost)] == ["scan", "mean", "logits"]
    lines = list(network_lines(cost, (30, 2)))
    assert lines[2].split() == ["scan", "Conv1D", "13x4", "44", "520", "5", "2"]
    assert "2 layers" in lines[-3]
    assert "59 parameters, 532 multiply-adds, field 5" in lines[-2]


def test_operations_that_keras_adds_are_no_layers(home):
    preprocessing = SeriesPreprocessing("none", "refuse", False, [], [], 2, 30, 30)
    inner = keras.Sequential([keras.Input((None, 2)), layers.Conv1D(3, 3, name="scan")], name="inner")
    outer = keras.Input((None, 2))
    pooled = layers.GlobalAveragePooling1D(name="mean")(inner(outer * 2.0) / 3.0)
    network = keras.Model(outer, layers.Dense(2, name="logits")(pooled))
    Classifier(preprocessing, [network], ("a", "b")).save(home / "runs" / "nested" / "classifier")
    cost, _ = run_cost(str(home / "runs" / "nested"))
    assert {row.name for row in cost.rows if row.parameters} == {"inner/scan", "logits"}
    assert not [row for row in cost.rows if row.kind in ("TrueDivide", "Multiply")]


def test_a_table_of_long_names_keeps_to_eighty_columns():
    inputs = keras.Input((28, 28, 3))
    features = inputs
    for number in (1, 2):
        name = f"stage_{number}_block_1"
        features = layers.Conv2D(128, 3, name=f"{name}_convolution", padding="same")(features)
        features = layers.BatchNormalization(name=f"{name}_normalization")(features)
    pooled = layers.GlobalAveragePooling2D(name="average")(features)
    network = keras.Model(inputs, layers.Dense(10, name="logits")(pooled))
    lines = list(network_lines(model_cost(network, (28, 28, 3)), (28, 28, 3)))
    assert max(map(len, lines)) <= 80
    assert [line.split()[0] for line in lines[2:4]] == ["stage_1_block_1", "stage_2_block_1"]
    assert any("2 normalizations (1,024 parameters)" in line for line in lines)


def test_a_layer_without_a_rule_is_told_of():
    recurrent = keras.Sequential([keras.Input((None, 3)), layers.LSTM(3, name="memory")])
    assert list(network_lines(model_cost(recurrent, (10, 3)), (10, 3)))[-1].endswith("counted as zero: memory")


def test_the_picture_shows_every_working_layer(network, tmp_path):
    cost = model_cost(network, (30, 2))
    words = [text.get_text() for text in NetworkPicture(cost, (30, 2)).draw(0, True).axes.texts]
    assert {"scan", "mean", "logits", "13 × 4", "520", "all"} <= set(words)
    assert [path.name for path in draw_network(cost, (30, 2), str(tmp_path))] == ["network.svg"]
