"""Recordings as read from any layout, before the dataset as a whole is checked."""

from dataclasses import dataclass, replace

import numpy as np

from convpipe.data.series.settings import SeriesSettings
from convpipe.errors import DataError


@dataclass
class Recordings:
    """Recordings of the same channels.

    Args:
        what: a line on the layout, for the user.
        settings: settings that read further files in the same way, with all guesses filled in.
        values: one (steps, channels) array per recording, with NaN for missing values.
        channels: names of the channels.
        ids: name of each recording.
        labels: (n,) int64, index into `class_names`, -1 for no label.
        class_names: names of the classes, in any order.
        groups: name of the group of each recording; None without groups.
        times: one (steps,) float64 array per recording, in the unit of the file; None without times.
        seconds: unit of the times in seconds; None if the times count steps or their unit is unknown.
        step_labels: one (steps,) int64 array per recording, like `labels`; None if each recording has one label.
        is_test, is_validation: (n,) bool; None if the data declare no such part.
    """

    what: str
    settings: SeriesSettings
    values: list[np.ndarray]
    channels: list[str]
    ids: list[str]
    labels: np.ndarray
    class_names: list[str]
    groups: list[str] | None = None
    times: list[np.ndarray] | None = None
    seconds: float | None = None
    step_labels: list[np.ndarray] | None = None
    is_test: np.ndarray | None = None
    is_validation: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.values)

    def subset(self, rows: np.ndarray) -> "Recordings":
        """Return the recordings with these indices (n,) int64."""

        def of(items):
            return None if items is None else [items[row] for row in rows]

        def at(array):
            return None if array is None else array[rows]

        return replace(
            self, values=of(self.values), ids=of(self.ids), labels=self.labels[rows], groups=of(self.groups),
            times=of(self.times), step_labels=of(self.step_labels), is_test=at(self.is_test),
            is_validation=at(self.is_validation),
        )  # fmt: skip

    def with_class_names(self, names: list[str]) -> "Recordings":
        """Return the recordings with `names` as class names, which must include the present ones."""
        mapping = np.array([*(names.index(name) for name in self.class_names), -1], np.int64)
        steps = None if self.step_labels is None else [mapping[labels] for labels in self.step_labels]
        return replace(self, labels=mapping[self.labels], class_names=names, step_labels=steps)


def most_frequent(labels: np.ndarray) -> int:
    """Return the most frequent of labels (steps,) int64, on a tie the smallest; -1 if no step has a label."""
    known = labels[labels >= 0]
    return int(np.bincount(known).argmax()) if len(known) else -1


def joined(parts: list[Recordings]) -> Recordings:
    """Concatenate the recordings of several parts; `what` and the settings are those of the first.

    Raises:
        DataError: their channels differ.
    """
    first, *others = parts
    for other in others:
        if other.channels != first.channels:
            message = f"channels {', '.join(other.channels)}, but {first.ids[0]} has {', '.join(first.channels)}"
            raise DataError(message, file=other.ids[0], value=other.channels, remedy="give both the same channels")
    if not others:
        return first
    names = [*dict.fromkeys(name for part in parts for name in part.class_names)]
    parts = [part.with_class_names(names) for part in parts]
    varying = any(part.step_labels is not None for part in parts)

    def lists(key: str):
        items = [getattr(part, key) for part in parts]
        return None if None in items else [each for item in items for each in item]

    def marks(key: str):
        items = [getattr(part, key) for part in parts]
        if all(item is None for item in items):
            return None
        return np.concatenate([np.zeros(len(part), bool) if item is None else item
                               for part, item in zip(parts, items, strict=True)])  # fmt: skip

    return replace(
        parts[0], values=lists("values"), ids=lists("ids"), labels=np.concatenate([part.labels for part in parts]),
        groups=lists("groups"), times=lists("times"),
        step_labels=[each for part in parts for each in _step_labels(part)] if varying else None,
        is_test=marks("is_test"), is_validation=marks("is_validation"),
    )  # fmt: skip


def as_test(recordings: Recordings) -> Recordings:
    """Return the recordings as the official test part.

    Raises:
        DataError: they have parts already.
    """
    if recordings.is_test is not None:
        message, remedy = "the data have official parts already", "leave out data.test, or use files without parts"
        raise DataError(message, file=recordings.ids[0], key="data.test", remedy=remedy)
    return replace(recordings, is_test=np.ones(len(recordings), bool))


def _step_labels(recordings: Recordings) -> list[np.ndarray]:
    if recordings.step_labels is not None:
        return recordings.step_labels
    pairs = zip(recordings.values, recordings.labels, strict=True)
    return [np.full(len(values), label, np.int64) for values, label in pairs]


def class_order(names: list[str]) -> list[str]:
    """Sort names of classes, numerically if all are whole numbers.

    >>> class_order(["10", "9"]), class_order(["b", "10"])
    (['9', '10'], ['10', 'b'])
    """
    try:
        return sorted(names, key=int)
    except ValueError:
        return sorted(names)
