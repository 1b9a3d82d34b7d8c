"""Cutting long recordings into windows of equal steps."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from convpipe import config
from convpipe.data.dataset import Dataset, with_hash_of
from convpipe.errors import DataError


def cut_windows(dataset: Dataset, window: config.Window, report: Callable[[str], None] = print) -> Dataset:
    """Cut each recording into windows; what is left at its end, less than a window, is not used.

    A window keeps the label, the group and the part of its recording. Without groups each recording becomes one, since
    windows that overlap may not stand in two parts.

    Args:
        dataset: recordings (steps, channels) with a sampling rate in Hz.
        window: length in seconds and the fraction that the next window repeats.
        report: is handed one line that names the recordings too short for a window, if there are any.

    Returns:
        Dataset of round(seconds x sampling rate) steps each, in the order of their recordings.

    Raises:
        DataError: no sampling rate, or every recording is shorter than a window.
    """
    refused = partial(DataError, file=dataset.source, key="window.seconds", value=window.seconds)
    rate, seconds = dataset.sampling_rate, window.seconds or 0.0
    if rate is None:
        message = f"no sampling rate is known, so window.seconds={seconds} has no meaning"
        raise refused(message, remedy="set window.seconds=null")
    size = round(seconds * rate)
    if size < 1:
        message = f"window.seconds={seconds} is less than one step at {rate:g} Hz"
        raise refused(message, remedy=f"use window.seconds={1 / rate:g} or more")
    step = max(1, round(size * (1 - window.overlap)))
    starts = [range(0, len(recording) - size + 1, step) for recording in dataset.inputs]
    short = [name for name, row in zip(dataset.sample_ids, starts, strict=True) if not row]
    if len(short) == len(dataset):
        longest = f"{max(map(len, dataset.inputs)) / rate:.2f} s"
        message = f"window.seconds={seconds:g} is longer than every recording; the longest lasts {longest}"
        raise refused(message, remedy="use shorter windows")
    if short:
        found = f"{len(short)} of {len(dataset)} recordings, shorter than {seconds:g} s"
        report(f"left out {found}: {'; '.join(short)}")
    return with_hash_of(_cut(dataset, starts, size, rate), f"windows of {size} steps, one each {step}".encode())


def _cut(dataset: Dataset, starts: list[range], size: int, rate: float) -> Dataset:
    """The windows of `size` steps that begin at the `starts` of each recording."""
    places = [(i, begin) for i, row in enumerate(starts) for begin in row]
    owner, ids = [i for i, _ in places], dataset.sample_ids
    groups = np.arange(len(dataset)).astype(str) if dataset.groups is None else dataset.groups
    return replace(
        dataset,
        inputs=[dataset.inputs[i][begin : begin + size] for i, begin in places],
        labels=dataset.labels[owner],
        sample_ids=[f"{ids[i]}, {begin / rate:.2f} to {(begin + size) / rate:.2f} s" for i, begin in places],
        groups=groups[owner],
        is_test=None if dataset.is_test is None else dataset.is_test[owner],
        is_validation=None if dataset.is_validation is None else dataset.is_validation[owner],
    )
