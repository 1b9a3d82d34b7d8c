"""The user's own series, in files, tables or arrays."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from convpipe.data.dataset import Dataset
from convpipe.data.series.intervals import with_intervals
from convpipe.data.series.layout import read_part
from convpipe.data.series.new import read_new
from convpipe.data.series.pairs import find_test_file
from convpipe.data.series.reading import Reading
from convpipe.data.series.recordings import Recordings, as_test, class_order, joined
from convpipe.data.series.settings import SeriesSettings, paths_in
from convpipe.data.series.signals import choose_precision, drop_non_signals
from convpipe.data.series.time_axis import resampled, sort_by_time
from convpipe.errors import ConfigError, DataError
from convpipe.registry import register_reader


@register_reader(SeriesSettings, "series", new=read_new)
def read(data: SeriesSettings, report: Callable[[str], None]) -> Dataset:
    """Read the user's own series: one file per recording, a long or wide table, arrays, or formats of the UCR archive.

    Everything recognized, left out or converted is reported in a line, and each guess has a setting that overrides it.

    Args:
        data: the paths, and settings that override guesses.
        report: called with each line.

    Returns:
        Dataset of (steps, channels) float32, or float64 if float32 would lose a signal, with NaN for missing values. It
        has `step_labels` if labels vary within recordings.

    Raises:
        ConfigError: invalid settings.
        DataError: nothing at a path, a layout that is not recognized, or a broken file; the error names file and line.
    """
    reading = Reading(data, report)
    paths = paths_in(data.path)
    if not paths:
        raise ConfigError("data.path is empty", key="data.path", value=data.path, remedy="set data.path=PATH")
    source = " and ".join(map(str, paths))
    parts = [read_part(path, data, reading) for path in paths]
    for path, part in zip(paths, parts, strict=True):
        report(f"{path}: {part.what}")
    recordings = joined(parts)
    tests = _test_paths(paths, data, recordings, report)
    if tests:
        as_test(recordings)  # refuses data that have official parts already
        others = [as_test(read_part(path, recordings.settings, reading, "data.test")) for path in tests]
        recordings = joined([recordings, *others])
        source = " and ".join([source, *map(str, tests)])
    reading.report_remarks(paths[0].name)
    return _dataset(recordings, data, source, reading)


def _test_paths(
    paths: list[Path], data: SeriesSettings, train: Recordings, report: Callable[[str], None]
) -> list[Path]:
    """Return the paths of the official test part: those in the settings, or else the file next to the training file."""
    if data.test is not None:
        tests = paths_in(data.test)
        for path in tests:
            if path.resolve() in [each.resolve() for each in paths]:
                message, remedy = "the test part is the training part", "leave out data.test to split off a test part"
                raise DataError(message, file=path, key="data.test", value=str(path), remedy=remedy)
        return tests
    test = find_test_file(paths[0]) if len(paths) == 1 and train.is_test is None else None
    if test is None:
        return []
    report(f"{test}: used as the test part because of its name (data.test=[] ignores it)")
    return [test]


def _dataset(recordings: Recordings, data: SeriesSettings, source: str, reading: Reading) -> Dataset:
    """Return the dataset of the recordings, sorted by time, with labels, and without channels that are no signals."""

    def report(line: str) -> None:
        reading.report(f"{paths_in(data.path)[0].name}: {line}")

    recordings, rate = sort_by_time(recordings, report)
    rate = data.sampling_rate or rate
    if data.intervals:
        recordings = with_intervals(recordings, data.intervals, rate, reading)
    recordings = _labeled(recordings, source, report)
    if data.resample:
        recordings, rate = resampled(recordings, rate, data.resample, report), data.resample
    recordings = drop_non_signals(recordings, data.columns is not None, report)
    recordings = choose_precision(recordings, report)
    _report_shapes(recordings, report)
    return Dataset(
        recordings.values, recordings.labels, tuple(recordings.class_names), recordings.ids, source,
        hashlib.sha256(reading.digest.digest()).hexdigest(),
        groups=None if recordings.groups is None else np.array(recordings.groups), is_test=recordings.is_test,
        is_validation=recordings.is_validation, sampling_rate=rate, channel_names=tuple(recordings.channels),
        step_labels=recordings.step_labels, settings=recordings.settings,
    )  # fmt: skip


def _labeled(recordings: Recordings, source: str, report: Callable[[str], None]) -> Recordings:
    """Return the recordings with a label, and sort their classes.

    Raises:
        DataError: one class only, or a class of the test part that the training part lacks.
    """
    known = recordings.labels >= 0
    if not known.all():
        first = recordings.ids[int(np.argmin(known))]
        report(f"left out {int((~known).sum()):,} recordings without a label, such as {first}")
        recordings = recordings.subset(np.flatnonzero(known))
    steps = recordings.step_labels
    present = set(np.unique(np.concatenate(steps) if steps else recordings.labels).tolist()) - {-1}
    names = class_order([recordings.class_names[label] for label in present])
    if len(names) < 2:
        message = f"labels of one class only ({names[0]})" if names else "no recording has a label"
        remedy = "add recordings of another class, or set data.label to the column of the classes"
        raise DataError(message, file=source, key="data.label", value=names[0] if names else None, remedy=remedy)
    if recordings.is_test is not None:
        _check_parts(recordings, source, report)
    unused = [name for name in recordings.class_names if name not in names]
    return replace(recordings.with_class_names([*names, *unused]), class_names=names)


def _check_parts(recordings: Recordings, source: str, report: Callable[[str], None]) -> None:
    """Refuse a class of the test part that the training part lacks, and warn about groups in both parts."""
    is_test = np.asarray(recordings.is_test)
    if recordings.groups is not None:
        groups = np.array(recordings.groups)
        both = np.intersect1d(groups[is_test], groups[~is_test])
        if len(both):
            what = f"{len(both):,} groups are in both the training and the test part, such as {both[0]}"
            report(f"warning: {what}; test results will be too good")
    extra = np.setdiff1d(recordings.labels[is_test], recordings.labels[~is_test])
    if len(extra) and recordings.step_labels is None:
        name = recordings.class_names[extra[0]]
        message = f"the test part has class {name}, but the training part has none"
        remedy = "remove those recordings, or put some of that class into the training part"
        raise DataError(message, file=source, key="data.test", value=name, remedy=remedy)


def _report_shapes(recordings: Recordings, report: Callable[[str], None]) -> None:
    """Warn if the data may be transposed, and report labels that vary within recordings."""
    steps, channels = max(len(values) for values in recordings.values), len(recordings.channels)
    if steps < channels:
        wide = "data.layout=wide" if recordings.settings.layout == "files" else "data.channels_first=true"
        message = f"fewer steps ({steps}) than channels ({channels})"
        report(f"warning: {message}; set {wide} if a row is a whole series")
    if recordings.step_labels is not None:
        report("labels vary within recordings; set window.seconds=... to cut windows, labeled by their steps")
