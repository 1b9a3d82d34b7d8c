"""The shuffle test on networks whose use of each axis is known."""

import keras
import numpy as np
import pytest
from keras import ops

from convpipe.data.dataset import Dataset
from convpipe.data.ragged import Ragged
from convpipe.errors import DataError
from convpipe.evaluation.shuffle_test import Correct, predict_shuffled, shuffle, shuffle_lines, summarize
from convpipe.inference.classifier import Classifier
from convpipe.models.layers.input_transforms import LogSpectrogram, MiddleSlice
from convpipe.preprocessing.series import SeriesPreprocessing
from convpipe.preprocessing.volumes import VolumePreprocessing

COUNT, STEPS = 400, 8


@keras.saving.register_keras_serializable("tests")
class Sign(keras.layers.Layer):
    """Predict class 1 if `of(inputs)` (batch,) is positive."""

    def __init__(self, of):
        super().__init__()
        self.of = of

    def call(self, inputs):
        value = self.of(inputs)
        return ops.stack([-value, value], axis=1)


def network(shape, of, *before):
    inputs = outputs = keras.Input(shape)
    for layer in before:
        outputs = layer(outputs)
    return keras.Model(inputs, Sign(of)(outputs))


def classifier(*networks, channels=2):
    preprocessing = SeriesPreprocessing("none", "refuse", False, [], [], channels, STEPS, STEPS)
    return Classifier(preprocessing, list(networks), ("no", "yes"))


@pytest.fixture
def series():
    """Series whose class is the sign of the first step of the first channel. This channel has four steps of either
    sign, and the second channel is its negative."""
    random = np.random.default_rng(0)
    values = random.permuted(np.tile(np.repeat([-1.0, 1.0], STEPS // 2), (COUNT, 1)), axis=1)
    inputs = np.stack([values, -values], axis=2).astype(np.float32)
    labels = (values[:, 0] > 0).astype(np.int64)
    return Dataset(inputs, labels, ("no", "yes"), [str(i) for i in range(COUNT)], "made here", "0" * 64)


FIRST = (None, 2), lambda x: x[:, 0, 0]  # uses the order of the steps and of the channels
EVERYWHERE = (None, 2), lambda x: ops.mean(x[:, :, 0], axis=1) + 0.5


def test_accuracy_drops_to_chance_on_used_axes(series):
    found = predict_shuffled(classifier(network(*FIRST)), series, np.arange(100, COUNT))
    assert found.unshuffled.mean() == 1 and list(found.shuffled) == ["steps", "channels"]
    assert abs(found.shuffled["steps"].mean() - 0.5) < 0.05  # four steps of eight have either sign
    assert abs(found.shuffled["channels"].mean() - 0.5) < 0.05
    assert found.rows[0] == 100 and len(found.shuffled["steps"]) == COUNT - 100


def test_accuracy_is_unchanged_on_unused_axes(series):
    found = predict_shuffled(classifier(network(*EVERYWHERE)), series, np.arange(COUNT))
    assert np.array_equal(found.shuffled["steps"], found.unshuffled)


def test_an_ensemble_is_shuffled_as_a_whole(series):
    opposite = network((None, 2), lambda x: -3 * x[:, 0, 0])  # dominates the first one
    found = predict_shuffled(classifier(network(*FIRST), opposite), series, np.arange(COUNT), repetitions=1)
    assert found.unshuffled.mean() == 0


def test_the_output_of_a_spectrogram_layer_is_shuffled(series):
    layer = LogSpectrogram(4, 1, name="log_spectrogram")
    made = network((STEPS, 2), lambda x: ops.mean(x, axis=(1, 2, 3)) - 0.1, layer)
    found = predict_shuffled(classifier(made), series, np.arange(20), repetitions=2)
    assert list(found.shuffled) == ["frames", "bands", "channels"]
    assert all(np.array_equal(each, found.unshuffled) for each in found.shuffled.values())


def test_a_middle_slice_has_no_depth_to_shuffle():
    random = np.random.default_rng(0)
    volumes = random.normal(size=(12, 3, 4, 5, 1)).astype(np.float32)
    labels = (volumes[:, 1, 0, 0, 0] > 0).astype(np.int64)
    samples = Dataset(volumes, labels, ("a", "b"), [""] * 12, "made here", "0" * 64, modality="volume")
    made = network((3, 4, 5, 1), lambda x: x[:, 0, 0, 0], MiddleSlice(name="middle_slice"))
    preprocessing = VolumePreprocessing.__new__(VolumePreprocessing)
    preprocessing.batchable = lambda inputs, ids: [np.arange(len(inputs))]
    preprocessing.transform = lambda inputs, ids=None: np.stack(list(inputs))
    found = predict_shuffled(Classifier(preprocessing, [made], ("a", "b")), samples, np.arange(12), repetitions=3)
    assert list(found.shuffled) == ["height", "width"] and found.unshuffled.mean() == 1
    assert found.shuffled["height"].mean() < 1 and found.shuffled["width"].mean() < 1


def test_samples_with_one_position_are_refused(series, refused):
    single = SeriesPreprocessing("none", "refuse", False, [], [], 1, 1, 1)
    samples = Dataset(series.inputs[:, :1, :1], series.labels, ("no", "yes"), [""] * COUNT, "made here", "0" * 64)
    with refused(DataError, file="made here"):
        predict_shuffled(Classifier(single, [network((None, 1), FIRST[1])], ("no", "yes")), samples, np.arange(4))


@pytest.mark.parametrize("axis", [1, 2, 3])
def test_each_sample_is_permuted_separately(axis):
    samples = np.arange(5 * 6 * 7 * 8).reshape(5, 6, 7, 8)
    shuffled = shuffle(samples, axis, np.random.default_rng(0))
    orders = [np.moveaxis(each, axis - 1, 0)[:, 0, 0] for each in shuffled - samples.min((1, 2, 3), keepdims=True)]
    assert len({tuple(order) for order in orders}) == 5
    for before, after in zip(samples, shuffled, strict=True):
        before, after = (np.moveaxis(each, axis - 1, 0).tolist() for each in (before, after))
        assert before != after and sorted(before) == sorted(after)


@pytest.mark.parametrize("axis", [1, 2])
def test_ragged_samples_are_shuffled_within_their_steps(axis):
    sequences = [np.arange(7 * count).reshape(count, 7) + 100 * count for count in (3, 9, 20)]
    shuffled = shuffle(Ragged.of(sequences), axis, np.random.default_rng(0))
    for number, before in enumerate(sequences):
        after = shuffled[number]
        rows = (before, after) if axis == 1 else (before.T, after.T)
        assert after.shape == before.shape and sorted(rows[0].tolist()) == sorted(rows[1].tolist())
    assert not np.array_equal(shuffled.values, np.concatenate(sequences))


def test_seeds_are_averaged_and_folds_are_pooled():
    one = Correct(np.array([3, 4]), np.array([1.0, 0.0]), {"steps": np.array([0.5, 0.0])})
    two = Correct(np.array([3, 4]), np.array([1.0, 1.0]), {"steps": np.array([0.5, 0.5])})
    fold = Correct(np.array([0, 1]), np.array([1.0, 1.0]), {"steps": np.array([1.0, 0.0])})
    found = summarize([one, two, fold], None)
    (steps,) = found.axes
    assert (found.accuracy, found.samples, found.drawn, found.groups) == (3.5 / 4, 4, 4, False)
    assert (steps.accuracy, steps.drop) == (1.75 / 4, 1.75 / 4)


def test_groups_are_drawn_whole():
    part = Correct(np.arange(100), np.ones(100), {"steps": np.repeat([0.0, 1.0], 50)})
    (whole,) = summarize([part], np.repeat(["a", "b"], 50)).axes
    assert (whole.low, whole.high) == (0.0, 1.0)  # a quarter of all draws is group a alone
    alone = summarize([part], np.array(["a"] * 100))
    assert not alone.groups and 0.3 < alone.axes[0].low < 0.5 < alone.axes[0].high < 0.7


def test_lines_fit_a_terminal(series):
    part = predict_shuffled(classifier(network(*FIRST)), series, np.arange(COUNT), repetitions=1)
    lines = list(shuffle_lines(summarize([part], None)))
    assert max(map(len, lines)) <= 80 and lines[3].split()[0] == "steps"
