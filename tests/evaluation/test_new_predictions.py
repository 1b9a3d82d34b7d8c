"""Predictions for new files: every format can be read again, and no file is incomplete."""

import json

import keras
import numpy as np
import pandas as pd
import pytest

from convpipe import config, models
from convpipe.data.dataset import Subset
from convpipe.errors import ConvpipeError
from convpipe.evaluation.new_predictions import predict_new
from convpipe.inference.classifier import Classifier
from convpipe.inference.training_shape import TrainingShape
from convpipe.models.conv1d.cnn1d import Cnn1dSettings
from convpipe.preprocessing.series import SeriesPreprocessing

NAMES = ("a, b", 'c "d"\ne', "\N{GREEK SMALL LETTER ALPHA}")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A classifier for two-channel series with windows of ten steps."""
    train = [np.random.default_rng(n).normal(size=(10, 2)).astype(np.float32) for n in range(6)]
    asked = config.Settings(preprocessing=config.SeriesPreprocessingSettings())
    preprocessing = SeriesPreprocessing.fit(Subset(train, np.zeros(6), ["?"] * 6), asked)
    keras.utils.set_random_seed(1)
    network = models.build(
        Cnn1dSettings(filters=[4], kernel_sizes=[3], strides=[1], pooling=[1]), preprocessing.spec(3)
    )
    shape = TrainingShape.of(train, "series", ("x", "y"), (10, 5))
    place = tmp_path_factory.mktemp("it") / "classifier"
    Classifier(preprocessing, [network], NAMES, training=shape).save(place)
    return place


@pytest.fixture
def inputs(tmp_path):
    """Five files of twelve to sixteen steps."""
    (tmp_path / "new").mkdir()
    for number in range(5):
        values = np.random.default_rng(number).normal(size=(12 + number, 2))
        pd.DataFrame(values, columns=["x", "y"]).to_csv(tmp_path / "new" / f"{number}.csv", index=False)
    return tmp_path / "new"


def expected(folder, inputs):
    series = [pd.read_csv(path).to_numpy() for path in sorted(inputs.glob("*.csv"))]
    return Classifier.load(folder).predict(series)


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_every_format_reads_back(folder, inputs, tmp_path, suffix):
    path, said = tmp_path / f"out{suffix}", []
    predict_new(folder, [str(inputs)], path, True, False, said.append)
    if suffix == ".jsonl":
        table = pd.DataFrame([json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()])
    else:
        table = pd.read_csv(path) if suffix == ".csv" else pd.read_parquet(path)
    known = expected(folder, inputs)
    assert table["class"].tolist() == known.names
    assert table["sample_id"].tolist() == [f"{number}.csv" for number in range(5)]
    probabilities = table[[f"p({name})" for name in NAMES]].to_numpy()
    np.testing.assert_allclose(probabilities, known.probabilities, rtol=1e-6)
    np.testing.assert_allclose(table["probability"], probabilities.max(axis=1), rtol=1e-6)
    highest = np.sort(probabilities, axis=1)
    np.testing.assert_allclose(table["margin"], highest[:, -1] - highest[:, -2], atol=1e-6)
    assert any("5 samples" in line for line in said)


def test_without_a_file_the_table_goes_to_standard_output(folder, inputs, capsys):
    predict_new(folder, [str(inputs)], None, False, False, lambda line: None)
    assert capsys.readouterr().out.splitlines()[0] == "sample_id,class,probability,margin"


def test_each_window_has_a_row(folder, inputs, tmp_path):
    predict_new(folder, [str(inputs / "3.csv")], tmp_path / "out.csv", False, True, lambda line: None)
    ids = pd.read_csv(tmp_path / "out.csv")["sample_id"].tolist()
    assert len(ids) == 2 and all(name.startswith("3.csv, steps ") for name in ids)


def test_labeled_samples_have_an_accuracy(folder, tmp_path):
    known, said = Classifier.load(folder), []
    rows = []
    for number in range(6):
        values = np.random.default_rng(number).normal(size=(12, 2))
        rows += [{"recording": number, "x": x, "y": y, "label": NAMES[2 * (number % 2)]} for x, y in values]
    pd.DataFrame(rows).to_parquet(tmp_path / "new.parquet")
    predict_new(folder, [str(tmp_path / "new.parquet")], tmp_path / "out.csv", False, False, said.append)
    names = pd.read_csv(tmp_path / "out.csv")["class"].tolist()
    accuracy = np.mean([name == NAMES[2 * (number % 2)] for number, name in enumerate(names)])
    assert any(f"accuracy {accuracy:.3f}" in line for line in said), (said, known.class_names)


def test_a_broken_file_leaves_the_existing_table_unchanged(folder, inputs, tmp_path):
    out = tmp_path / "out.csv"
    out.write_text("earlier")
    (inputs / "9.csv").write_text("x,y\n1,abc\n2,1\n")
    with pytest.raises(ConvpipeError) as refused:
        predict_new(folder, [str(inputs / "0.csv"), str(inputs / "9.csv")], out, False, False, lambda line: None)
    assert refused.value.file.endswith("9.csv") and out.read_text() == "earlier"
    assert not list(tmp_path.glob("*.partial"))


@pytest.mark.parametrize("name", ["out.xlsx", "nowhere/out.csv"])
def test_a_file_that_cannot_be_written_is_refused(folder, inputs, tmp_path, name):
    with pytest.raises(ConvpipeError) as refused:
        predict_new(folder, [str(inputs)], tmp_path / name, False, False, lambda line: None)
    assert refused.value.key == "--output"


def test_an_empty_folder_is_refused(folder, tmp_path):
    (tmp_path / "nothing").mkdir()
    with pytest.raises(ConvpipeError) as refused:
        predict_new(folder, [str(tmp_path / "nothing")], None, False, False, lambda line: None)
    assert refused.value.file.endswith("nothing")


@pytest.mark.parametrize("place", ["new/out.csv", "new/deep/out.csv", "new/0.csv"])
def test_an_output_among_the_inputs_is_refused(folder, inputs, tmp_path, place):
    asked = inputs / "0.csv" if place == "new/0.csv" else inputs
    before = (inputs / "0.csv").read_text()
    with pytest.raises(ConvpipeError) as refused:
        predict_new(folder, [str(asked)], tmp_path / place, False, False, lambda line: None)
    assert refused.value.key == "--output" and (inputs / "0.csv").read_text() == before


def test_a_warning_about_several_chunks_is_reported_once(folder, inputs, tmp_path):
    (tmp_path / "far").mkdir()
    for number in range(3):
        (tmp_path / "far" / f"{number}.csv").write_text("x,y\n" + "900,900\n901,902\n" * 6)
    said = []
    predict_new(
        folder, [str(tmp_path / "far" / f"{number}.csv") for number in range(3)], tmp_path / "out.csv", False, False,
        said.append,
    )  # fmt: skip
    (line,) = [line for line in said if line.startswith("warning")]
    assert "3 samples" in line and "0.csv" in line
