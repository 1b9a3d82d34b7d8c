"""From rows to a dataset of texts: labels, groups, rows that repeat; the texts themselves stay where they are."""

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from convpipe.data.dataset import Dataset
from convpipe.data.text.label_names import canonical, one_spelling
from convpipe.errors import DataError


class Record(NamedTuple):
    """A row of a file: its number, and what stands in it; group None where there are no groups."""

    row: int
    text: str
    label: str = ""
    group: str | None = None


@dataclass(frozen=True)
class TextFile:
    """What is kept of one file.

    Args:
        name: of the file, as its sample ids call it.
        texts: n texts, in memory or read when they are asked for.
        names: of the classes, in order of appearance.
        groups: (n,) str, None where there are none.
        rows: (n,) int64, the number of each row.
        labels: (n,) int64, an index into `names`.
        hashes: (n,) int64, 64-bit hash of each text without the spaces round it.
    """

    name: str
    texts: Sequence[str]
    names: tuple[str, ...]
    groups: np.ndarray | None
    rows: np.ndarray
    labels: np.ndarray
    hashes: np.ndarray

    @property
    def words(self) -> np.ndarray:
        """(n,) bool, false where a text is empty."""
        return self.hashes != hash("")

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


class RowIds(Sequence):
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
    rows, labels, groups, hashes = (array("q") for _ in range(4))
    names: dict[str, int] = {}
    group_names: dict[str | None, int] = {}
    kept = []
    for row, text, label, group in records:
        if not label:
            raise DataError("no label", file=name, line=row, remedy="write one, or remove the row")
        if group == "":
            raise DataError("no group", file=name, line=row, key="data.group", remedy="write one, or unset data.group")
        if "\0" in text:
            raise DataError("a NUL character in the text", file=name, line=row, remedy="correct it, or remove the row")
        rows.append(row)
        labels.append(names.setdefault(label, len(names)))
        group = group and canonical(group)
        groups.append(group_names.setdefault(group, len(group_names)))
        hashes.append(hash(text.strip()))
        if texts is None:
            kept.append(text)
    if not rows:
        raise DataError("no row with a text and a label", file=name, remedy="add such rows")
    columns = (np.frombuffer(numbers, np.int64) for numbers in (rows, labels, hashes))
    # Each group's name is one string that all its rows share.
    of_groups = None if None in group_names else np.array([*group_names], dtype="O")[groups]
    return TextFile(name, kept if texts is None else texts, (*names,), of_groups, *columns)


def dataset_of(files: dict[str, TextFile], source: str, sha256: str, report: Callable[[str], None]) -> Dataset:
    """The dataset of a file that trains and, if there are such, of those that are the official other parts.

    Args:
        files: of "train", and perhaps of "validation" and "test", in this order.
        source, sha256: as `Dataset` has them.
        report: is handed a line where texts are repeated or empty, or where a class has several spellings.

    Raises:
        DataError: a label that training never saw, or one class only.
    """
    renamed = one_spelling([name for file in files.values() for name in file.names], report)
    files = {part: _renamed(file, renamed) for part, file in files.items()}
    train, *others = files.values()
    for line in _remarks(train, others):
        report(line)
    class_names = _in_order(train.names)
    labels = [_labels(file, class_names, train.name) for file in files.values()]
    for line in _two_labels([*files.values()], np.concatenate(labels), class_names):
        report(line)
    parts = np.repeat([*files], [len(file) for file in files.values()])
    return Dataset(
        inputs=Joined([file.texts for file in files.values()]) if others else train.texts,
        labels=np.concatenate(labels),
        class_names=class_names,
        sample_ids=Joined([RowIds(file.name, file.rows) for file in files.values()]),
        source=source,
        sha256=sha256,
        groups=None if train.groups is None else np.concatenate([file.groups for file in files.values()]),
        modality="text",
        **{f"is_{part}": parts == part for part in files if part != "train"},
    )


def _renamed(file: TextFile, names: dict[str, str]) -> TextFile:
    """The file with other names of its classes, of which several may become one."""
    renamed = [names[name] for name in file.names]
    index = {name: number for number, name in enumerate(dict.fromkeys(renamed))}
    return replace(file, names=(*index,), labels=np.array([index[name] for name in renamed])[file.labels])


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
            rows = file.rows[file.labels == number]
            message = f"no row of {train} has the label {name!r} ({len(rows)} such rows)"
            remedy = f"remove them, or add some to {train}"
            raise DataError(message, file=file.name, line=int(rows[0]), value=name, remedy=remedy)
    return np.array([index[name] for name in file.names])[file.labels]


def _two_labels(files: list[TextFile], labels: np.ndarray, class_names: tuple[str, ...]) -> Iterator[str]:
    """A line where the same text has two labels, in one file or in several."""
    hashes, words = (np.concatenate([getattr(file, key) for file in files]) for key in ("hashes", "words"))
    order = np.lexsort((labels, hashes))
    same = (np.diff(hashes[order]) == 0) & (np.diff(labels[order]) != 0) & words[order][1:]
    if not same.any():
        return
    torn = np.unique(hashes[order][1:][same])
    rows = np.flatnonzero(hashes == hashes[np.isin(hashes, torn).argmax()])
    pair = rows[0], rows[(labels[rows] != labels[rows[0]]).argmax()]
    ids = Joined([RowIds(file.name, file.rows) for file in files])
    first, second = (f"{ids[at]} ({class_names[labels[at]]})" for at in map(int, pair))
    yield f"warning: {len(torn):,} texts stand with two labels, such as {first} and {second}"


def _remarks(train: TextFile, others: list[TextFile]) -> Iterator[str]:
    """A line on empty texts in each file, and on texts or groups that stand, or after a cut may stand, in two parts."""
    for file in (train, *others):
        empty = file.rows[~file.words]
        if len(empty):
            first = f"the first in row {empty[0]}"
            yield f"{file.name}: {len(empty)} of {len(file):,} texts are empty and kept as unknown, {first}"
    for other in others:
        repeated = other.rows[np.isin(other.hashes, train.hashes) & other.words]
        if len(repeated):
            what = f"{len(repeated)} of {len(other):,} texts of {other.name} stand in {train.name} as well"
            yield f"warning: {what}, the first in row {repeated[0]}; this makes the results on it too good"
        groups = [set() if file.groups is None else {*file.groups} for file in (train, other)]
        shared = groups[0] & groups[1]
        if shared:
            yield f"warning: {len(shared)} groups of {other.name} stand in {train.name} as well, such as {min(shared)}"
    hashes = train.hashes[train.words]
    repeats = len(hashes) - len(np.unique(hashes))
    if repeats and not others and train.groups is None:
        what = f"{repeats:,} of {len(train):,} texts of {train.name} repeat an earlier one"
        yield f"warning: {what}; a cut may put the same text into training and test part"
