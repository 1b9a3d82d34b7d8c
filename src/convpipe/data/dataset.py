"""The dataset that every reader returns, for any modality."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from convpipe.config.data import DataSettings
from convpipe.errors import DataError


@dataclass(frozen=True)
class Dataset:
    """Labeled samples and their origin.

    Args:
        inputs: one item per sample, in memory or read on access. By modality: "series" and "sound" (steps, channels)
            float32 (float64 for a series whose signal float32 would lose), NaN for a missing value; "text" str;
            "image" (height, width, channels) uint8 or uint16; "volume" (depth, height, width, channels) float32.
        labels: (n,) int64, indices into `class_names`; ignored if `step_labels` is set.
        class_names: the classes in the order of their indices.
        sample_ids: one line per sample that locates it: file and line, or recording and seconds.
        source: human-readable origin: a package and version, or a path.
        sha256: hash of the bytes that were read (hexadecimal).
        groups: (n,) str, group of each sample (a person, a film), never divided between parts; None without groups.
        is_test: (n,) bool, the official test part; None if the source declares no split.
        is_validation: (n,) bool, the official validation part, all False if it is empty; None to cut one.
        sampling_rate: steps per second in Hz, None if unknown.
        channel_names: names of the channels, for figures.
        modality: name of a registered modality.
        step_labels: one (steps,) int64 per recording, -1 for a step without a label; None if each recording has one
            label.
        recordings: (n,) str, the recording that each sample was cut from; None if each sample is a recording.
        settings: settings that read other files in the same way, if the reader guessed some of them; None if the
            user's settings do.

    Raises:
        DataError: fewer than two classes, or fields whose lengths differ.
    """

    inputs: Sequence | np.ndarray
    labels: np.ndarray
    class_names: tuple[str, ...]
    sample_ids: Sequence[str]
    source: str
    sha256: str
    groups: np.ndarray | None = None
    is_test: np.ndarray | None = None
    is_validation: np.ndarray | None = None
    sampling_rate: float | None = None
    channel_names: tuple[str, ...] = field(default=())
    modality: str = "series"
    step_labels: Sequence[np.ndarray] | None = None
    recordings: np.ndarray | None = None
    settings: DataSettings | None = None

    def __post_init__(self):
        if len({len(self.inputs), len(self.labels), len(self.sample_ids)}) != 1:
            raise DataError("the numbers of inputs, labels and sample ids differ", file=self.source)
        if len(self._classes()) < 2:
            message, remedy = f"{len(self)} samples of one class only", "add samples of another class"
            raise DataError(message, file=self.source, remedy=remedy)

    def _classes(self) -> set[int]:
        """The classes that occur in the labels of samples or steps."""
        if self.step_labels is None:
            return set(np.unique(self.labels).tolist())
        if len(self.step_labels) != len(self.inputs):
            raise DataError("the numbers of recordings and of step label arrays differ", file=self.source)
        return {label for labels in self.step_labels for label in np.unique(labels).tolist()} - {-1}

    def __len__(self) -> int:
        return len(self.inputs)

    def subset(self, indices) -> "Subset":
        """Return the samples at `indices`, for training or evaluation. Samples in files are read on access."""
        indices = np.asarray(indices, dtype=np.int64)
        inputs, sample_ids = IndexedSequence(self.inputs, indices), IndexedSequence(self.sample_ids, indices)
        recordings = None if self.recordings is None else self.recordings[indices]
        groups = None if self.groups is None else self.groups[indices]
        return Subset(inputs, self.labels[indices], sample_ids, self.sampling_rate, self.modality, recordings, groups)


@dataclass(frozen=True)
class IndexedSequence(Sequence):
    """A view of a sequence that holds the items at some positions."""

    items: Sequence | np.ndarray
    positions: np.ndarray

    def __len__(self) -> int:
        return len(self.positions)

    def __getitem__(self, at):
        return self.items[self.positions[at]] if np.isscalar(at) else IndexedSequence(self.items, self.positions[at])


@dataclass(frozen=True)
class Subset:
    """Some samples of a dataset; the fields are those of `Dataset`."""

    inputs: Sequence
    labels: np.ndarray
    sample_ids: Sequence[str]
    sampling_rate: float | None = None
    modality: str = "series"
    recordings: np.ndarray | None = None
    groups: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.inputs)


def hash_of(contents: list[bytes]) -> str:
    """Hash several files: the hash of their hashes, so that moving a line from one file to another changes it."""
    return hashlib.sha256(b"".join(hashlib.sha256(content).digest() for content in contents)).hexdigest()


def with_hash_of(dataset: Dataset, more: bytes) -> Dataset:
    """Return the dataset with `more` added to its hash, for settings that change what is read."""
    return replace(dataset, sha256=hashlib.sha256(dataset.sha256.encode() + more).hexdigest())
