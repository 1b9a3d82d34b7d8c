"""Small classifiers of each modality, and their test parts."""

from pathlib import Path

import keras
import numpy as np
import pytest

from convpipe import config, models
from convpipe.data.dataset import Dataset, Subset
from convpipe.inference.classifier import Classifier
from convpipe.inference.evaluation_part import EvaluationPart
from convpipe.inference.training_shape import TrainingShape
from convpipe.models.conv1d.cnn1d import Cnn1dSettings
from convpipe.models.conv2d.cnn2d import Cnn2dSettings
from convpipe.models.conv3d.cnn3d import Cnn3dSettings
from convpipe.preprocessing import module_of

NAMES = ("low", "high", "none")
SMALL = {"filters": [4, 4], "kernel_sizes": [3, 3], "strides": [1, 1], "pooling": [1, 1]}
TEXTS = ["A cold day", "a hot day and no snow", "snow", "sun", "cold, cold snow", "hot sun"]


def drawn(*shapes) -> list[np.ndarray]:
    random = np.random.default_rng(0)
    return [random.uniform(0, 255, shape).astype(np.float32) for shape in shapes]


UNEQUAL = [(steps, 2) for steps in (20, 14, 9, 20, 17, 11)]
SERIES, EQUAL, CNN1D = config.SeriesPreprocessingSettings, [(20, 2)] * 6, Cnn1dSettings(**SMALL)
IMAGES, VOLUMES = config.ImagePreprocessingSettings, config.VolumePreprocessingSettings
SOUND = config.SoundPreprocessingSettings(seconds=0.1, n_mels=4)
#: name -> modality, settings of the preprocessing, model, and six samples.
CASES = {
    "series": ("series", SERIES(), CNN1D, drawn(*EQUAL)),
    "unequal series": ("series", SERIES(scaling="both"), CNN1D, drawn(*UNEQUAL)),
    "sizes of series": ("series", SERIES(log_magnitude_channels=True), CNN1D, drawn(*EQUAL)),
    "text": ("text", config.TextPreprocessingSettings(), CNN1D, TEXTS),
    "image": ("image", IMAGES(size=[8, 6]), Cnn2dSettings(**SMALL), drawn(*[(8, 6, 1), (12, 9, 1)] * 3)),
    "volume": ("volume", VOLUMES(size=[6, 5, 4]), Cnn3dSettings(**SMALL), drawn(*[(6, 5, 4, 1), (7, 7, 4, 1)] * 3)),
    "sound": ("sound", SOUND, Cnn2dSettings(**SMALL), drawn(*[(800, 1), (600, 1), (900, 1)] * 2)),
}


@pytest.fixture(scope="module", params=CASES)
def case(request) -> str:
    return request.param


def _made(case: str, networks: int = 1) -> tuple[Classifier, list]:
    """The classifier of a case, with random weights, and its samples."""
    modality, prepare, model, samples = CASES[case]
    rate = 8_000.0 if modality == "sound" else None
    embedding = config.Embedding(dim=3) if modality == "text" else None
    settings = config.Settings(preprocessing=prepare, model=model, embedding=embedding)
    train = Subset(samples, np.zeros(6, int), [f"sample {n}" for n in range(6)], sampling_rate=rate, modality=modality)
    preprocessing = module_of(modality).fit(train, settings, lambda line: None)
    keras.utils.set_random_seed(1)
    built = [models.build(model, preprocessing.spec(len(NAMES))) for _ in range(networks)]
    for network in built:  # logits as far apart as those of trained networks
        network.get_layer("logits").kernel.assign(3 * network.get_layer("logits").kernel)
    shape = TrainingShape.of(samples, modality, ("x", "y"))
    return Classifier(preprocessing, built, NAMES, rate, training=shape), samples


def _part_of(case: str, samples: list, folder: Path) -> EvaluationPart:
    """All samples of a case as a test part."""
    ids = [f"sample {number}" for number in range(len(samples))]
    labels = np.arange(len(samples)) % len(NAMES)
    dataset = Dataset(samples, labels, NAMES, ids, "made here", "a" * 64, modality=CASES[case][0])
    return EvaluationPart(folder, dataset, np.arange(len(samples)), "test")


@pytest.fixture
def made():
    """`made(case, networks)`: a classifier and its samples."""
    return _made


@pytest.fixture
def part_of():
    """`part_of(case, samples, folder)`: the test part of the classifier in a folder."""
    return _part_of
