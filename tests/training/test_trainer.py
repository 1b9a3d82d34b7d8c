"""Training of a split: samples are read and transformed once, and prepared arrays predict like raw samples."""

import re
from collections import Counter
from collections.abc import Sequence
from functools import partial
from importlib import import_module

import numpy as np
import pytest
from PIL import Image

from convpipe import config
from convpipe.data.dataset import Dataset
from convpipe.data.images.files import decode
from convpipe.data.images.folder import ImageFolderSettings
from convpipe.data.images.folder import read as read_folder
from convpipe.data.splits import Split
from convpipe.errors import ConfigError, DataError
from convpipe.metrics import measure
from convpipe.models.conv1d.cnn1d import Cnn1dSettings
from convpipe.models.fixed_kernels.hydra_mini import HydraMiniSettings
from convpipe.models.linear import LinearSettings
from convpipe.training.trainer import Trainer

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("all_eager")]

COUNT = 24
PREPROCESSING = {
    "series": config.SeriesPreprocessingSettings,
    "sound": config.SoundPreprocessingSettings,
    "text": config.TextPreprocessingSettings,
    "image": config.ImagePreprocessingSettings,
    "volume": config.VolumePreprocessingSettings,
}
CLASSES = {
    "series": "convpipe.preprocessing.series:SeriesPreprocessing",
    "sound": "convpipe.preprocessing.sound:SoundPreprocessing",
    "text": "convpipe.preprocessing.text.tokens_to_ids:TextPreprocessing",
    "image": "convpipe.preprocessing.images:ImagePreprocessing",
    "volume": "convpipe.preprocessing.volumes:VolumePreprocessing",
}
SMALL = Cnn1dSettings(filters=[3], kernel_sizes=[3], strides=[1], pooling=[1])


class Counted(Sequence):
    """Samples that count how often each was read."""

    def __init__(self, samples: Sequence):
        self.samples, self.reads = samples, Counter()

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, at: int):
        self.reads[int(at)] += 1
        return self.samples[at]


def samples(modality: str, unequal: bool = False) -> list:
    random = np.random.default_rng(0)
    steps = 12 - np.arange(COUNT) % 3 if unequal else np.full(COUNT, 12)
    if modality == "text":
        return [" ".join(random.choice(list("abcdef"), count)) for count in steps]
    if modality == "volume":
        return [random.normal(size=(3, 4, 5, 1)).astype(np.float32) for _ in steps]
    return [random.normal(size=(count, 1)).astype(np.float32) for count in steps]


def dataset(inputs: Sequence, modality: str = "series") -> Dataset:
    about = (("no", "yes"), [f"row {number}" for number in range(COUNT)], "made", "0" * 64)
    return Dataset(inputs, np.arange(COUNT) % 2, *about, sampling_rate=100.0, modality=modality)


def split(cross_validate: bool = False) -> Split:
    """A split of shuffled rows, with a third for the test part."""
    rows = np.random.default_rng(1).permutation(COUNT)
    train, validation, test = (np.sort(each) for each in np.split(rows, [10, 16]))
    if cross_validate:
        train, validation = np.sort(rows[:16]), rows[:0]
    return Split(train, validation, test, "test", "cut here", None, cross_validate)


def settings(modality: str = "series", model=None, **groups) -> config.Settings:
    training = config.Training(epochs=1, batch_size=8)
    groups = {"training": training, "preprocessing": PREPROCESSING[modality]()} | groups
    return config.Settings(data=config.DataSettings("made", "none"), model=model or LinearSettings(), **groups)


def trained(dataset: Dataset, split: Split, settings: config.Settings, folder):
    """Return the trainer, its result and its predictions for the test part."""
    trainer = Trainer(dataset, split, settings, lambda line: None)
    result = trainer.train(lambda title, epochs, name: [], folder)
    return trainer, result, trainer.predict_test(result.classifier)


@pytest.fixture
def transformed(monkeypatch):
    """`transformed(modality)` returns a counter of the samples that pass through `transform`, by id."""

    def count(modality: str) -> Counter:
        seen: Counter = Counter()
        module, name = CLASSES[modality].split(":")
        class_ = getattr(import_module(module), name)
        transform = class_.transform

        def counted(self, inputs, sample_ids=None):
            seen.update(list(sample_ids))
            return transform(self, inputs, sample_ids)

        monkeypatch.setattr(class_, "transform", counted)
        return seen

    return count


@pytest.mark.parametrize(
    ("modality", "unequal", "model"),
    [("series", False, SMALL), ("series", True, SMALL), ("sound", True, SMALL),
     ("text", True, LinearSettings()), ("volume", False, LinearSettings())],
    ids=["series", "series of unequal steps", "sound", "text", "volume"],
)  # fmt: skip
def test_every_sample_is_read_once_and_transformed_once(modality, unequal, model, transformed, tmp_path):
    inputs, seen = Counted(samples(modality, unequal)), transformed(modality)
    made = dataset(inputs, modality)
    trained(made, split(), settings(modality, model), tmp_path)
    assert inputs.reads == dict.fromkeys(range(COUNT), 1)
    assert seen == dict.fromkeys(made.sample_ids, 1)


def test_a_batch_that_exceeds_memory_is_refused_with_a_batch_size_that_fits(monkeypatch, refused):
    made, settings_of = dataset(samples("series")), partial(settings, "series", SMALL)
    monkeypatch.setattr("convpipe.memory.available", lambda: 2000)
    with refused(ConfigError, key="training.batch_size", value=8) as caught:
        Trainer(made, split(), settings_of(), lambda line: None)
    fitting = re.search(r"training\.batch_size=(\d)$", str(caught.value))
    assert fitting and 1 <= int(fitting[1]) < 8
    Trainer(made, split(), settings_of(training=config.Training(epochs=1, batch_size=int(fitting[1]))))
    monkeypatch.setattr("convpipe.memory.available", lambda: None)
    Trainer(made, split(), settings_of(), lambda line: None)


def test_features_that_exceed_memory_are_refused(monkeypatch, refused):
    made, model = dataset(samples("series")), HydraMiniSettings(features=8400, groups=4)
    monkeypatch.setattr("convpipe.memory.available", lambda: 100_000)
    with refused(ConfigError, key="model.features", value=8400, mentions=("features",), remedy="model.features"):
        Trainer(made, split(), settings("series", model), lambda line: None)


def test_every_image_file_is_decoded_once_and_transformed_once(transformed, tmp_path, monkeypatch):
    random, decoded, seen = np.random.default_rng(0), Counter(), transformed("image")
    for number in range(COUNT):
        path = tmp_path / "images" / ("cat", "dog")[number % 2] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(random.integers(0, 256, (5 + number % 2, 6, 3), np.uint8)).save(path)

    def counted(path, gray):
        decoded[path.name] += 1
        return decode(path, gray)

    monkeypatch.setattr("convpipe.data.images.folder.decode", counted)
    made = read_folder(ImageFolderSettings(path=str(tmp_path / "images")), lambda line: None)
    trained(made, split(), settings("image"), tmp_path / "state")
    assert decoded == {f"{number}.png": 1 for number in range(COUNT)}
    assert seen == dict.fromkeys(made.sample_ids, 1)


def test_choosing_epochs_transforms_in_every_fold_but_reads_once(transformed, tmp_path):
    inputs, seen, cut = Counted(samples("series")), transformed("series"), split(cross_validate=True)
    made = dataset(inputs)
    _, result, _ = trained(made, cut, settings(model=SMALL), tmp_path)
    assert inputs.reads == dict.fromkeys(range(COUNT), 1)
    once, folds = [made.sample_ids[row] for row in cut.test], [made.sample_ids[row] for row in cut.train]
    assert seen == dict.fromkeys(once, 1) | dict.fromkeys(folds, 4)
    assert result.validation["n"] == len(cut.train) and result.fitted[0].epochs == 1


@pytest.mark.parametrize("unequal", [False, True])
def test_prepared_arrays_and_raw_samples_give_the_same_predictions(unequal, tmp_path):
    """To the bit, also if the test series have other lengths than the training part and so cannot share a batch."""
    inputs, cut = samples("series", unequal), split()
    if not unequal:
        for row in cut.test[::3]:
            inputs[row] = np.concatenate([inputs[row], inputs[row]])
    ensemble = config.Ensemble(size=2, linear=unequal)
    trainer, result, predictions = trained(dataset(inputs), cut, settings(model=SMALL, ensemble=ensemble), tmp_path)
    classifier = result.classifier
    expected = classifier.predict([inputs[row] for row in cut.test])
    np.testing.assert_array_equal(predictions.probabilities, expected.probabilities)
    assert predictions.names == expected.names
    of_validation = classifier.predict([inputs[row] for row in cut.validation])
    labels = (cut.validation % 2).astype(np.int64)
    assert result.validation == measure(labels, of_validation.probabilities, trainer.settings.evaluation.metrics)


def test_an_ensemble_starts_with_the_network_that_was_checked(tmp_path):
    """The network that the constructor checks is the first member: it is built only once."""
    made, groups = dataset(samples("series")), {"ensemble": config.Ensemble(size=2, linear=True)}
    trainer, result, _ = trained(made, split(), settings(model=SMALL, **groups), tmp_path)
    networks = result.classifier.networks
    assert networks[0] is trainer.network and len(networks) == 3
    assert result.classifier.weights == [0.25, 0.25, 0.5]
    _, alone, _ = trained(made, split(), settings(model=SMALL), tmp_path / "alone")
    for ours, theirs in zip(networks[0].get_weights(), alone.classifier.networks[0].get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("part", ["train", "validation", "test"])
def test_a_broken_sample_of_any_part_is_found_before_training(part, refused):
    inputs, row = samples("series"), int(getattr(split(), part)[2])
    inputs[row][4] = np.nan
    with refused(DataError, mentions=(f"row {row}",)):
        Trainer(dataset(inputs), split(), settings(), lambda line: None)


def test_validation_series_of_other_lengths_than_the_training_part_are_masked():
    inputs, cut = samples("series"), split()
    first, second = (int(row) for row in cut.validation[[1, 3]])
    inputs[first], inputs[second] = inputs[first][:9], inputs[second][:10]
    trainer = Trainer(dataset(inputs), cut, settings(model=SMALL), lambda line: None)
    fitted = trainer.prepared.preprocessing
    assert fitted.masked and (fitted.shortest, fitted.steps) == (9, 12)
    assert sorted(set(trainer.prepared.held_out.inputs.steps.tolist())) == [9, 10, 12]
