"""What every reader returns, whatever the modality."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from convpipe.config.data import DataSettings
from convpipe.errors import DataError


@dataclass(frozen=True)
class Dataset:
    """Labeled samples and where they came from.

    Args:
        inputs: one item a sample, in memory or read when it is asked for. By modality: "series" and "sound" (steps,
            channels) float32 (series in float64 where float32 would lose a signal), NaN where a value is missing;
            "text" str; "image" (height, width, channels) uint8 or uint16; "volume" (depth, height, width, channels)
            float32.
        labels: (n,) int64, an index into `class_names`; where steps have labels, those decide instead.
        class_names: the classes in the order of their indices.
        sample_ids: one line a sample that says where it stood: file and line, or recording and seconds.
        source: what was read, for people: a package and version, or a path.
        sha256: hash of the bytes that were read (hexadecimal).
        groups: (n,) str, who or what may not stand in two parts (a subject, a film); None where there is none.
        is_test: (n,) bool, the official test part; None where the source declares no split.
        is_validation: (n,) bool, the official validation part, all False for none; None where it is to be cut.
        sampling_rate: steps a second in Hz, None where unknown.
        channel_names: names of the channels, for figures.
        modality: name of a registered modality.
        step_labels: one (steps,) int64 a recording, -1 where a step has no label; None where each recording has one
            label.
        recordings: (n,) str, the recording that each sample was cut from; None where each sample is a recording.
        settings: those that read other files in the same way, where the reader guessed some of them; None where they
            are those of the user.

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
            raise DataError("inputs, labels and sample ids differ in number", file=self.source)
        if len(self._classes()) < 2:
            message, remedy = f"{len(self)} samples of one class only", "give samples of two classes or more"
            raise DataError(message, file=self.source, remedy=remedy)

    def _classes(self) -> set[int]:
        """The classes that samples have, or their steps."""
        if self.step_labels is None:
            return set(np.unique(self.labels).tolist())
        if len(self.step_labels) != len(self.inputs):
            raise DataError("recordings and labels of steps differ in number", file=self.source)
        return {label for labels in self.step_labels for label in np.unique(labels).tolist()} - {-1}

    def __len__(self) -> int:
        return len(self.inputs)

    def subset(self, indices) -> "Subset":
        """The samples at `indices`, as a part to train or to measure on; nothing is read before it is asked for."""
        indices = np.asarray(indices, dtype=np.int64)
        inputs, sample_ids = IndexedSequence(self.inputs, indices), IndexedSequence(self.sample_ids, indices)
        recordings = None if self.recordings is None else self.recordings[indices]
        groups = None if self.groups is None else self.groups[indices]
        return Subset(inputs, self.labels[indices], sample_ids, self.sampling_rate, self.modality, recordings, groups)


@dataclass(frozen=True)
class IndexedSequence(Sequence):
    """Some items of a sequence, by their positions, as a sequence of their own."""

    items: Sequence | np.ndarray
    positions: np.ndarray

    def __len__(self) -> int:
        return len(self.positions)

    def __getitem__(self, at):
        return self.items[self.positions[at]] if np.isscalar(at) else IndexedSequence(self.items, self.positions[at])


@dataclass(frozen=True)
class Subset:
    """Some of the samples: inputs, labels (n,) int64, sample ids (n lines), and what they have in common.

    `recordings` and `groups` are (n,) str, the recording that each was cut from and its group, or None.
    """

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
    """The hash of several files: of the hash of each, so that moving lines from one file to another changes it."""
    return hashlib.sha256(b"".join(hashlib.sha256(content).digest() for content in contents)).hexdigest()


def with_hash_of(dataset: Dataset, more: bytes) -> Dataset:
    """The dataset with `more` mixed into its hash, for settings that change what was read."""
    return replace(dataset, sha256=hashlib.sha256(dataset.sha256.encode() + more).hexdigest())
