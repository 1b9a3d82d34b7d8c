"""Small networks of every registered model with random weights, and classifiers of planted motifs."""

import keras
import numpy as np
import pytest

from convpipe import config, models
from convpipe.data.ragged import Ragged
from convpipe.inference.classifier import Classifier
from convpipe.inference.fixed_features import feature_matrix, fixed_kernels
from convpipe.input_spec import InputSpec, SpectrogramSpec, TokenTable
from convpipe.models.layers.tf_idf import TfIdfScores
from convpipe.preprocessing.images import ImagePreprocessing
from convpipe.preprocessing.series import SeriesPreprocessing
from convpipe.preprocessing.sound import SoundPreprocessing
from convpipe.preprocessing.volumes import VolumePreprocessing
from convpipe.registry import MODELS
from convpipe.training.batches import Arrays
from convpipe.training.fit import fit
from convpipe.training.linear_solver import fit_linear

CLASSES = 3
SPECS = {
    "series": InputSpec((40,), 2, CLASSES, masked=True),
    "text": InputSpec((20,), 6, CLASSES, True, TokenTable("random", 30, 30, 6, idf=np.linspace(0, 2, 30))),
    "image": InputSpec((14, 11), 2, CLASSES),
    "volume": InputSpec((9, 7, 8), 1, CLASSES),
    "sound": InputSpec((600,), 1, CLASSES, spectrogram=SpectrogramSpec(8, 64, 24, 1000.0)),
}
SMALL: dict[str, dict] = {
    "cnn1d": {"filters": [4, 5], "kernel_sizes": [5, 4], "strides": [2, 1], "pooling": [2, 1], "segments": 2},
    "fcn": {"filters": [4, 5], "kernel_sizes": [5, 4], "hybrid": True, "segments": 2},
    "resnet": {"filters": [4, 6]},
    "inception_time": {"depth": 3, "filters": 3, "kernel_size": 8, "bottleneck": 4},
    "lite_time": {"filters": 4, "kernel_size": 8, "segments": 3},
    "tcn": {"filters": 4, "num_blocks": 3, "pooling": "average"},
    "mlp": {"units": [6, 5]},
    "m5": {"filters": [3, 4], "kernel_size": 6, "strides": 2},
    "cnn2d": {"filters": [3, 4], "kernel_sizes": [3, 2], "strides": [2, 1], "pooling": [2, 1]},
    "resnet2d": {"filters": [3, 4]},
    "mobile2d": {"filters": [3, 4], "strides": [1, 2]},
    "cnn3d": {"filters": [3, 4], "kernel_sizes": [3, 2], "strides": [1, 1], "pooling": [2, 1]},
    "resnet3d": {"filters": [3, 4]},
    "text_cnn": {"filters": 4, "kernel_sizes": [2, 3]},
    "char_cnn": {"filters": [4, 5], "kernel_sizes": [3, 2], "pooling": [2, 1]},
    "dpcnn": {"filters": 4, "blocks": 2},
    "fast_text": {"dim": 4},
    "mini_rocket": {"features": 168},
    "hydra": {},
    "hydra_mini": {},
}


@pytest.fixture(scope="session")
def built():
    """`built("fcn", "series", segments=2)`: a network with random weights and statistics."""

    def build(name: str, modality: str, spec: InputSpec | None = None, **settings):
        keras.utils.set_random_seed(0)
        chosen = MODELS[name].settings(**({} | SMALL.get(name, {}) | settings))
        network = models.build(chosen, spec or SPECS[modality])
        random = np.random.default_rng(0)
        fixed, training = fixed_kernels(network), prepared(modality, [40, 31, 40, 24])
        for layer in fixed:
            layer.adapt(training, 0)
        if fixed:
            network.get_layer("standardization").adapt(feature_matrix(fixed, training))
        for layer in network.layers:
            for variable in [] if fixed and layer.name != "logits" else layer.variables:
                # The weights of these layers ensure that padding has no effect.
                if "idf" in variable.path or isinstance(layer, TfIdfScores):
                    continue
                if "seed" in variable.path or not np.issubdtype(variable.dtype, np.floating):
                    continue
                positive = "moving_variance" in variable.path or "deviation" in variable.path
                drawn = random.normal(0, 0.3, variable.shape)
                variable.assign(0.5 + np.abs(drawn) if positive else drawn)
        return network

    return build


def prepared(modality: str, steps):
    """Prepared samples; series and texts with the given numbers of steps."""
    random, spec = np.random.default_rng(1), SPECS[modality]
    if modality == "text":
        return Ragged.of([random.integers(1, 30, count).astype("int32") for count in steps])
    if modality == "series":
        return Ragged.of([random.normal(size=(count, spec.channels)).astype("float32") for count in steps])
    return random.normal(size=(len(steps), *spec.sizes, spec.channels)).astype("float32")


@pytest.fixture(scope="session")
def samples():
    """`samples("series", [40, 24])`: prepared samples."""
    return prepared


SETTINGS = config.Settings(training=config.Training(epochs=10, batch_size=16, learning_rate=1e-2))
NAMES = ("up", "down")


def preprocessing_of(modality: str):
    return {
        "series": lambda: SeriesPreprocessing("none", "refuse", False, [], [], 1, 64, 64),
        "image": lambda: ImagePreprocessing(20, 18, 1, [0.5], [0.2]),
        "volume": lambda: VolumePreprocessing("none", [12, 10, 11], 1, [], []),
        "sound": lambda: SoundPreprocessing("none", 2000, 1000.0, 16, 64, 32),
    }[modality]()


def planted_samples(modality: str, count: int, seed: int):
    """Noise samples with one motif each, their labels, and the (start, stop) of the motif along each axis.

    Series, images and volumes hold a part that lies above the noise in class 0 and below it in class 1; recordings a
    tone of 100 or of 300 Hz that lasts 0.4 s.
    """
    random, labels = np.random.default_rng(seed), np.arange(count) % 2
    shape, size = {
        "series": ((64,), (8,)),
        "image": ((20, 18), (5, 5)),
        "volume": ((12, 10, 11), (4, 4, 4)),
        "sound": ((2000,), (400,)),
    }[modality]
    inputs, places = [], []
    for label in labels:
        starts = [int(random.integers(0, whole - part + 1)) for whole, part in zip(shape, size, strict=True)]
        places.append([(start, start + part) for start, part in zip(starts, size, strict=True)])
        where = tuple(slice(*each) for each in places[-1])
        sample = random.normal(0, 0.3, shape)
        if modality == "sound":
            sample[where] += 2 * np.sin(2 * np.pi * (100, 300)[label] * np.arange(400) / 1000)
        else:
            sample[where] += (2, -2)[label]
        if modality == "image":
            sample = np.clip(127 + 30 * sample, 0, 255)
        inputs.append(sample[..., None].astype(np.float32))
    return inputs, labels, places


@pytest.fixture(scope="session")
def planted():
    """`planted("image", 100, seed)`: samples, labels and positions of their motifs."""
    return planted_samples


@pytest.fixture(scope="session")
def trained():
    """`trained("series", "fcn", filters=[8])`: a classifier of planted motifs, trained once."""
    made: dict[str, Classifier] = {}

    def train(modality: str, name: str, **settings) -> Classifier:
        key = repr((modality, name, settings))
        if key not in made:
            keras.utils.set_random_seed(0)
            preprocessing, chosen = preprocessing_of(modality), MODELS[name].settings(**settings)
            network = models.build(chosen, preprocessing.spec(2))
            inputs, labels, _ = planted_samples(modality, 240, seed=0)
            part = Arrays(preprocessing.transform(inputs), labels, 2)
            (fit_linear if MODELS[name].solver == "linear" else fit)(network, part, None, SETTINGS)
            rate = 100.0 if modality == "series" else None
            made[key] = Classifier(preprocessing, [network], NAMES, sampling_rate=rate)
        return made[key]

    return train
