"""The shuffle test: the accuracy of a classifier after one axis of every sample is shuffled.

Shuffling an axis keeps its values and destroys their order. The accuracy drops only if the network uses the order of
that axis. This is permutation importance (Breiman 2001, "Random forests", section 10), with the positions within each
sample permuted instead of the samples.

Each sample has its own permutation, a new one in each repetition. The input of the network is shuffled, after the
preprocessing, so that each channel keeps its scale. If the first layer of a network computes a spectrogram or selects
the middle of a volume, the axes of its output are shuffled. The vectors of a frozen transformer already contain the
context of each token: there the order of the words was used before the test.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import keras
import numpy as np

from convpipe.data.dataset import Dataset
from convpipe.data.ragged import Ragged
from convpipe.errors import DataError
from convpipe.evaluation.bootstrap import mean_interval, units_of
from convpipe.inference.classifier import Classifier, prepare, softmax
from convpipe.inference.logits import predict_logits
from convpipe.models.layers.input_transforms import LogSpectrogram, MiddleLine, MiddleSlice
from convpipe.models.layers.spectrogram import LogMel

REPETITIONS = 5
#: Number of bootstrap resamples.
DRAWS = 2000
#: The axes of prepared samples after the first one, by modality.
AXES = {
    "series": ("steps", "channels"),
    "text": ("tokens",),
    "image": ("rows", "columns", "channels"),
    "volume": ("depth", "height", "width", "channels"),
    "sound": ("steps",),
}
#: First layers whose output has other axes than their input, and the names of these axes.
FRONTS: dict[type, tuple[str, ...]] = {
    LogMel: ("frames", "bands"),
    LogSpectrogram: ("frames", "bands", "channels"),
    MiddleSlice: ("height", "width", "channels"),
    MiddleLine: ("width", "channels"),
}


@dataclass(frozen=True)
class Correct:
    """Which samples of a part a classifier predicts correctly.

    Args:
        rows: (n,) int64, indices of the samples in the dataset.
        unshuffled: (n,) float64, 1 or 0.
        shuffled: for each axis (n,) float64, the fraction of repetitions with a correct prediction.
    """

    rows: np.ndarray
    unshuffled: np.ndarray
    shuffled: dict[str, np.ndarray]


@dataclass(frozen=True)
class ShuffledAxis:
    """Accuracy with one axis shuffled, and its drop from the unshuffled accuracy with a bootstrap interval."""

    axis: str
    accuracy: float
    drop: float
    low: float
    high: float


@dataclass(frozen=True)
class ShuffleTest:
    """Accuracies over all evaluated samples of one or several runs.

    Args:
        accuracy: without shuffling.
        axes: one entry per axis.
        samples: number of evaluated samples.
        drawn: number of units of the bootstrap, samples or groups.
        groups: whether the units are groups.
    """

    accuracy: float
    axes: list[ShuffledAxis]
    samples: int
    drawn: int
    groups: bool


def predict_shuffled(
    classifier: Classifier, dataset: Dataset, rows: np.ndarray, repetitions: int = REPETITIONS
) -> Correct:
    """Predict the samples `rows` of a dataset, unchanged and with each axis shuffled.

    Args:
        classifier: trained on other samples.
        dataset: contains the samples.
        rows: (n,) int64.
        repetitions: permutations per sample and axis, the same in every call.

    Raises:
        DataError: the classifier does not accept a sample, or no axis has two positions.
    """
    part = dataset.subset(rows)
    unshuffled, shuffled = np.zeros(len(rows)), dict[str, np.ndarray]()
    for places, inputs in prepare(classifier.preprocessing, part.inputs, part.sample_ids):
        names, samples, predict = _entrance(classifier, inputs)
        labels = part.labels[places]
        unshuffled[places] = predict(samples) == labels
        for axis, name in enumerate(names, 1):
            if _positions(samples, axis) < 2:
                continue
            share = shuffled.setdefault(name, np.zeros(len(rows)))
            for repetition in range(repetitions):
                random = np.random.default_rng((repetition, axis))
                share[places] += (predict(shuffle(samples, axis, random)) == labels) / repetitions
    if not shuffled:
        message = "no axis of these samples has two positions, so there is nothing to shuffle"
        raise DataError(message, file=dataset.source)
    return Correct(np.asarray(rows), unshuffled, shuffled)


def _entrance(classifier: Classifier, inputs):
    """Return the axes to shuffle, the samples at that point of the networks, and the rest of the prediction.

    Returns:
        Names of the axes after the first one, the samples, and a function from samples to predicted classes (n,).
    """
    networks = classifier.networks
    fronts = [next((each for each in network.layers if type(each) in FRONTS), None) for network in networks]
    front = fronts[0]
    if front is None or len({type(each) for each in fronts}) > 1:
        names = AXES.get(classifier.preprocessing.modality) or [f"axis {k}" for k in range(1, inputs.ndim)]
        return names, inputs, _predicting(classifier, networks)
    before = keras.Model(networks[0].input, front.output)
    rests = [
        keras.Model(layer.output, network.output) for network, layer in zip(networks, fronts, strict=True) if layer
    ]
    return FRONTS[type(front)], predict_logits(before, inputs), _predicting(classifier, rests)


def _predicting(classifier: Classifier, networks: Sequence) -> Callable[[np.ndarray | Ragged], np.ndarray]:
    def predict(samples: np.ndarray | Ragged) -> np.ndarray:
        outputs = [softmax(predict_logits(network, samples, repeated=True)) for network in networks]
        return classifier.averaged(outputs).argmax(axis=1)

    return predict


def _positions(samples: np.ndarray | Ragged, axis: int) -> int:
    return samples.shape[axis] if axis < samples.ndim else 1


def shuffle(samples: np.ndarray | Ragged, axis: int, random: np.random.Generator) -> np.ndarray | Ragged:
    """Permute the positions along `axis` randomly, separately for each sample.

    Args:
        samples: (n, ...); the padding of `Ragged` samples stays at their ends.
        axis: from 1.
        random: generator of the permutations.

    >>> shuffle(np.arange(6).reshape(2, 3), 1, np.random.default_rng(0)).tolist()
    [[2, 0, 1], [5, 4, 3]]
    """
    if isinstance(samples, Ragged) and axis == 1:
        owner = np.repeat(np.arange(len(samples)), samples.steps)
        return Ragged(samples.values[np.lexsort((random.random(len(owner)), owner))], samples.steps)
    size = samples.shape[axis]
    order = random.permuted(np.tile(np.arange(size), (len(samples), 1)), axis=1)
    if isinstance(samples, Ragged):
        order, axis = np.repeat(order, samples.steps, axis=0), axis - 1
        values = np.take_along_axis(samples.values, _along(order, axis, samples.values.ndim), axis)
        return Ragged(values, samples.steps)
    return np.take_along_axis(samples, _along(order, axis, samples.ndim), axis)


def _along(order: np.ndarray, axis: int, ndim: int) -> np.ndarray:
    """Reshape positions (n, size) to broadcast along every axis except the first and `axis`."""
    return order.reshape(len(order), *(order.shape[1] if k == axis else 1 for k in range(1, ndim)))


def summarize(correct: Sequence[Correct], groups: np.ndarray | None) -> ShuffleTest:
    """Summarize the accuracies over several parts, such as folds or runs with other seeds.

    The intervals of the drops are percentiles of a bootstrap over samples, or over groups if there are at least two.
    They describe the variation over samples (or groups) for these trained networks. If several networks predict the
    same sample, their results are averaged first.

    Args:
        correct: one or more parts with the same axes.
        groups: (samples of the dataset,) str, or None.
    """
    rows, owner, count = np.unique(
        np.concatenate([part.rows for part in correct]), return_inverse=True, return_counts=True
    )

    def mean(select: Callable[[Correct], np.ndarray]) -> np.ndarray:
        return np.bincount(owner, np.concatenate([select(part) for part in correct])) / count

    unshuffled, axes = mean(lambda part: part.unshuffled), []
    units = units_of(len(rows), None if groups is None else groups[rows])
    for axis in correct[0].shuffled:
        shuffled = mean(lambda part, axis=axis: part.shuffled[axis])  # type: ignore[misc]
        drops = unshuffled - shuffled
        bounds = mean_interval(drops, units, DRAWS)
        axes.append(ShuffledAxis(axis, float(shuffled.mean()), float(drops.mean()), bounds.low, bounds.high))
    return ShuffleTest(float(unshuffled.mean()), axes, len(rows), units.count, units.name == "groups")


def shuffle_runs(runs: Sequence[str], repetitions: int = REPETITIONS) -> ShuffleTest:
    """Run the shuffle test on one run, or on several runs with the same data together.

    Args:
        runs: as for `evaluation_parts`.
        repetitions: as for `predict_shuffled`.

    Raises:
        ConvpipeError: a run is not found, or its data cannot be read again.
    """
    from convpipe.inference.evaluation_part import evaluation_parts

    correct, groups = [], None
    for run in runs:
        for part in evaluation_parts(run):
            groups = part.dataset.groups
            correct.append(predict_shuffled(Classifier.load(part.classifier), part.dataset, part.rows, repetitions))
    return summarize(correct, groups)


def shuffle_lines(test: ShuffleTest, repetitions: int = REPETITIONS) -> Iterator[str]:
    """Yield the lines of the test for the terminal, at most 80 columns wide."""
    yield f"accuracy on {test.samples:,} samples: {test.accuracy:.3f}"
    yield ""
    yield f"{'shuffled axis':<15}{'accuracy':>9}{'drop':>9}   95% interval of the drop"
    for each in test.axes:
        yield f"{each.axis:<15}{each.accuracy:>9.3f}{each.drop:>9.3f}   {each.low:.3f} to {each.high:.3f}"
    yield ""
    drawn = f"{test.drawn:,} {'groups' if test.groups else 'samples'}"
    yield f"Each sample is shuffled separately, {repetitions} times."
    yield f"Intervals: bootstrap of {drawn}."
