"""Batches of a training part: their order, their balance, their augmentation.

Everything random is drawn from (seed, epoch, step), so that epoch 7 is the same whether or not epochs 0 to 6 were run
in this process.
"""

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np

from convpipe.config import Settings
from convpipe.data.ragged import Ragged
from convpipe.training.augmentation import augment, mixup


@dataclass(frozen=True)
class Arrays:
    """A prepared part: what a network takes, labels (n,) int64, and how many classes there are.

    The inputs are an array (n, ...) where all samples have one shape, `Ragged` where they differ in their steps.
    """

    inputs: np.ndarray | Ragged
    labels: np.ndarray
    classes: int

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def targets(self) -> np.ndarray:
        """(n, classes) float32, one where the label is."""
        return np.eye(self.classes, dtype=np.float32)[self.labels]


def class_weights(labels: np.ndarray, classes: int) -> np.ndarray:
    """(classes,) float32: inverse frequencies whose mean over the samples is one; zero for an absent class.

    >>> [round(float(weight), 3) for weight in class_weights(np.array([0, 0, 0, 1]), 2)]
    [0.667, 2.0]
    """
    counts = np.bincount(labels, minlength=classes)
    weights = np.zeros(classes, np.float32)
    weights[counts > 0] = len(labels) / (np.count_nonzero(counts) * counts[counts > 0])
    return weights


def epoch_order(labels: np.ndarray, balanced: bool, random: np.random.Generator) -> np.ndarray:
    """The samples of one epoch, n indices: each once, or with classes equally often and rare samples repeated."""
    if not balanced:
        return random.permutation(len(labels))
    present = np.unique(labels)
    share = -(-len(labels) // len(present))
    drawn = []
    for label in present:
        members = np.flatnonzero(labels == label)
        rounds = [random.permutation(members) for _ in range(-(-share // len(members)))]
        drawn.append(np.concatenate(rounds)[:share])
    return random.permutation(np.concatenate(drawn))[: len(labels)]


def steps_an_epoch(samples: int, batch_size: int, max_steps: int | None = None) -> int:
    """Batches in an epoch; all are of nearly the same size, since a batch of one or two would upset normalization.

    Above sixteen there may be a few more than needed, so that they fall into equal rounds that run in one piece.

    >>> [steps_an_epoch(samples, 4) for samples in (10, 64, 65, 134)]
    [3, 16, 18, 36]
    """
    steps = -(-samples // batch_size)
    rounds = -(-steps // 16)
    return min(rounds * -(-steps // rounds), samples, max_steps or samples)


def bucketed(batches: list[np.ndarray], steps: np.ndarray, pool: int, random: np.random.Generator) -> list[np.ndarray]:
    """The same samples in batches of similar steps: sorted within pools of `pool` batches, the batches then shuffled.

    Args:
        batches: rows of each batch.
        steps: (n,) steps of every sample.
        pool: batches in a pool; 1 leaves the batches as they are.
        random: shuffles the batches.
    """
    if pool == 1:
        return batches
    sorted_batches = []
    for start in range(0, len(batches), pool):
        some = batches[start : start + pool]
        rows = np.concatenate(some)
        ends = np.cumsum([len(batch) for batch in some])[:-1]
        sorted_batches += np.split(rows[np.argsort(steps[rows], kind="stable")], ends)
    return [sorted_batches[i] for i in random.permutation(len(sorted_batches))]


def training_batches(part: Arrays, settings: Settings, batch_size: int, epoch: int) -> Generator[tuple, None, None]:
    """Batches for ever, from `epoch` on: inputs, targets (batch, classes) float32, sample weights (batch,) float32."""
    training, seed, targets = settings.training, settings.seed, part.targets
    per_class = class_weights(part.labels, part.classes)
    weights = per_class[part.labels] if training.class_weights else np.ones(len(part), np.float32)
    lengths = part.inputs.steps if isinstance(part.inputs, Ragged) else np.zeros(len(part), np.int64)
    steps = steps_an_epoch(len(part), batch_size)
    while True:
        random = np.random.default_rng([seed, epoch])
        batches = np.array_split(epoch_order(part.labels, training.balanced_batches, random), steps)
        batches = bucketed(batches, lengths, training.length_bucketing, random)[: training.max_steps]
        for step, rows in enumerate(batches):
            random = np.random.default_rng([seed, epoch, step])
            inputs = augment(part.inputs[rows], settings.augmentation, random)
            inputs, mixed = mixup(inputs, targets[rows], settings.augmentation.mixup, random)
            yield inputs, mixed, weights[rows]
        epoch += 1
