"""The costs of a network, measured in a new process: `python -m MODULE SETTINGS RESULT [CLASSIFIER ...]`.

The process reads the data and trains a few steps like a run, with its batches and augmentation. It does nothing else.
Its peak memory is therefore that of a training, including the interpreter, TensorFlow and the dataset. For a network
that is equivalent to a trained one, it also checks that both give the same outputs (CLASSIFIER: folders of the latter).
"""

import json
import resource
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from convpipe.backend import seeded, start_backend
from convpipe.config import Settings
from convpipe.data import load
from convpipe.data.dataset import Dataset
from convpipe.data.splits import make_splits
from convpipe.errors import ConvpipeError, TrainingError
from convpipe.schemas import read_settings

#: Number of rounds, and steps per round. The first round compiles and is not counted.
ROUNDS, STEPS = 6, 16
#: Largest allowed difference of equal outputs, relative to the largest output (or to 1 if that is smaller).
TOLERANCE = 1e-5
#: Number of samples on which outputs are compared.
SHOWN = 256


def profile(settings: Settings, classifiers: list[Path]) -> dict:
    """Measure the costs of the network of `settings`, and compare its outputs with those of equivalent networks.

    Args:
        settings: of a run.
        classifiers: folders of classifiers to which the network should be equivalent; empty for a trained network.

    Returns:
        parameters, multiply_adds, receptive_field (positions along each axis), seconds_a_step (median over rounds) with
        its lowest and highest round, batch_size, peak_memory_mb, memory_before_mb (of TensorFlow and the data, before
        the network is built); with classifiers also largest_difference, compared_samples and compared_networks.

    Raises:
        ConvpipeError: data or settings cannot be used, or outputs differ.
    """
    dataset = load(settings.data, settings.window, lambda line: None)
    start_backend()
    before = peak_memory_mb()
    costs = _costs(dataset, settings) | {"memory_before_mb": before, "peak_memory_mb": peak_memory_mb()}
    if classifiers:
        shown = dataset.subset(np.unique(np.linspace(0, len(dataset) - 1, SHOWN).astype(int)))
        differences = [output_difference(settings, folder, shown) for folder in classifiers]
        costs |= {"largest_difference": max(differences), "compared_samples": len(shown)}
        costs["compared_networks"] = len(classifiers)
    return costs


def peak_memory_mb() -> float:
    """Return the peak memory of this process in MB (2**20 bytes)."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (2**20 if sys.platform == "darwin" else 2**10), 1)  # bytes on macOS, else kibibytes


def _costs(dataset: Dataset, settings: Settings) -> dict:
    from convpipe import models, preprocessing
    from convpipe.cost.model_cost import model_cost
    from convpipe.training.batches import Arrays

    part = dataset.subset(make_splits(dataset, settings.split)[0].train)
    fitted = preprocessing.fit(part, settings, lambda line: None)
    train = Arrays(fitted.transform(part.inputs, part.sample_ids), part.labels, len(dataset.class_names))
    with seeded(settings.seed, settings.training.precision):
        network = models.build(settings.model, fitted.spec(train.classes))
        cost = model_cost(network, fitted.input_shape)
        times = seconds_a_step(network, train, settings)
    counts = {"parameters": cost.parameters, "multiply_adds": cost.multiply_adds}
    return counts | {"receptive_field": list(cost.receptive_field)} | times


def seconds_a_step(network, train, settings: Settings) -> dict:
    """Train `network` for several rounds of steps, like a run.

    Args:
        network: an uncompiled model that returns logits.
        train: its prepared samples (`Arrays`).
        settings: of a run.

    Returns:
        seconds_a_step (median over rounds) with its lowest and highest round, and batch_size.
    """
    from convpipe.training.fit import fit, resolve_schedule

    batch_size = resolve_schedule(settings.training, len(train)).batch_size
    plain = replace(settings.training, recalibrate=False, early_stopping_patience=0)
    few = replace(plain, epochs=ROUNDS, batch_size=batch_size, max_steps=STEPS)
    watch = clock()
    fit(network, train, None, replace(settings, training=few), [watch])
    counted = sorted(watch.seconds[1:])
    times = {"seconds_a_step": float(np.median(counted)), "seconds_a_step_lowest": counted[0]}
    return times | {"seconds_a_step_highest": counted[-1], "batch_size": batch_size}


def clock():
    """Return a Keras callback whose `seconds` is a list of the mean seconds per step, one entry per epoch."""
    import keras

    class Clock(keras.callbacks.Callback):
        """Measures the mean seconds per step of each epoch, without the time between epochs."""

        def __init__(self):
            super().__init__()
            self.seconds: list[float] = []

        def on_epoch_begin(self, epoch, logs=None):
            self.started = time.perf_counter()

        def on_train_batch_end(self, batch, logs=None):
            self.steps, self.ended = batch + 1, time.perf_counter()

        def on_epoch_end(self, epoch, logs=None):
            self.seconds.append((self.ended - self.started) / self.steps)

    return Clock()


def output_difference(settings: Settings, folder: Path, shown) -> float:
    """Return the largest difference between the outputs of a trained classifier and of an equivalent network.

    Args:
        settings: `settings.model` is the equivalent network, which receives the weights of the classifier.
        folder: of the classifier.
        shown: samples to predict with both.

    Returns:
        The difference relative to the largest output (or to 1 if that is smaller).

    Raises:
        TrainingError: it exceeds TOLERANCE.
    """
    from convpipe import models
    from convpipe.inference.classifier import Classifier
    from convpipe.inference.logits import predict_logits

    classifier = Classifier.load(folder)
    network = classifier.networks[0]
    with seeded(settings.seed, settings.training.precision):
        twin = models.build(settings.model, _spec_of(classifier))
    copy_weights(network, twin)
    inputs = classifier.preprocessing.transform(shown.inputs, shown.sample_ids)
    own, again = predict_logits(network, inputs), predict_logits(twin, inputs)
    difference = float(np.abs(own - again).max() / max(1.0, np.abs(own).max()))
    if not difference <= TOLERANCE:
        message = f"{settings.model.name} with the same weights gives outputs that differ by {difference:.1e}"
        raise TrainingError(message, file=folder, value=difference)
    return difference


def _spec_of(classifier):
    """The input spec of the classifier's network. Its token vectors are read from the loaded network."""
    from convpipe.input_spec import TokenTable
    from convpipe.models.layers.token_vectors import TokenVectors

    spec = classifier.preprocessing.spec(len(classifier.class_names))
    for layer in classifier.networks[0].layers:
        if isinstance(layer, TokenVectors):
            table = TokenTable(layer.mode, layer.count, layer.learned, layer.dim)
            return replace(spec, tokens=table, channels=layer.dim)
    return spec


def copy_weights(network, twin) -> None:
    """Copy the weights of `network` to the layers with the same names in `twin`; kernels gain an axis of size 1."""
    for layer in network.layers:
        if layer.weights:
            own = twin.get_layer(layer.name)
            pairs = zip(layer.get_weights(), own.weights, strict=True)
            own.set_weights([values.reshape(weight.shape) for values, weight in pairs])


def main(settings: str, result: str, *classifiers: str) -> None:
    measured = profile(read_settings(Path(settings)), [Path(folder) for folder in classifiers])
    Path(result).write_text(json.dumps(measured, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except ConvpipeError as error:
        sys.exit(print(f"error: {error}", file=sys.stderr) or 2)
    except KeyboardInterrupt:
        sys.exit(130)
