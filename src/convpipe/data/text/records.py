"""From rows to samples of texts: labels, groups, rows that repeat; the texts themselves stay where they are."""

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from convpipe.data.samples import Samples
from convpipe.errors import DataError


class Record(NamedTuple):
    """A row of a file: its number, and what stands in it; group None where there are no groups."""

    row: int
    text: str
    label: str
    group: str | None = None


@dataclass(frozen=True)
class TextFile:
    """What is kept of one file.

    Args:
        name: of the file, as its origins call it.
        texts: n texts, in memory or read when they are asked for.
        rows: (n,) int64, the number of each row.
        labels: (n,) int64, an index into `names`.
        names: of the classes, in order of appearance.
        groups: (n,) str, None where there are none.
        hashes: (n,) int64, 64-bit hash of each text without the spaces round it.
        words: (n,) bool, false where a text is empty.
    """

    name: str
    texts: Sequence[str]
    rows: np.ndarray
    labels: np.ndarray
    names: tuple[str, ...]
    groups: np.ndarray | None
    hashes: np.ndarray
    words: np.ndarray

    def __len__(self) -> int:
        return len(self.rows)


class Joined(Sequence):
    """Sequences one after the other, as one.

    >>> Joined([["a"], ["b", "c"]])[2]
    'c'
    """

    def __init__(self, sequences: list[Sequence]):
        self.sequences = sequences
        self.ends = np.cumsum([len(each) for each in sequences]).tolist()

    def __len__(self) -> int:
        return self.ends[-1]

    def __getitem__(self, at):
        at = range(len(self))[at]  # refuses what is outside, and counts from the end where it is negative
        part = bisect_right(self.ends, at)
        return self.sequences[part][at - (self.ends[part - 1] if part else 0)]


class Origins(Sequence):
    """Lines such as "reviews.csv row 17", each made when it is asked for."""

    def __init__(self, name: str, rows: np.ndarray):
        self.name, self.rows = name, rows

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, at):
        return f"{self.name} row {self.rows[at]}"


def collect(name: str, records: Iterable[Record], texts: Sequence[str] | None = None) -> TextFile:
    """Go through the rows of a file once.

    Args:
        name: of the file.
        records: its rows, each with a text, a label and perhaps a group.
        texts: what gives the same texts again later; None: they are kept in memory.

    Raises:
        DataError: no row, or one without a label or with an empty group.
    """
    rows, labels, groups, hashes, words, kept = array("q"), array("q"), array("q"), array("q"), bytearray(), []
    names, group_names, row = {}, {}, None
    for row, text, label, group in records:
        if not label:
            raise DataError(f"{name} row {row} has no label; fill it in, or leave the row out")
        if group == "":
            raise DataError(f"{name} row {row} has no group; fill it in, or leave data.group out")
        if "\0" in text:
            raise DataError(f"{name} row {row}: the text holds a NUL character; mend it, or leave the row out")
        bare = text.strip()
        rows.append(row)
        labels.append(names.setdefault(label, len(names)))
        groups.append(group_names.setdefault(group, len(group_names)))
        hashes.append(hash(bare))
        words.append(bool(bare))
        if texts is None:
            kept.append(text)
    if row is None:
        raise DataError(f"{name} holds no row with a text and a label")
    # Each group's name is one string that all its rows share.
    of_groups = None if group is None else np.array([*group_names], dtype=object)[_array(groups)]
    texts = kept if texts is None else texts
    return TextFile(
        name, texts, _array(rows), _array(labels), (*names,), of_groups, _array(hashes), np.array(words, bool)
    )


def _array(numbers: array) -> np.ndarray:
    return np.frombuffer(numbers, np.int64)


def samples_of(files: dict[str, TextFile], source: str, sha256: str, report: Callable[[str], None]) -> Samples:
    """The samples of a file that trains and, if there are such, of those that are the official other parts.

    Args:
        files: of "train", and perhaps of "validation" and "test", in this order.
        source, sha256: as `Samples` has them.
        report: is handed a line where texts are repeated or empty.

    Raises:
        DataError: a label that training never saw, or one class only.
    """
    train = files["train"]
    class_names = _in_order(train.names)
    for file in files.values():
        _say_empty(file, report)
    labels = [_labels(file, class_names, train.name) for file in files.values()]
    for part, file in files.items():
        if part != "train":
            _say_in_both(train, file, report)
    if len(files) == 1 and train.groups is None:
        _say_repeated(train, report)
    parts = np.repeat([*files], [len(file) for file in files.values()])
    return Samples(
        inputs=Joined([file.texts for file in files.values()]) if len(files) > 1 else train.texts,
        labels=np.concatenate(labels),
        class_names=class_names,
        origins=Joined([Origins(file.name, file.rows) for file in files.values()]),
        source=source,
        sha256=sha256,
        groups=None if train.groups is None else np.concatenate([file.groups for file in files.values()]),
        kind="text",
        **{f"is_{part}": parts == part for part in files if part != "train"},
    )


def _in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Sorted; by their numbers where all are whole numbers."""
    try:
        return tuple(sorted(names, key=int))
    except ValueError:
        return tuple(sorted(names))


def _labels(file: TextFile, class_names: tuple[str, ...], train: str) -> np.ndarray:
    index = {name: i for i, name in enumerate(class_names)}
    for number, name in enumerate(file.names):
        if name not in index:
            row, count = file.rows[file.labels == number][0], np.count_nonzero(file.labels == number)
            raise DataError(
                f"{file.name} row {row}: no row of {train} has its label {name!r} ({count} such rows); "
                "leave them out, or train on some"
            )
    return np.array([index[name] for name in file.names])[file.labels]


def _say_empty(file: TextFile, report: Callable[[str], None]) -> None:
    count = np.count_nonzero(~file.words)
    if count:
        first = file.rows[~file.words][0]
        report(f"{file.name}: {count} of {len(file):,} texts are empty and kept as unknown, the first in row {first}")


def _say_in_both(train: TextFile, other: TextFile, report: Callable[[str], None]) -> None:
    repeated = np.isin(other.hashes, train.hashes[train.words]) & other.words
    if repeated.any():
        report(
            f"warning: {np.count_nonzero(repeated)} of {len(other):,} texts of {other.name} stand in {train.name} as "
            f"well, the first in row {other.rows[repeated][0]}; its figures flatter by them"
        )
    shared = set() if train.groups is None else {*train.groups} & {*other.groups}
    if shared:
        report(f"warning: {len(shared)} groups of {other.name} stand in {train.name} as well, such as {min(shared)}")


def _say_repeated(file: TextFile, report: Callable[[str], None]) -> None:
    """Warn of texts that a cut may put into two parts."""
    hashes = file.hashes[file.words]
    repeated = len(hashes) - len(np.unique(hashes))
    if repeated:
        report(
            f"warning: {repeated:,} of {len(file):,} texts of {file.name} repeat an earlier one; "
            "a cut may put the same text into training and test part"
        )
