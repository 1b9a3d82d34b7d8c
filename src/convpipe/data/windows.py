"""Cutting long recordings into windows of equal length."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from convpipe import config
from convpipe.data.dataset import Dataset, with_hash_of
from convpipe.errors import DataError

#: Values in place of a class for windows that are left out: no label, or mixed labels.
UNLABELED, MIXED = -1, -2


def cut_windows(dataset: Dataset, window: config.Window, report: Callable[[str], None] = print) -> Dataset:
    """Cut each recording into windows. A remainder at its end that is shorter than a window is not used.

    A window keeps the group and the part of its recording. Its label is that of its recording or, if steps have
    labels, the one that `window.label` selects; a window without a label is left out. Without groups, each recording
    becomes a group, so that overlapping windows are never in two parts. Windows of recordings in memory are views,
    not copies.

    Args:
        dataset: recordings (steps, channels) with a sampling rate in Hz.
        window: length in seconds, overlap of consecutive windows (a fraction), and the rule for step labels.
        report: called with one line: the numbers of windows and recordings, and what was left out.

    Returns:
        Dataset with samples of round(seconds x sampling rate) steps, in the order of their recordings.

    Raises:
        DataError: no sampling rate, no recording as long as a window, a number of labels that differs from the number
            of steps of the recording, or no window with a label.
    """
    size, step = steps_and_stride(dataset, window)
    starts = [np.arange(0, len(recording) - size + 1, step) for recording in dataset.inputs]
    short = [name for name, row in zip(dataset.sample_ids, starts, strict=True) if not len(row)]
    if len(short) == len(dataset):
        longest = f"{max(map(len, dataset.inputs)) / (dataset.sampling_rate or 1.0):.2f} s"
        message = f"window.seconds={window.seconds:g} is longer than every recording; the longest lasts {longest}"
        raise _refused(dataset, window, message, "use shorter windows")
    labels = _labels(dataset, starts, size, window)
    rule = f"windows of {size} steps, one each {step}"
    if dataset.step_labels is not None:
        rule += f", label {window.label}" + (f" of {window.purity:g}" if window.label == "majority" else "")
    report("; ".join([_cut_line(labels, window), *_left_out(dataset, short, labels, window)]))
    return with_hash_of(_cut(dataset, starts, labels, size), rule.encode())


def steps_and_stride(dataset: Dataset, window: config.Window) -> tuple[int, int]:
    """Return the length of a window and the distance between the starts of consecutive windows, in steps."""
    rate, seconds = dataset.sampling_rate, window.seconds or 0.0
    if rate is None:
        message = f"the sampling rate is unknown, so window.seconds={seconds} has no meaning"
        raise _refused(dataset, window, message, "set window.seconds=null")
    size = round(seconds * rate)
    if size < 1:
        message = f"window.seconds={seconds} is less than one step at {rate:g} Hz"
        raise _refused(dataset, window, message, f"set window.seconds={1 / rate:g} or more")
    return size, max(1, round(size * (1 - window.overlap)))


def _refused(dataset: Dataset, window: config.Window, message: str, remedy: str) -> DataError:
    return DataError(message, file=dataset.source, key="window.seconds", value=window.seconds, remedy=remedy)


def _labels(dataset: Dataset, starts: list[np.ndarray], size: int, window: config.Window) -> list[np.ndarray]:
    """Return the class of each window of each recording, or UNLABELED or MIXED.

    Raises:
        DataError: a number of labels that differs from the number of steps, or no window with a label.
    """
    if dataset.step_labels is None:
        return [np.full(len(row), label) for row, label in zip(starts, dataset.labels, strict=True)]
    for sample_id, recording, steps in zip(dataset.sample_ids, dataset.inputs, dataset.step_labels, strict=True):
        if len(recording) != len(steps):
            message = f"{len(recording)} steps, but {len(steps)} labels"
            raise DataError(message, file=sample_id, value=len(steps))
    pairs = zip(dataset.step_labels, starts, strict=True)
    if window.label == "last":
        labels = [np.asarray(steps)[row + size - 1] for steps, row in pairs]
    else:
        labels = [_majority(steps, row, size, len(dataset.class_names), window.purity) for steps, row in pairs]
    if all((each < 0).all() for each in labels):
        key, remedy = "window.purity", "use shorter windows or a lower window.purity"
        if window.label == "last":
            key, remedy = "window.label", "set window.label=majority"
        message = f"no window of {window.seconds:g} s has a label"
        value = getattr(window, key.removeprefix("window."))
        raise DataError(message, file=dataset.source, key=key, value=value, remedy=remedy)
    return labels


def _majority(steps: np.ndarray, starts: np.ndarray, size: int, classes: int, purity: float) -> np.ndarray:
    """Return the most frequent label of each window. Ties go to the lowest class, and to a class before no label.

    Args:
        steps: (steps,) int64, -1 for no label.
        starts: (n,) int64, the first step of each window.
        size: number of steps of a window.
        classes: number of classes.
        purity: smallest fraction of the steps that must have the label of the window.

    Returns:
        (n,) int64: a class, UNLABELED or MIXED.
    """
    # How often each label (columns; "no label" is the last) occurs before each step (rows).
    before = np.zeros((len(steps) + 1, classes + 1), np.int64)
    before[np.arange(1, len(steps) + 1), steps] = 1
    np.cumsum(before, axis=0, out=before)
    counts = before[starts + size] - before[starts]
    labels = counts.argmax(axis=1)
    most = counts.max(axis=1)
    # With the tolerance, 7 of 10 steps satisfy a purity of 0.7.
    return np.where(labels == classes, UNLABELED, np.where(most < purity * size - 1e-9, MIXED, labels))


def _cut(dataset: Dataset, starts: list[np.ndarray], labels: list[np.ndarray], size: int) -> Dataset:
    """Return the labeled windows of `size` steps that begin at the `starts` of each recording."""
    kept = [row[each >= 0].tolist() for row, each in zip(starts, labels, strict=True)]
    places = [(i, begin) for i, row in enumerate(kept) for begin in row]
    owner, ids, rate = [i for i, _ in places], np.array(dataset.sample_ids, dtype=str), dataset.sampling_rate or 1.0
    groups = np.arange(len(dataset)).astype(str) if dataset.groups is None else dataset.groups
    joined = np.concatenate(labels)
    return replace(
        dataset,
        # Each recording is read once.
        inputs=[each[begin : begin + size] for each, row in zip(dataset.inputs, kept, strict=True) for begin in row],
        labels=joined[joined >= 0].astype(np.int64),
        sample_ids=[f"{ids[i]}, {begin / rate:.2f} to {(begin + size) / rate:.2f} s" for i, begin in places],
        groups=groups[owner],
        is_test=None if dataset.is_test is None else dataset.is_test[owner],
        is_validation=None if dataset.is_validation is None else dataset.is_validation[owner],
        step_labels=None,
        recordings=ids[owner],
    )


def _cut_line(labels: list[np.ndarray], window: config.Window) -> str:
    """Report the numbers of windows and recordings."""
    windows = [int((each >= 0).sum()) for each in labels]
    recordings = np.count_nonzero(windows)
    plural = "s" if recordings > 1 else ""
    return f"cut {sum(windows):,} windows of {window.seconds:g} s from {recordings:,} recording{plural}"


def _left_out(dataset: Dataset, short: list[str], labels: list[np.ndarray], window: config.Window) -> list[str]:
    """Report what was left out, and classes without windows."""
    lines, counts = [], Counter(np.concatenate(labels).tolist())
    unlabeled, mixed = counts[UNLABELED], counts[MIXED]
    reasons = [f"{unlabeled:,} without a label"] if unlabeled else []
    reasons += [f"{mixed:,} with mixed labels (window.purity={window.purity:g})"] if mixed else []
    if reasons:
        lines.append(f"left out {' and '.join(reasons)}")
    if short:
        seconds = f"shorter than {window.seconds:g} s"
        lines.append(f"left out {len(short)} of {len(dataset)} recordings {seconds}: {', '.join(short)}")
    missing = [name for i, name in enumerate(dataset.class_names) if not counts[i]]
    return lines + ([f"no window of class {', '.join(missing)}"] if missing else [])
