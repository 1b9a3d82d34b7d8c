"""Random changes to batches of series.

A batch is (batch, steps, channels) float32 with NaN beyond the end of each series; those steps stay NaN. All
randomness comes from the generator that is handed in: the same state gives the same batch, to the bit.
"""

import numpy as np

from convpipe.config import Augmentation
from convpipe.training.augmentation.shared import apply, rotations

# Speeds are drawn at so many places, evenly spread over a series: enough to hurry and to dawdle a few times.
SPEED_KNOTS = 6


def augment_series(inputs: np.ndarray, settings: Augmentation, random: np.random.Generator) -> np.ndarray:
    """A changed copy of a training batch: cut, warped and moved in time, turned, scaled, jittered, in this order.

    Cutting and warping share one interpolation, so that a series is smoothed at most once. `settings.mixup` is not
    applied here, for it changes the targets too: see `mixup`. The kinds of change follow Um et al. (2017), "Data
    augmentation of wearable sensor data for Parkinson's disease monitoring using convolutional neural networks",
    and Le Guennec, Malinowski and Tavenard (2016), "Data augmentation for time series classification using
    convolutional neural networks".

    Args:
        inputs: (batch, steps, channels) float32, NaN beyond the end of each series and nowhere else.
        settings: strengths; a change of strength zero is left out and draws nothing from `random`.
        random: the source of all randomness; it moves on.

    Returns:
        (batch, steps, channels) float32, NaN where `inputs` is; `inputs` itself where every strength is zero.

    >>> batch = np.ones((2, 5, 1), np.float32)
    >>> augment_series(batch, Augmentation(), np.random.default_rng(0)) is batch
    True
    >>> augment_series(batch, Augmentation(time_warp=0.3), np.random.default_rng(0))[0].ravel().tolist()
    [1.0, 1.0, 1.0, 1.0, 1.0]
    """
    if settings.time_warp or settings.window_slice:
        inputs = _resample(inputs, settings.time_warp, settings.window_slice, random)
    changes = {"time_shift": _shift, "channel_rotation": _rotate, "scaling": _scale, "jitter": _jitter}
    return apply(changes, inputs, settings, random)


def _resample(inputs, warp: float, cut: float, random) -> np.ndarray:
    """Crop a share of up to `cut`, stretch it back and let its speed vary by up to `warp`, in one interpolation."""
    present = ~np.isnan(inputs[:, :, 0])
    last = np.maximum(present.sum(axis=1, keepdims=True) - 1, 0)
    if (last == last[0]).all():
        last = last[:1]  # one row of places does for series of equal steps
    place = np.minimum(np.arange(inputs.shape[1]) / np.maximum(last, 1), 1.0)  # 0 at the first step, 1 at the last
    if warp:
        place = _warped(place, random.uniform(1 - warp, 1 + warp, size=(len(inputs), SPEED_KNOTS)))
    if cut:
        kept = random.uniform(1 - cut, 1, size=(len(inputs), 1))
        place = random.uniform(0, 1 - kept) + kept * place
    return np.where(present[:, :, None], _read_at(inputs, place * last, last), np.float32(np.nan))


def _warped(place: np.ndarray, speed: np.ndarray) -> np.ndarray:
    """Places in 0..1 after a walk whose `speed` (batch, knots) is given at knots and changes linearly between them.

    The integral of such a speed is a parabola between two knots, hence smooth, rising and exact; dividing by the
    whole way brings the last place to 1 again.
    """
    between = speed.shape[1] - 1
    walked = np.cumsum((speed[:, :-1] + speed[:, 1:]) / 2, axis=1)
    walked = np.pad(walked, ((0, 0), (1, 0)))
    knot = np.minimum((place * between).astype(np.intp), between - 1)
    since = place * between - knot

    def at_knot(values):
        return np.take(values, knot[0], axis=1) if len(knot) == 1 else np.take_along_axis(values, knot, axis=1)

    pace = at_knot(speed) + since / 2 * at_knot(np.diff(speed, axis=1))  # the mean speed since the knot
    return np.minimum((at_knot(walked) + since * pace) / walked[:, -1:], 1.0)


def _read_at(inputs, positions: np.ndarray, last: np.ndarray) -> np.ndarray:
    """Values at fractional steps (batch, steps), by linear interpolation; never read beyond step `last`."""
    batch, steps, channels = inputs.shape
    before = np.minimum(positions.astype(np.intp), last)
    share = (positions - before).astype(np.float32)[:, :, None]
    rows, first = inputs.reshape(batch * steps, channels), np.arange(batch)[:, None] * steps
    # One gather of whole rows from a flat view is several times quicker than np.interp series by series.
    low = rows.take(first + before, axis=0)
    return low + share * (rows.take(first + np.minimum(before + 1, last), axis=0) - low)


def _shift(inputs, strength: float, random) -> np.ndarray:
    """Move each series by a whole number of steps, up to `strength` of its own; zeros stand where it was."""
    present = ~np.isnan(inputs[:, :, 0])
    count = present.sum(axis=1, keepdims=True)
    moved = np.rint(random.uniform(-strength, strength, size=(len(inputs), 1)) * count).astype(np.intp)
    origin = np.arange(inputs.shape[1]) - moved
    inside = (origin >= 0) & (origin < count)
    values = np.take_along_axis(inputs, np.where(inside, origin, 0)[:, :, None], axis=1)
    return np.where(present[:, :, None], np.where(inside[:, :, None], values, np.float32(0)), np.float32(np.nan))


def _rotate(inputs, degrees: float, random) -> np.ndarray:
    """Turn each series as if its sensor sat askew: channels 0 to 2 together, 3 to 5 together, and so on.

    Every series and triple has its own axis, evenly spread over the sphere, and its own angle of up to `degrees`.
    Two channels alone turn in their plane. Channels that fill no triple (one alone, or those left over) stay.
    """
    size = 2 if inputs.shape[2] == 2 else 3
    count = inputs.shape[2] // size
    if not count:
        return inputs
    angles = np.radians(random.uniform(-degrees, degrees, size=(len(inputs), count)))
    turns = _plane_turns(angles) if size == 2 else rotations(angles, random.normal(size=(len(inputs), count, 3)))
    whole = np.tile(np.eye(inputs.shape[2]), (len(inputs), 1, 1))
    for triple in range(count):
        block = slice(triple * size, (triple + 1) * size)
        whole[:, block, block] = turns[:, triple]
    return inputs @ whole.astype(np.float32)


def _plane_turns(angles: np.ndarray) -> np.ndarray:
    """(..., 2, 2) rotation matrices."""
    cosine, sine = np.cos(angles), np.sin(angles)
    return np.stack([np.stack([cosine, -sine], axis=-1), np.stack([sine, cosine], axis=-1)], axis=-2)


def _scale(inputs, strength: float, random) -> np.ndarray:
    """Multiply each channel of each series by its own factor round 1."""
    return inputs * random.normal(1, strength, size=(len(inputs), 1, inputs.shape[2])).astype(np.float32)


def _jitter(inputs, strength: float, random) -> np.ndarray:
    """Add white noise, in deviations of the channel over this batch (so that unscaled channels get their share)."""
    deviations = inputs[~np.isnan(inputs[:, :, 0])].std(axis=0)
    return inputs + (strength * deviations).astype(np.float32) * random.standard_normal(inputs.shape, dtype=np.float32)
