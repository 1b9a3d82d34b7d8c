"""Notes on a dataset: its size, classes, channels and parts, and unusual properties.

A run prints them before it trains. A dataset whose samples are not in memory gets only the notes that need no samples.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath

import numpy as np

from convpipe.data.dataset import Dataset
from convpipe.data.splits import Split
from convpipe.registry import MODALITIES

#: A class with fewer samples than this fraction of the largest class is rare.
RARE = 0.1
MAX_NAMES = 12  # most classes or channels that a line lists
#: A word in a file name that identifies a person, with a number: subject03, p7.
PERSON = re.compile(r"(?:subject|subj|sub|person|participant|patient|speaker|user|volunteer|proband|pid|id|s|p|u)\d+")


@dataclass(frozen=True)
class Note:
    """One line about a dataset.

    Args:
        check: name of the check, such as "rare_class".
        message: the finding.
        is_alarm: True if results will be wrong, False for information.
        remedy: what to do; None if nothing needs to be done.
    """

    check: str
    message: str
    is_alarm: bool = False
    remedy: str | None = None

    def __str__(self) -> str:
        return self.message + ("" if self.remedy is None else f"; {self.remedy}")


def dataset_notes(dataset: Dataset, split: Split | None = None) -> list[Note]:
    """Return the notes on a dataset, for the user to read before training.

    Args:
        dataset: the dataset.
        split: the parts, for their sizes and for samples that are in two of them; None to leave both out.

    Returns:
        Notes in reading order: sizes first.
    """
    return overview(dataset, split) + (duplicates(dataset, split) if in_memory(dataset) else [])


def overview(dataset: Dataset, split: Split | None = None) -> list[Note]:
    """Return the notes of `dataset_notes` without those on duplicate samples."""
    notes = [Note("samples", _samples(dataset)), Note("classes", _classes(dataset))]
    if split is not None:
        notes.append(Note("parts", _parts(split)))
    notes += [*_rare_classes(dataset), *_people(dataset)]
    return notes + (list(_unusual_channels(dataset)) if in_memory(dataset) else [])


def in_memory(dataset: Dataset) -> bool:
    """Return whether the samples are in memory, so that notes on their values need no file access."""
    return isinstance(dataset.inputs, list | tuple | np.ndarray)


def _samples(dataset: Dataset) -> str:
    """Describe the number and size of the samples."""
    parts = [f"{len(dataset):,} {MODALITIES[dataset.modality].plural}"]
    if dataset.groups is not None:
        parts[0] += f" of {len(np.unique(dataset.groups))} groups"
    if in_memory(dataset) and dataset.modality in ("series", "sound"):
        steps = np.array([len(each) for each in dataset.inputs])
        least, middle, most = steps.min(), np.median(steps), steps.max()
        parts.append(f"{most:,} steps" if least == most else f"{least:,} to {most:,} steps (median {middle:,.0f})")
        channels = np.shape(dataset.inputs[0])[1] if np.ndim(dataset.inputs[0]) > 1 else 1
        names = f" ({_listed(dataset.channel_names)})" if dataset.channel_names else ""
        parts.append(f"{channels} channel{'s' * (channels != 1)}{names}")
    if dataset.sampling_rate is not None:
        parts.append(f"{dataset.sampling_rate:g} Hz")
    return ", ".join(parts)


def _classes(dataset: Dataset) -> str:
    counts = np.bincount(dataset.labels, minlength=len(dataset.class_names))
    named = [f"{name} ({count:,})" for name, count in zip(dataset.class_names, counts, strict=True)]
    return f"{len(named)} classes: {_listed(named)}"


def _parts(split: Split) -> str:
    sizes = (("training", split.train), ("validation", split.validation), (split.evaluated_on, split.test))
    return "parts: " + ", ".join(f"{len(rows):,} {name}" for name, rows in sizes if len(rows))


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
    return ", ".join(names[:MAX_NAMES]) + more


def _rare_classes(dataset: Dataset) -> Iterator[Note]:
    counts = np.bincount(dataset.labels, minlength=len(dataset.class_names))
    rare = [
        f"{dataset.class_names[i]} ({counts[i]:,})"
        for i in np.flatnonzero((counts > 0) & (counts < RARE * counts.max()))
    ]
    if rare:
        largest = f"the largest class ({counts.max():,})"
        message = f"classes with less than {RARE:.0%} of the samples of {largest}: {_listed(rare)}"
        yield Note("rare_class", message, remedy="training=unbalanced draws all classes equally often")


def _people(dataset: Dataset) -> Iterator[Note]:
    """Yield a note if file names seem to contain people but there are no groups."""
    found = None if dataset.groups is not None else people_in_names(dataset)
    if found is not None:
        names = sorted(set(found))
        message = f"sample names seem to contain people ({_listed(names)}), but no groups are set"
        yield Note("people", message, remedy="set data.group or data.pattern so that no person is in two parts")


def people_in_names(dataset: Dataset) -> list[str] | None:
    """Return the word of each sample id that seems to identify a person; None if ids have no such words.

    Words such as subject3, p07 or speaker_2 count if there are several different ones, and most of them occur with
    several classes.

    >>> names = ["a_s1", "b_s1", "a_s2", "b_s2"]
    >>> people_in_names(Dataset([""] * 4, np.array([0, 1, 0, 1]), ("a", "b"), names, "x", ""))
    ['s1', 's1', 's2', 's2']
    """
    words = [_person(str(name)) for name in dataset.sample_ids]
    if None in words or not 2 <= len(set(words)) <= len(words) // 2:
        return None
    classes = defaultdict(set)
    for word, label in zip(words, dataset.labels.tolist(), strict=True):
        classes[word].add(label)
    shared = sum(len(labels) > 1 for labels in classes.values())
    return [word for word in words if word] if shared > len(classes) / 2 else None


def _person(name: str) -> str | None:
    """Return the word in a file name that identifies a person, in lower case."""
    stem = PurePath(name.split(",")[0]).with_suffix("").as_posix().lower()
    tokens = [token for token in re.split(r"[^a-z0-9]+", stem) if token]
    joined = [*tokens, *(first + second for first, second in zip(tokens, tokens[1:], strict=False) if second.isdigit())]
    return next((token for token in joined if PERSON.fullmatch(token)), None)


def _unusual_channels(dataset: Dataset) -> Iterator[Note]:
    """Yield notes on constant channels, and on channels whose differences float32 cannot resolve."""
    if dataset.modality != "series":
        return
    first = np.asarray(dataset.inputs[0])
    channels = first.shape[1] if first.ndim == 2 else 1
    names = dataset.channel_names or tuple(str(number) for number in range(channels))
    low, high = _ranges(list(dataset.inputs), channels)
    constant = [names[k] for k in np.flatnonzero(low == high)]
    if constant:
        yield Note("constant_channel", f"constant channels: {_listed(constant)}")
    size = np.maximum(np.abs(low), np.abs(high))
    single = first.dtype != np.float64  # a reader keeps float64 where it is needed
    coarse = single & (high > low) & (high - low < 1000 * np.spacing(size.astype(np.float32)))
    if coarse.any():
        named = _listed([names[k] for k in np.flatnonzero(coarse)])
        message = f"channels whose values differ by less than the resolution of float32: {named}"
        yield Note("resolution", message, remedy="subtract a constant from them in your files")


def _ranges(inputs: Sequence, channels: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the lowest and highest value of each channel, ignoring NaN."""
    low, high = np.full(channels, np.inf), np.full(channels, -np.inf)
    for each in inputs:
        values = np.asarray(each).reshape(len(each), -1)
        low = np.fmin(low, np.fmin.reduce(values, axis=0))
        high = np.fmax(high, np.fmax.reduce(values, axis=0))
    return low, high


def duplicates(dataset: Dataset, split: Split | None) -> list[Note]:
    """Return notes on duplicate samples: in two parts, with two labels, or within a part."""
    rows = defaultdict(list)
    for row, sample in enumerate(dataset.inputs):
        rows[content_hash(sample)].append(row)
    repeated = [each for each in rows.values() if len(each) > 1]
    notes, ids = [], dataset.sample_ids
    in_two = [] if split is None else _in_two_parts(repeated, split)
    if split is not None and in_two:
        one, other = in_two[0]
        held_out = len(split.validation) + len(split.test)
        message = f"{len(in_two)} of {held_out:,} validation and test samples are also in another part, such as "
        message += f"{ids[other]} = {ids[one]}"
        notes.append(Note("same_sample", message, True, "remove the copies, or set a group that keeps them together"))
    inconsistent = [each for each in repeated if len(set(dataset.labels[each].tolist())) > 1]
    if inconsistent:
        one, other = _pair(inconsistent[0], dataset.labels)
        message = f"{len(inconsistent)} samples occur with two labels, such as {ids[one]} and {ids[other]}"
        notes.append(Note("two_labels", message, True, "correct the labels"))
    elif repeated and not notes:
        one, other = repeated[0][:2]
        count = sum(map(len, repeated)) - len(repeated)
        message = f"{count} samples are copies of others, such as {ids[other]} = {ids[one]}"
        notes.append(Note("copies", message))
    return notes


def _in_two_parts(repeated: list[list[int]], split: Split) -> list[tuple[int, int]]:
    """For each held-out sample that is also in an earlier part: the row of the copy there, and its own row."""
    order = {int(row): part for part, rows in enumerate((split.train, split.validation, split.test)) for row in rows}
    pairs = []
    for each in repeated:
        used = sorted((row for row in each if row in order), key=lambda row: order[row])
        pairs += [(used[0], row) for row in used[1:] if order[row] > order[used[0]]]
    return pairs


def _pair(rows: list[int], labels: np.ndarray) -> tuple[int, int]:
    """Return two rows with different labels."""
    return rows[0], next(row for row in rows if labels[row] != labels[rows[0]])


def content_hash(sample: object) -> bytes:
    """Return a hash of the content of a sample, equal for equal samples; texts may differ in white space."""
    if isinstance(sample, str):
        return hashlib.blake2b(" ".join(sample.split()).encode(), digest_size=16).digest()
    values = np.ascontiguousarray(sample)
    digest = hashlib.blake2b(repr((values.shape, values.dtype.str)).encode(), digest_size=16)
    digest.update(values.data.cast("B") if values.size else b"")
    return digest.digest()
