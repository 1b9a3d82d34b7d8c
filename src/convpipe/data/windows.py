"""Cutting long recordings into windows of equal steps."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from convpipe import config
from convpipe.data.samples import Samples, with_hash_of
from convpipe.errors import DataError


def cut_windows(samples: Samples, window: config.Window, report: Callable[[str], None] = print) -> Samples:
    """Cut each recording into windows; what is left at its end, less than a window, is not used.

    A window keeps the label, the group and the part of its recording. Without groups each recording becomes one, since
    windows that overlap may not stand in two parts.

    Args:
        samples: recordings (steps, channels) with a sampling rate in Hz.
        window: length in seconds and the share that the next window repeats.
        report: is handed one line that names the recordings too short for a window, if there are any.

    Returns:
        Samples of round(seconds x sampling rate) steps each, in the order of their recordings.

    Raises:
        DataError: no sampling rate, or every recording is shorter than a window.
    """
    size, step = _size_and_step(samples, window)
    starts = [range(0, len(recording) - size + 1, step) for recording in samples.inputs]
    _check_short(samples, window, starts, report)
    owner = np.repeat(np.arange(len(samples)), [len(row) for row in starts])
    begins = [begin for row in starts for begin in row]
    groups = np.arange(len(samples)).astype(str) if samples.groups is None else samples.groups
    cut = replace(
        samples,
        inputs=[samples.inputs[i][begin : begin + size] for i, begin in zip(owner, begins, strict=True)],
        labels=samples.labels[owner],
        origins=[_origin(samples, i, begin, size) for i, begin in zip(owner, begins, strict=True)],
        groups=groups[owner],
        is_test=None if samples.is_test is None else samples.is_test[owner],
        is_validation=None if samples.is_validation is None else samples.is_validation[owner],
    )
    return with_hash_of(cut, f"windows of {size} steps, one each {step}".encode())


def _size_and_step(samples: Samples, window: config.Window) -> tuple[int, int]:
    if samples.sampling_rate is None:
        raise DataError(f"{samples.source} states no sampling rate, so seconds mean nothing; set window.seconds=null")
    size = round(window.seconds * samples.sampling_rate)
    if size < 1:
        raise DataError(f"window.seconds={window.seconds} is less than one step at {samples.sampling_rate:g} Hz")
    return size, max(1, round(size * (1 - window.overlap)))


def _check_short(samples: Samples, window: config.Window, starts: list[range], report: Callable[[str], None]) -> None:
    short = [i for i, row in enumerate(starts) if not len(row)]
    if len(short) == len(samples):
        longest = max(map(len, samples.inputs)) / samples.sampling_rate
        raise DataError(
            f"window.seconds={window.seconds:g} is longer than every recording of {samples.source}; "
            f"the longest lasts {longest:.2f} s"
        )
    if short:
        names = "; ".join(samples.origins[i] for i in short)
        report(f"left out {len(short)} of {len(samples)} recordings, shorter than {window.seconds:g} s: {names}")


def _origin(samples: Samples, recording: int, begin: int, size: int) -> str:
    rate = samples.sampling_rate
    return f"{samples.origins[recording]}, {begin / rate:.2f} to {(begin + size) / rate:.2f} s"
