"""Batches of the training part: order, class balance and augmentation.

All random numbers are drawn from (seed, epoch, step), so epoch 7 is the same whether or not epochs 0 to 6 ran in this
process.
"""

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np

from convpipe.config import Settings
from convpipe.data.ragged import Ragged
from convpipe.training.augmentation import augment, mixup


@dataclass(frozen=True)
class Arrays:
    """A prepared part: inputs of the network, labels (n,) int64, and the number of classes.

    The inputs are an array (n, ...) if all samples have the same shape, and `Ragged` if their numbers of steps differ.
    """

    inputs: np.ndarray | Ragged
    labels: np.ndarray
    classes: int

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def targets(self) -> np.ndarray:
        """One-hot labels (n, classes) float32."""
        return np.eye(self.classes, dtype=np.float32)[self.labels]


def class_weights(labels: np.ndarray, classes: int) -> np.ndarray:
    """Return inverse class frequencies (classes,) float32, with mean one over the samples; zero for an absent class.

    >>> [round(float(weight), 3) for weight in class_weights(np.array([0, 0, 0, 1]), 2)]
    [0.667, 2.0]
    """
    counts = np.bincount(labels, minlength=classes)
    weights = np.zeros(classes, np.float32)
    weights[counts > 0] = len(labels) / (np.count_nonzero(counts) * counts[counts > 0])
    return weights


def epoch_order(labels: np.ndarray, balanced: bool, random: np.random.Generator) -> np.ndarray:
    """Return the n sample indices of an epoch: each sample once or, if balanced, each class equally often."""
    if not balanced:
        return random.permutation(len(labels))
    present = np.unique(labels)
    per_class = -(-len(labels) // len(present))
    drawn = []
    for label in present:
        members = np.flatnonzero(labels == label)
        repeats = [random.permutation(members) for _ in range(-(-per_class // len(members)))]
        drawn.append(np.concatenate(repeats)[:per_class])
    return random.permutation(np.concatenate(drawn))[: len(labels)]


def steps_per_epoch(samples: int, batch_size: int, max_steps: int | None = None) -> int:
    """Return the number of batches per epoch.

    All batches have nearly the same size, because a batch of one or two samples would disturb batch normalization.
    Above sixteen batches there may be a few more than needed, so that equal groups of them run in one call.

    >>> [steps_per_epoch(samples, 4) for samples in (10, 64, 65, 134)]
    [3, 16, 18, 36]
    """
    steps = -(-samples // batch_size)
    groups = -(-steps // 16)
    return min(groups * -(-steps // groups), samples, max_steps or samples)


def bucketed(batches: list[np.ndarray], steps: np.ndarray, pool: int, random: np.random.Generator) -> list[np.ndarray]:
    """Return the same samples in batches of similar length: sorted by length in pools of batches, then shuffled.

    Args:
        batches: sample indices of each batch.
        steps: (n,) steps of every sample.
        pool: batches per pool; 1 leaves the batches unchanged.
        random: shuffles the batches.
    """
    if pool == 1:
        return batches
    sorted_batches = []
    for start in range(0, len(batches), pool):
        pooled = batches[start : start + pool]
        rows = np.concatenate(pooled)
        ends = np.cumsum([len(batch) for batch in pooled])[:-1]
        sorted_batches += np.split(rows[np.argsort(steps[rows], kind="stable")], ends)
    return [sorted_batches[i] for i in random.permutation(len(sorted_batches))]


def training_batches(part: Arrays, settings: Settings, batch_size: int, epoch: int) -> Generator[tuple, None, None]:
    """Yield inputs, targets (batch, classes) float32 and sample weights (batch,) float32, endlessly from `epoch` on."""
    training, seed, targets = settings.training, settings.seed, part.targets
    per_class = class_weights(part.labels, part.classes)
    weights = per_class[part.labels] if training.class_weights else np.ones(len(part), np.float32)
    lengths = part.inputs.steps if isinstance(part.inputs, Ragged) else np.zeros(len(part), np.int64)
    steps = steps_per_epoch(len(part), batch_size)
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
