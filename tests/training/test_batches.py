"""Batches of an epoch: their samples, order and weights."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convpipe.config import Augmentation, Settings, Training
from convpipe.data.ragged import Ragged
from convpipe.inference.logits import plain_batches
from convpipe.training.batches import Arrays, bucketed, class_weights, steps_per_epoch, training_batches


def part(labels, steps=6, classes=None) -> Arrays:
    """Samples whose values are all their index."""
    labels = np.asarray(labels, np.int64)
    inputs = np.broadcast_to(np.arange(len(labels), dtype="float32")[:, None, None], (len(labels), steps, 1)).copy()
    return Arrays(inputs, labels, classes or int(labels.max()) + 1)


def epochs(arrays, count=1, batch_size=4, seed=0, start=0, augmentation=None, **settings):
    """Return `count` epochs, each a list of batches."""
    training = Training(**settings)
    run = Settings(training=training, augmentation=augmentation or Augmentation(), seed=seed)
    stream = training_batches(arrays, run, batch_size, start)
    steps = steps_per_epoch(len(arrays), batch_size, training.max_steps)
    return [list(itertools.islice(stream, steps)) for _ in range(count)]


def members(batches) -> list[int]:
    return [int(number) for inputs, _, _ in batches for number in inputs[:, 0, 0]]


@given(samples=st.integers(1, 300), batch_size=st.integers(1, 70))
def test_each_epoch_has_every_sample_once_in_batches_of_nearly_equal_size(samples, batch_size):
    for batches in epochs(part(np.arange(samples) % 2, steps=1, classes=2), 2, batch_size):
        sizes = [len(inputs) for inputs, _, _ in batches]
        assert sorted(members(batches)) == list(range(samples))
        assert max(sizes) <= batch_size and max(sizes) - min(sizes) <= 1


@given(samples=st.integers(1, 5000), batch_size=st.integers(1, 100))
def test_steps_are_few_and_divide_into_equal_groups(samples, batch_size):
    needed, steps = -(-samples // batch_size), steps_per_epoch(samples, batch_size)
    groups = -(-needed // 16)
    assert needed <= steps < needed + groups
    assert steps % groups == 0 or steps == samples


def test_targets_match_their_inputs():
    arrays = part([0, 1, 2, 0, 1, 2, 2])
    for inputs, targets, weights in epochs(arrays)[0]:
        assert inputs.dtype == targets.dtype == weights.dtype == np.float32
        np.testing.assert_array_equal(targets.argmax(axis=1), arrays.labels[inputs[:, 0, 0].astype(int)])
        np.testing.assert_array_equal(weights, 1)


def test_same_seed_and_epoch_give_the_same_batches_for_any_start():
    arrays, changes = part([0, 1] * 10), Augmentation(jitter=0.1, mixup=0.3, window_slice=0.2)
    whole = epochs(arrays, 4, augmentation=changes)
    resumed = epochs(arrays, 2, start=2, augmentation=changes)
    for ours, theirs in zip(whole[2] + whole[3], resumed[0] + resumed[1], strict=True):
        for one, other in zip(ours, theirs, strict=True):
            np.testing.assert_array_equal(one, other)


def test_epochs_and_seeds_differ():
    arrays = part([0, 1] * 10)
    first, second = epochs(arrays, 2)
    assert members(first) != members(second)
    assert members(first) != members(epochs(arrays, seed=1)[0])


@pytest.mark.parametrize("labels", [[0] * 30 + [1] * 3, [0] * 20 + [1] * 10 + [2] * 2])
def test_balanced_batches_draw_classes_equally_often(labels):
    arrays = part(labels)
    for batches in epochs(arrays, 3, balanced_batches=True):
        drawn = members(batches)
        counts = np.bincount(arrays.labels[drawn])
        assert len(drawn) == len(labels) and counts.max() - counts.min() <= len(counts)
        for label in range(arrays.classes):
            times = np.bincount(drawn, minlength=len(labels))[arrays.labels == label]
            assert times.max() - times.min() <= 2, "members of a class should be drawn equally often"


def test_class_weights_are_inverse_frequencies_with_mean_one():
    labels = np.array([0] * 6 + [1] * 3 + [3])
    weights = class_weights(labels, 4)
    np.testing.assert_allclose(weights, [10 / 18, 10 / 9, 0, 10 / 3], rtol=1e-6)
    assert weights[labels].mean() == pytest.approx(1)
    drawn = np.concatenate([w for _, _, w in epochs(part(labels, classes=4), class_weights=True)[0]])
    np.testing.assert_allclose(np.sort(drawn), np.sort(weights[labels]))


def test_epoch_ends_after_max_steps():
    first, second = epochs(part([0, 1] * 10), 2, max_steps=2)
    assert len(first) == len(second) == 2 and members(first) != members(second)


def test_augmentation_does_not_change_the_original_samples():
    arrays = part([0, 1] * 4)
    before = arrays.inputs.copy()
    changes = Augmentation(jitter=1.0, scaling=0.5, time_warp=0.5, window_slice=0.5, channel_rotation=90, mixup=1.0)
    (batches,) = epochs(arrays, augmentation=changes)
    np.testing.assert_array_equal(arrays.inputs, before)
    assert all(not np.isin(inputs, before).any() for inputs, _, _ in batches)


STEPS = np.array([9, 2, 3, 4, 5, 6])


def uneven() -> Arrays:
    """Series of unequal length whose values are all their index."""
    series = [np.full((steps, 1), number, np.float32) for number, steps in enumerate(STEPS)]
    return Arrays(Ragged.of(series), np.array([0, 1] * 3), 2)


def test_batches_end_where_their_longest_series_ends():
    for inputs, _, _ in epochs(uneven(), batch_size=2)[0]:
        assert inputs.shape[1] == max(STEPS[inputs[:, 0, 0].astype(int)])


@given(samples=st.integers(1, 200), batch_size=st.integers(1, 50))
def test_plain_batches_keep_order_and_size(samples, batch_size):
    inputs = np.arange(4.0 * samples).reshape(samples, 4, 1)
    pieces = list(plain_batches(inputs, 4 * batch_size))
    assert max(len(rows) for rows, _ in pieces) <= batch_size
    np.testing.assert_array_equal(np.concatenate([batch for _, batch in pieces]), inputs)
    np.testing.assert_array_equal(np.concatenate([rows for rows, _ in pieces]), np.arange(samples))


def test_plain_batches_put_series_of_equal_steps_together():
    inputs = uneven().inputs
    pieces = list(plain_batches(inputs, 2 * 9))
    assert [batch.shape[1] for _, batch in pieces] == [3, 5, 9]
    for rows, batch in pieces:
        np.testing.assert_array_equal(batch, inputs[rows])


def test_bucketed_batches_hold_the_same_samples_and_waste_fewer_steps():
    random = np.random.default_rng(0)
    steps = random.integers(5, 100, 64)
    batches = np.array_split(random.permutation(64), 16)
    sorted_batches = bucketed(batches, steps, 8, np.random.default_rng(1))

    def padded(batches):
        return sum(len(rows) * steps[rows].max() for rows in batches)

    assert sorted(np.concatenate(sorted_batches)) == list(range(64))
    assert [len(rows) for rows in sorted_batches] == [4] * 16
    assert padded(sorted_batches) < 0.8 * padded(batches)
    assert bucketed(batches, steps, 1, random) is batches
