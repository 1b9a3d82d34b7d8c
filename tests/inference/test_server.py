"""The app of a server, which loads the classifier in a folder once."""

import json

import keras
import pytest

from convpipe.errors import ConvpipeError
from convpipe.inference.classifier import Classifier
from convpipe.inference.serving.server import scoring_app
from convpipe.preprocessing.series import SeriesPreprocessing


@pytest.fixture
def folder(tmp_path):
    """The folder of a small classifier of series."""
    inputs = keras.Input((4, 1))
    network = keras.Model(inputs, keras.layers.Dense(2, name="logits")(keras.layers.Flatten()(inputs)))
    preprocessing = SeriesPreprocessing("none", "refuse", False, [], [], 1, 4, 4)
    Classifier(preprocessing, [network], ("low", "high")).save(tmp_path / "mine")
    return tmp_path / "mine"


def test_the_classifier_is_loaded_once(folder, monkeypatch):
    load, loaded = Classifier.load, []
    monkeypatch.setattr(Classifier, "load", lambda path: loaded.append(path) or load(path))
    assert scoring_app(folder, 10**6).most_bytes == 10**6
    assert len(loaded) == 1


@pytest.mark.parametrize("modality", ["smells", ["series"], None])
def test_a_classifier_of_an_unknown_modality_is_refused(folder, refused, modality):
    about = json.loads((folder / "classifier.json").read_text())
    (folder / "classifier.json").write_text(json.dumps(about | {"modality": modality}))
    with refused(ConvpipeError, file="mine", mentions=(folder,)):
        scoring_app(folder, 10**6)


def test_a_broken_classifier_is_refused_by_the_name_of_its_own_folder(folder, refused):
    (folder / "network_0.keras").write_bytes(b"no network")
    with refused(ConvpipeError, file="mine", mentions=(folder,)):
        scoring_app(folder, 10**6)
