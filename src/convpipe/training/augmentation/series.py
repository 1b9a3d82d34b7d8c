"""Data augmentation of batches of series.

A batch is (batch, steps, channels) float32 with NaN after the end of each series; these steps stay NaN. All random
numbers come from the generator that is passed in: the same state gives the same batch, to the bit.
"""

import numpy as np

from convpipe.config import Augmentation
from convpipe.training.augmentation.shared import apply, rotations

#: Number of evenly spaced steps at which the speed of a time warp is drawn.
SPEED_KNOTS = 6


def augment_series(inputs: np.ndarray, settings: Augmentation, random: np.random.Generator) -> np.ndarray:
    """Apply time warp and window slice, time shift, channel rotation, scaling and jitter, in this order.

    Time warp and window slice share one interpolation, so a series is smoothed at most once. `settings.mixup` is not
    applied here, because it changes the targets too: see `mixup`. The transforms follow Um et al. (2017), "Data
    augmentation of wearable sensor data for Parkinson's disease monitoring using convolutional neural networks",
    and Le Guennec, Malinowski and Tavenard (2016), "Data augmentation for time series classification using
    convolutional neural networks".

    Args:
        inputs: (batch, steps, channels) float32, NaN after the end of each series and nowhere else.
        settings: strengths; a transform of strength zero is skipped and draws nothing from `random`.
        random: source of all random numbers; its state advances.

    Returns:
        An augmented copy (batch, steps, channels) float32, NaN where `inputs` is; `inputs` itself if all strengths are
        zero.

    >>> batch = np.ones((2, 5, 1), np.float32)
    >>> augment_series(batch, Augmentation(), np.random.default_rng(0)) is batch
    True
    >>> augment_series(batch, Augmentation(time_warp=0.3), np.random.default_rng(0))[0].ravel().tolist()
    [1.0, 1.0, 1.0, 1.0, 1.0]
    """
    if settings.time_warp or settings.window_slice:
        inputs = _resample(inputs, settings.time_warp, settings.window_slice, random)
    transforms = {"time_shift": _shift, "channel_rotation": _rotate, "scaling": _scale, "jitter": _jitter}
    return apply(transforms, inputs, settings, random)


def _resample(inputs, warp: float, slice_fraction: float, random) -> np.ndarray:
    """Cut off a fraction of up to `slice_fraction`, stretch the rest back and vary its speed by up to `warp`."""
    present = ~np.isnan(inputs[:, :, 0])
    last = np.maximum(present.sum(axis=1, keepdims=True) - 1, 0)
    if (last == last[0]).all():
        last = last[:1]  # one row of places is enough for series of equal length
    place = np.minimum(np.arange(inputs.shape[1]) / np.maximum(last, 1), 1.0)  # 0 at the first step, 1 at the last
    if warp:
        place = _warped(place, random.uniform(1 - warp, 1 + warp, size=(len(inputs), SPEED_KNOTS)))
    if slice_fraction:
        kept = random.uniform(1 - slice_fraction, 1, size=(len(inputs), 1))
        place = random.uniform(0, 1 - kept) + kept * place
    return np.where(present[:, :, None], _read_at(inputs, place * last, last), np.float32(np.nan))


def _warped(place: np.ndarray, speed: np.ndarray) -> np.ndarray:
    """Return warped places in 0..1, for a `speed` (batch, knots) that is linear between its knots.

    The integral of such a speed is a parabola between two knots, so it is smooth, increasing and exact. Dividing by the
    total distance moves the last place to 1 again.
    """
    intervals = speed.shape[1] - 1
    distance = np.cumsum((speed[:, :-1] + speed[:, 1:]) / 2, axis=1)
    distance = np.pad(distance, ((0, 0), (1, 0)))
    knot = np.minimum((place * intervals).astype(np.intp), intervals - 1)
    since = place * intervals - knot

    def at_knot(values):
        return np.take(values, knot[0], axis=1) if len(knot) == 1 else np.take_along_axis(values, knot, axis=1)

    mean_speed = at_knot(speed) + since / 2 * at_knot(np.diff(speed, axis=1))  # since the knot
    return np.minimum((at_knot(distance) + since * mean_speed) / distance[:, -1:], 1.0)


def _read_at(inputs, positions: np.ndarray, last: np.ndarray) -> np.ndarray:
    """Return values at fractional steps (batch, steps) by linear interpolation, without reading after step `last`."""
    batch, steps, channels = inputs.shape
    before = np.minimum(positions.astype(np.intp), last)
    share = (positions - before).astype(np.float32)[:, :, None]
    rows, first = inputs.reshape(batch * steps, channels), np.arange(batch)[:, None] * steps
    # One gather of whole rows from a flat view is several times faster than np.interp for each series.
    low = rows.take(first + before, axis=0)
    return low + share * (rows.take(first + np.minimum(before + 1, last), axis=0) - low)


def _shift(inputs, fraction: float, random) -> np.ndarray:
    """Move each series by whole steps, up to `fraction` of its steps; zeros fill the gap."""
    present = ~np.isnan(inputs[:, :, 0])
    count = present.sum(axis=1, keepdims=True)
    moved = np.rint(random.uniform(-fraction, fraction, size=(len(inputs), 1)) * count).astype(np.intp)
    source = np.arange(inputs.shape[1]) - moved
    inside = (source >= 0) & (source < count)
    values = np.take_along_axis(inputs, np.where(inside, source, 0)[:, :, None], axis=1)
    return np.where(present[:, :, None], np.where(inside[:, :, None], values, np.float32(0)), np.float32(np.nan))


def _rotate(inputs, degrees: float, random) -> np.ndarray:
    """Rotate each series as if its sensor were tilted: channels 0 to 2 together, 3 to 5 together, and so on.

    Each triple of each series has its own axis, uniform on the sphere, and its own angle of up to `degrees`. Two
    channels rotate in their plane. A single channel, or channels left over from triples, do not change.
    """
    size = 2 if inputs.shape[2] == 2 else 3
    count = inputs.shape[2] // size
    if not count:
        return inputs
    angles = np.radians(random.uniform(-degrees, degrees, size=(len(inputs), count)))
    blocks = _plane_rotations(angles) if size == 2 else rotations(angles, random.normal(size=(len(inputs), count, 3)))
    matrices = np.tile(np.eye(inputs.shape[2]), (len(inputs), 1, 1))
    for triple in range(count):
        channels = slice(triple * size, (triple + 1) * size)
        matrices[:, channels, channels] = blocks[:, triple]
    return inputs @ matrices.astype(np.float32)


def _plane_rotations(angles: np.ndarray) -> np.ndarray:
    """Return rotation matrices (..., 2, 2)."""
    cosine, sine = np.cos(angles), np.sin(angles)
    return np.stack([np.stack([cosine, -sine], axis=-1), np.stack([sine, cosine], axis=-1)], axis=-2)


def _scale(inputs, strength: float, random) -> np.ndarray:
    """Multiply each channel of each series by its own factor around 1."""
    return inputs * random.normal(1, strength, size=(len(inputs), 1, inputs.shape[2])).astype(np.float32)


def _jitter(inputs, strength: float, random) -> np.ndarray:
    """Add white noise in standard deviations of the channel over this batch, so that channels need not be scaled."""
    deviations = inputs[~np.isnan(inputs[:, :, 0])].std(axis=0)
    return inputs + (strength * deviations).astype(np.float32) * random.standard_normal(inputs.shape, dtype=np.float32)
