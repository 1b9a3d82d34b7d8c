"""Channels without a signal, and channels whose signal single precision would lose."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from convpipe.data.series.recordings import Recordings

#: Number of recordings to examine.
SAMPLE = 200
#: A channel that rises by a constant step in this fraction of the recordings is a clock or row numbers.
NEARLY_ALL = 0.9
#: A rounding error of this fraction of the standard deviation within a recording loses the signal.
LOST = 1e-3


def drop_non_signals(recordings: Recordings, chosen: bool, report: Callable[[str], None]) -> Recordings:
    """Drop the channels that are empty or rise by a constant step, since these are not signals.

    Args:
        recordings: recordings with any channels.
        chosen: whether the user selected the channels, so that all of them are kept.
        report: called with a line for each channel that is left out.
    """
    if chosen:
        return recordings
    empty = [all(np.isnan(values[:, at]).all() for values in recordings.values[:SAMPLE])
             and all(np.isnan(values[:, at]).all() for values in recordings.values)
             for at in range(len(recordings.channels))]  # fmt: skip
    rising = [_rises(recordings, at) for at in range(len(recordings.channels))]
    kept = [at for at, (one, other) in enumerate(zip(empty, rising, strict=True)) if not (one or other)]
    if not kept:
        first = ", ".join(recordings.channels[:3])
        report(f"warning: every channel is empty or rises by a constant step, as row numbers do ({first})")
        return recordings
    for at, name in enumerate(recordings.channels):
        why = "which is empty" if empty[at] else "which rises by a constant step, as a clock or row numbers do"
        if at not in kept:
            report(f"left out channel {name}, {why} (data.columns=[...] keeps it)")
    if len(kept) == len(recordings.channels):
        return recordings
    names = [recordings.channels[at] for at in kept]
    return replace(recordings, values=[values[:, kept] for values in recordings.values], channels=names)


def _sample(recordings: Recordings) -> list[np.ndarray]:
    """Return some recordings, evenly spaced."""
    return recordings.values[:: max(1, len(recordings) // SAMPLE)]


def _rises(recordings: Recordings, at: int) -> bool:
    """Return whether a channel rises by a constant step in nearly every recording with at least three steps."""
    rises = [_is_ramp(values[:, at]) for values in _sample(recordings) if len(values) > 2]
    return len(rises) > 1 and sum(rises) >= NEARLY_ALL * len(rises)


def _is_ramp(values: np.ndarray) -> bool:
    values = values.astype(np.float64)
    if not np.isfinite(values).all():
        return False
    steps = np.diff(values)
    usual = np.median(steps)
    # Time stamps with two decimals, and the last digits of large numbers, are rounded.
    tolerance = 0.02 * usual + 4 * np.spacing(np.abs(values).max())
    return bool(usual > 0 and np.abs(steps - usual).max() <= tolerance)


def _rounding(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the largest rounding error in float32 and the standard deviation of each channel (steps, channels)."""
    finite = np.isfinite(values)
    count = finite.sum(axis=0).clip(1)
    with np.errstate(over="ignore", invalid="ignore"):
        error = np.where(finite, np.abs(values - values.astype(np.float32)), 0).max(axis=0)
        mean = np.where(finite, values, 0).sum(axis=0) / count
        spread = np.sqrt((np.where(finite, values - mean, 0) ** 2).sum(axis=0) / count)
    return error, spread


def choose_precision(recordings: Recordings, report: Callable[[str], None]) -> Recordings:
    """Convert recordings to float32, or to float64 if float32 would lose a signal, such as a sine around 1e8.

    Args:
        recordings: recordings of any dtype.
        report: called with a line that names the channels that need float64.
    """
    lost = np.zeros(len(recordings.channels))
    sample = _sample(recordings)
    for values in sample:
        error, spread = _rounding(values)
        lost += (error > LOST * spread) & (spread > 0)
    names = [name for name, count in zip(recordings.channels, lost, strict=True) if count > len(sample) / 10]
    if names:
        report(f"kept in float64 until scaled, since float32 would lose the signal: {', '.join(names)}")
    dtype = np.float64 if names else np.float32
    with np.errstate(over="ignore", invalid="ignore"):  # a value that is too large becomes infinite, refused later
        return replace(recordings, values=[np.ascontiguousarray(values, dtype) for values in recordings.values])
