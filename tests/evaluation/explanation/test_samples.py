"""From the map of a network to that of a sample: windows, padding, sizes, classes, ensembles."""

import keras
import numpy as np
import pytest

from convpipe.errors import ConfigError, DataError
from convpipe.evaluation.explanation import explain
from convpipe.inference.classifier import Classifier
from convpipe.inference.training_shape import TrainingShape
from convpipe.preprocessing.images import ImagePreprocessing
from convpipe.preprocessing.series import SeriesPreprocessing
from convpipe.preprocessing.sound import SoundPreprocessing
from convpipe.preprocessing.volumes import VolumePreprocessing

NAMES = ("a", "b", "c")


def series_of(steps=40, channels=2, scaling="series", logs=False):
    return SeriesPreprocessing(scaling, "refuse", logs, [0.0] * channels, [1.0] * channels, channels, steps, steps)


def classifier_of(built, preprocessing, name, modality, count=1, training=None, **settings):
    networks = []
    for seed in range(count):
        network = built(name, modality, preprocessing.spec(3), **settings)
        network.get_layer("logits").bias.assign([seed, 0.5, -0.5])
        networks.append(network)
    weights = [1.0, 3.0] if count == 2 else None
    return Classifier(preprocessing, networks, NAMES, 50.0, weights, training=training or TrainingShape())


def adds_up(explanation):
    total = explanation.scores.reshape(-1, 3).sum(axis=0) + explanation.constant
    np.testing.assert_allclose(total, explanation.logits, atol=1e-4)
    assert explanation.exact


def test_an_ensemble_is_explained_by_the_weighted_mean_of_its_logits(built):
    classifier = classifier_of(built, series_of(), "fcn", "series", count=2)
    explanation = explain(classifier, np.random.default_rng(0).normal(size=(40, 2)))
    adds_up(explanation)
    (one, other) = (Classifier(classifier.preprocessing, [each], NAMES) for each in classifier.networks)
    sample = np.random.default_rng(0).normal(size=(40, 2))
    expected = (explain(one, sample).logits + 3 * explain(other, sample).logits) / 4
    np.testing.assert_allclose(explanation.logits, expected, atol=1e-5)


def test_a_long_recording_has_the_mean_of_its_windows(built):
    training = TrainingShape(window_steps=40, window_stride=20)
    classifier = classifier_of(built, series_of(), "fcn", "series", training=training)
    recording = np.random.default_rng(0).normal(size=(95, 2)).astype("float32")
    explanation = explain(classifier, recording)
    adds_up(explanation)
    assert explanation.scores.shape == (95, 3) and not explanation.scores[80:].any()  # no window starts there
    windows = [explain(classifier, recording[start : start + 40]) for start in (0, 20, 40)]
    np.testing.assert_allclose(explanation.logits, np.mean([each.logits for each in windows], axis=0), atol=1e-5)
    np.testing.assert_allclose(explanation.scores[:20], windows[0].scores[:20] / 3, atol=1e-6)
    np.testing.assert_allclose(explanation.probabilities, classifier.predict([recording]).probabilities[0])
    assert explanation.axes[0].edges[-1] == pytest.approx(95 / 50) and explanation.axes[0].unit == "s"


@pytest.mark.parametrize(("scaling", "logs"), [("both", False), ("both", True), ("none", True)])
def test_derived_channels_are_summed(built, scaling, logs):
    classifier = classifier_of(built, series_of(scaling=scaling, logs=logs), "linear", "series")
    explanation = explain(classifier, np.random.default_rng(0).normal(size=(40, 2)))
    adds_up(explanation)
    assert explanation.scores.shape == (40, 2, 3) and explanation.axes[1].labels == ("channel 0", "channel 1")


@pytest.mark.parametrize("steps", [400, 600, 901])
def test_the_map_of_a_waveform_has_the_steps_of_the_recording(built, steps):
    preprocessing = SoundPreprocessing("recording", 600, 1000.0, 8, 64, 24)
    classifier = classifier_of(built, preprocessing, "m5", "sound")
    explanation = explain(classifier, np.random.default_rng(0).normal(size=(steps, 1)))
    adds_up(explanation)
    assert explanation.scores.shape == (steps, 3) and explanation.spectrogram is not None
    if steps == 901:
        assert not explanation.scores[:150].any() and not explanation.scores[750:].any()


def test_the_map_of_a_spectrogram_has_seconds_and_hertz(built):
    preprocessing = SoundPreprocessing("recording", 600, 1000.0, 8, 64, 24)
    classifier = classifier_of(built, preprocessing, "cnn2d", "sound")
    classifier.sampling_rate = None
    explanation = explain(classifier, np.random.default_rng(0).normal(size=(800, 1)))
    adds_up(explanation)
    time, frequency = explanation.axes
    assert (time.unit, frequency.unit) == ("s", "Hz") and explanation.scores.shape[:2] == (len(time), len(frequency))
    assert time.edges[0] == pytest.approx(0.1 + 0.02) and frequency.edges[[0, -1]].tolist() == [0, pytest.approx(500)]


@pytest.mark.parametrize(
    ("preprocessing", "name", "shape", "map_shape", "last"),
    [
        (ImagePreprocessing(14, 11, 2, [], []), "cnn2d", (28, 33, 2), (14, 11), (28, 33)),
        (ImagePreprocessing(14, 11, 2, [], []), "linear", (14, 11, 2), (14, 11), (14, 11)),
        (ImagePreprocessing(14, 12, 2, [], []), "rows", (14, 12, 2), (14, 12), (14, 12)),
        (VolumePreprocessing("none", [9, 7, 8], 1, [], []), "cnn3d", (9, 14, 8, 1), (9, 7, 8), (9, 14, 8)),
        (VolumePreprocessing("none", [9, 7, 8], 1, [], []), "middle_slice", (9, 7, 8, 1), (9, 7, 8), (9, 7, 8)),
        (VolumePreprocessing("none", [9, 7, 8], 1, [], []), "middle_line", (9, 7, 8, 1), (9, 7, 8), (9, 7, 8)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_axes_are_those_of_the_sample(built, preprocessing, name, shape, map_shape, last):
    settings = {"input_transform": name, "pooling": [1, 1]} if name in ("rows", "middle_slice", "middle_line") else {}
    model = {"rows": "cnn1d", "middle_slice": "cnn2d", "middle_line": "cnn1d"}.get(name, name)
    classifier = classifier_of(built, preprocessing, model, preprocessing.modality, **settings)
    explanation = explain(classifier, np.random.default_rng(0).uniform(2, 255, shape))
    adds_up(explanation)
    assert explanation.scores.shape == (*map_shape, 3)
    assert [each.edges[-1] for each in explanation.axes] == list(last)


def test_a_class_may_be_a_name_or_an_index(built, refused):
    classifier, sample = classifier_of(built, series_of(), "fcn", "series"), np.ones((40, 2))
    assert explain(classifier, sample, label="b").label == explain(classifier, sample, label=1).label == 1
    likeliest = explain(classifier, sample)
    assert likeliest.label == likeliest.predicted != likeliest.rival
    with refused(ConfigError, key="--class", value="aa", remedy="did you mean a?"):
        explain(classifier, sample, label="aa")
    with refused(ConfigError, key="--class", value=3):
        explain(classifier, sample, label=3)


def test_an_unsuitable_sample_is_refused(built, refused):
    classifier = classifier_of(built, series_of(), "fcn", "series")
    with refused(DataError, file="here", value=3):
        explain(classifier, np.ones((40, 3)), "here")


def test_a_plugin_network_with_another_head_is_explained():
    inputs = keras.Input((None, 2))
    outputs = keras.layers.GRU(4)(keras.layers.Conv1D(4, 3, padding="same")(inputs))
    network = keras.Model(inputs, keras.layers.Dense(3)(keras.layers.Dense(4, activation="tanh")(outputs)))
    explanation = explain(Classifier(series_of(), [network], NAMES), np.random.default_rng(0).normal(size=(40, 2)))
    assert not explanation.exact and explanation.scores.any()
