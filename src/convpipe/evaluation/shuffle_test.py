"""The shuffle test: how accurate a classifier still is when one axis of every sample is shuffled.

A shuffled axis keeps its values and loses their order. A network that does not use the order of an axis predicts the
same; one that does loses accuracy. This is permutation importance (Breiman 2001, "Random forests", section 10) with
positions inside a sample in the place of samples.

Every sample gets a permutation of its own, drawn anew in each repetition. It is applied to what the network takes,
after the preprocessing, so that each channel keeps its scale. Where the first layer of a network is a spectrogram, or
takes the middle out of a volume, the axes of that layer's output are shuffled. Vectors of a frozen transformer keep
what they learned from their neighbors: there the order of the words is used before the test.
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
#: Resamples of the bootstrap.
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
        rows: (n,) int64, the samples in the dataset.
        unshuffled: (n,) float64, 1 or 0.
        shuffled: by axis (n,) float64, the share of repetitions with a correct prediction.
    """

    rows: np.ndarray
    unshuffled: np.ndarray
    shuffled: dict[str, np.ndarray]


@dataclass(frozen=True)
class ShuffledAxis:
    """Accuracy with one axis shuffled, and its distance from the unshuffled one with a bootstrap interval."""

    axis: str
    accuracy: float
    drop: float
    low: float
    high: float


@dataclass(frozen=True)
class ShuffleTest:
    """Accuracies over all evaluated samples of one run or of several.

    Args:
        accuracy: with nothing shuffled.
        axes: one entry for each axis.
        samples: evaluated samples.
        drawn: what the bootstrap draws: how many samples or groups.
        groups: whether it draws whole groups.
    """

    accuracy: float
    axes: list[ShuffledAxis]
    samples: int
    drawn: int
    groups: bool


def predict_shuffled(
    classifier: Classifier, dataset: Dataset, rows: np.ndarray, repetitions: int = REPETITIONS
) -> Correct:
    """Predict the samples `rows` of a dataset, as they are and with each axis shuffled.

    Args:
        classifier: trained on other samples.
        dataset: that holds them.
        rows: (n,) int64.
        repetitions: permutations of each sample and axis. They are the same in every call.

    Raises:
        DataError: a sample that the classifier cannot take, or no axis with two positions.
    """
    part = dataset.subset(rows)
    unshuffled, shuffled = np.zeros(len(rows)), dict[str, np.ndarray]()
    for places, inputs in prepare(classifier.preprocessing, part.inputs, part.sample_ids):
        names, seen, predict = _entrance(classifier, inputs)
        labels = part.labels[places]
        unshuffled[places] = predict(seen) == labels
        for axis, name in enumerate(names, 1):
            if _positions(seen, axis) < 2:
                continue
            share = shuffled.setdefault(name, np.zeros(len(rows)))
            for repetition in range(repetitions):
                random = np.random.default_rng((repetition, axis))
                share[places] += (predict(shuffle(seen, axis, random)) == labels) / repetitions
    if not shuffled:
        message = "no axis of these samples has two positions, so there is nothing to shuffle"
        raise DataError(message, file=dataset.source)
    return Correct(np.asarray(rows), unshuffled, shuffled)


def _entrance(classifier: Classifier, inputs):
    """The axes that can be shuffled, the samples at that point of the networks, and how to go on from there.

    Returns:
        Names of the axes after the first one, the samples, and a function from such samples to predicted classes (n,).
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
    """The samples with the positions along `axis` in random order, each sample in its own.

    Args:
        samples: (n, ...); the padding of `Ragged` samples stays behind their ends.
        axis: from 1.
        random: where the permutations come from.

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
    """Positions (n, size) with axes of one position for all others than the first and `axis`."""
    return order.reshape(len(order), *(order.shape[1] if k == axis else 1 for k in range(1, ndim)))


def summarize(correct: Sequence[Correct], groups: np.ndarray | None) -> ShuffleTest:
    """Accuracies over several parts, such as folds or runs of other seeds, with intervals of the drops.

    The intervals are percentiles of a bootstrap over samples, or over groups where there are at least two. They hold
    for other samples (or groups) and these trained networks. What several networks predict of one sample is averaged
    first.

    Args:
        correct: one or more parts with the same axes.
        groups: (all samples of the dataset,) of the dataset, or None.
    """
    rows, place, count = np.unique(
        np.concatenate([part.rows for part in correct]), return_inverse=True, return_counts=True
    )

    def mean(of: Callable[[Correct], np.ndarray]) -> np.ndarray:
        return np.bincount(place, np.concatenate([of(part) for part in correct])) / count

    unshuffled, axes = mean(lambda part: part.unshuffled), []
    units = units_of(len(rows), None if groups is None else groups[rows])
    for axis in correct[0].shuffled:
        shuffled = mean(lambda part, axis=axis: part.shuffled[axis])  # type: ignore[misc]
        drops = unshuffled - shuffled
        bounds = mean_interval(drops, units, DRAWS)
        axes.append(ShuffledAxis(axis, float(shuffled.mean()), float(drops.mean()), bounds.low, bounds.high))
    return ShuffleTest(float(unshuffled.mean()), axes, len(rows), units.count, units.name == "groups")


def shuffle_runs(runs: Sequence[str], repetitions: int = REPETITIONS) -> ShuffleTest:
    """The shuffle test of a run, or of several runs on the same data together.

    Args:
        runs: as `evaluation_parts` takes each.
        repetitions: as in `predict_shuffled`.

    Raises:
        ConvpipeError: a run that cannot be found, or whose data cannot be read again.
    """
    from convpipe.inference.evaluation_part import evaluation_parts

    correct, groups = [], None
    for run in runs:
        for part in evaluation_parts(run):
            groups = part.dataset.groups
            correct.append(predict_shuffled(Classifier.load(part.classifier), part.dataset, part.rows, repetitions))
    return summarize(correct, groups)


def shuffle_lines(test: ShuffleTest, repetitions: int = REPETITIONS) -> Iterator[str]:
    """The test as lines for a terminal, at most 80 columns wide."""
    yield f"accuracy on {test.samples:,} samples: {test.accuracy:.3f}"
    yield ""
    yield f"{'shuffled axis':<15}{'accuracy':>9}{'drop':>9}   95 % interval of the drop"
    for each in test.axes:
        yield f"{each.axis:<15}{each.accuracy:>9.3f}{each.drop:>9.3f}   {each.low:.3f} to {each.high:.3f}"
    yield ""
    drawn = f"{test.drawn:,} {'groups' if test.groups else 'samples'}"
    yield f"Every sample is shuffled in its own way, {repetitions} times."
    yield f"The interval is a bootstrap over {drawn}."
