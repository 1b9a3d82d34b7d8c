"""What every reader returns, whatever the modality."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from convpipe.errors import DataError


@dataclass(frozen=True)
class Samples:
    """Labelled samples and where they came from.

    Args:
        inputs: one item a sample, in memory or read when it is asked for. By kind: "series" and "sound" (steps,
            channels) float32, NaN where a value is missing; "text" str; "image" (height, width, channels) uint8;
            "volume" (depth, height, width, channels) float32.
        labels: (n,) int64, an index into `class_names`.
        class_names: the classes in the order of their indices.
        origins: one line a sample that says where it stood: file and line, or recording and seconds.
        source: what was read, for people: a package and version, or a path.
        sha256: hash of the bytes that were read (hexadecimal).
        groups: (n,) str, who or what may not stand in two parts (a subject, a film); None where there is none.
        is_test: (n,) bool, the official test part; None where the source declares no split.
        is_validation: (n,) bool, the official validation part, all False for none; None where it is to be cut.
        sampling_rate: steps a second in Hz, None where unknown.
        channel_names: names of the channels, for figures.
        kind: a row of convpipe.preprocessing.KINDS.

    Raises:
        DataError: fewer than two classes, or fields whose lengths differ.
    """

    inputs: Sequence
    labels: np.ndarray
    class_names: tuple[str, ...]
    origins: Sequence[str]
    source: str
    sha256: str
    groups: np.ndarray | None = None
    is_test: np.ndarray | None = None
    is_validation: np.ndarray | None = None
    sampling_rate: float | None = None
    channel_names: tuple[str, ...] = field(default=())
    kind: str = "series"

    def __post_init__(self):
        if len({len(self.inputs), len(self.labels), len(self.origins)}) != 1:
            raise DataError(f"{self.source}: inputs, labels and origins differ in number")
        if len(np.unique(self.labels)) < 2:
            raise DataError(f"{self.source}: {len(self)} samples of one class only; a classifier needs two or more")

    def __len__(self) -> int:
        return len(self.inputs)

    def take(self, indices) -> "Part":
        """The samples at `indices`, as a part to train or to measure on; nothing is read before it is asked for."""
        indices = np.asarray(indices, dtype=np.int64)
        inputs, origins = Chosen(self.inputs, indices), Chosen(self.origins, indices)
        return Part(inputs, self.labels[indices], origins, self.sampling_rate, self.kind)


@dataclass(frozen=True)
class Chosen(Sequence):
    """Some items of a sequence, by their positions, as a sequence of their own."""

    items: Sequence
    positions: np.ndarray

    def __len__(self) -> int:
        return len(self.positions)

    def __getitem__(self, at):
        return self.items[self.positions[at]] if np.isscalar(at) else Chosen(self.items, self.positions[at])


@dataclass(frozen=True)
class Part:
    """Some of the samples: inputs, labels (n,) int64, origins (n lines), and what they have in common."""

    inputs: Sequence
    labels: np.ndarray
    origins: Sequence[str]
    sampling_rate: float | None = None
    kind: str = "series"

    def __len__(self) -> int:
        return len(self.inputs)


def with_hash_of(samples: Samples, *more: bytes) -> Samples:
    """The samples with `more` mixed into their hash, for settings that change what was read."""
    digest = hashlib.sha256(samples.sha256.encode())
    for piece in more:
        digest.update(piece)
    return replace(samples, sha256=digest.hexdigest())
