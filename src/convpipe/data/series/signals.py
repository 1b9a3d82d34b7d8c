"""What the channels of recordings hold: no signal, or one that single precision would lose."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from convpipe.data.series.recordings import Recordings

#: Recordings that are looked at.
SAMPLE = 200
#: Part of the recordings in which a channel must rise by a constant step to be taken for row numbers or a clock.
NEARLY_ALL = 0.9
#: A rounding error this large beside the spread within a recording loses the signal.
LOST = 1e-3


def signals_only(recordings: Recordings, chosen: bool, report: Callable[[str], None]) -> Recordings:
    """Recordings without the channels that are empty or rise by a constant step, which are no signals.

    Args:
        recordings: of any channels.
        chosen: whether the user chose the channels; then all stay.
        report: is handed a line for each channel that is left out.
    """
    if chosen:
        return recordings
    empty = [all(np.isnan(values[:, at]).all() for values in recordings.values[:SAMPLE])
             and all(np.isnan(values[:, at]).all() for values in recordings.values)
             for at in range(len(recordings.channels))]  # fmt: skip
    rising = [_rises(recordings, at) for at in range(len(recordings.channels))]
    kept = [at for at, (one, other) in enumerate(zip(empty, rising, strict=True)) if not (one or other)]
    if not kept:
        report(
            f"warning: {recordings.channels[0]} rises by a constant step, as row numbers do, but is the only channel"
        )
        return recordings
    for at, name in enumerate(recordings.channels):
        why = "which is empty" if empty[at] else "which rises by a constant step, as a clock or row numbers do"
        if at not in kept:
            report(f"left out channel {name}, {why} (data.columns=[...] overrules)")
    if len(kept) == len(recordings.channels):
        return recordings
    names = [recordings.channels[at] for at in kept]
    return replace(recordings, values=[values[:, kept] for values in recordings.values], channels=names)


def _sample(recordings: Recordings) -> list[np.ndarray]:
    """Some recordings, evenly spread."""
    return recordings.values[:: max(1, len(recordings) // SAMPLE)]


def _rises(recordings: Recordings, at: int) -> bool:
    """Whether a channel rises by a constant step in nearly every recording of three steps or more."""
    told = [_is_ramp(values[:, at]) for values in _sample(recordings) if len(values) > 2]
    return len(told) > 1 and sum(told) >= NEARLY_ALL * len(told)


def _is_ramp(values: np.ndarray) -> bool:
    values = values.astype(np.float64)
    if not np.isfinite(values).all():
        return False
    steps = np.diff(values)
    usual = np.median(steps)
    # Two decimals of a time stamp, or the last digits of a large number, are not exact.
    tolerance = 0.02 * usual + 4 * np.spacing(np.abs(values).max())
    return bool(usual > 0 and np.abs(steps - usual).max() <= tolerance)


def _rounding(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The largest error of each channel in float32, and the channel's deviation, of a series (steps, channels)."""
    finite = np.isfinite(values)
    count = finite.sum(axis=0).clip(1)
    with np.errstate(over="ignore", invalid="ignore"):
        error = np.where(finite, np.abs(values - values.astype(np.float32)), 0).max(axis=0)
        mean = np.where(finite, values, 0).sum(axis=0) / count
        spread = np.sqrt((np.where(finite, values - mean, 0) ** 2).sum(axis=0) / count)
    return error, spread


def in_precision(recordings: Recordings, report: Callable[[str], None]) -> Recordings:
    """Recordings in float32, or in float64 where float32 would lose a signal, as it does of 1e8 plus a sine.

    Args:
        recordings: of any numbers.
        report: is handed a line that names the channels that need float64.
    """
    lost = np.zeros(len(recordings.channels))
    sample = _sample(recordings)
    for values in sample:
        error, spread = _rounding(values)
        lost += (error > LOST * spread) & (spread > 0)
    names = [name for name, count in zip(recordings.channels, lost, strict=True) if count > len(sample) / 10]
    if names:
        report(f"kept in double precision until scaled, since single precision would lose it: {', '.join(names)}")
    kind = np.float64 if names else np.float32
    with np.errstate(over="ignore", invalid="ignore"):  # what is too large becomes infinity, which is refused by name
        return replace(recordings, values=[np.ascontiguousarray(values, kind) for values in recordings.values])
