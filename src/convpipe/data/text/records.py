"""From rows to a dataset of texts: labels, groups and repeated texts. The texts may stay in their file."""

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
    """A row of a file: its number and its values; group is None if there are no groups."""

    row: int
    text: str
    label: str = ""
    group: str | None = None


@dataclass(frozen=True)
class TextFile:
    """The texts of one file, with labels and groups.

    Args:
        name: name of the file in sample ids.
        texts: n texts, in memory or read on access.
        names: class names, in order of appearance.
        groups: (n,) str, None without groups.
        rows: (n,) int64, row numbers.
        labels: (n,) int64, indices into `names`.
        hashes: (n,) int64, 64-bit hash of each text without the white space around it.
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
        """Which texts are not empty, (n,) bool."""
        return self.hashes != hash("")

    def __len__(self) -> int:
        return len(self.rows)


class Joined(Sequence):
    """A view of several sequences as one.

    >>> Joined([["a"], ["b", "c"]])[2]
    'c'
    """

    def __init__(self, sequences: list[Sequence]):
        self.sequences = sequences
        self.ends = np.cumsum([len(each) for each in sequences]).tolist()

    def __len__(self) -> int:
        return self.ends[-1]

    def __getitem__(self, at):
        at = range(len(self))[at]  # resolves negative indices, and raises IndexError
        part = bisect_right(self.ends, at)
        return self.sequences[part][at - (self.ends[part - 1] if part else 0)]


class RowIds(Sequence):
    """Sample ids such as "reviews.csv row 17", built on access."""

    def __init__(self, name: str, rows: np.ndarray):
        self.name, self.rows = name, rows

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, at):
        return f"{self.name} row {self.rows[at]}"


def collect(name: str, records: Iterable[Record], texts: Sequence[str] | None = None) -> TextFile:
    """Collect labels, groups and hashes in one pass over the rows of a file.

    Args:
        name: name of the file.
        records: its rows, each with a text, a label and optionally a group.
        texts: a sequence that reads the same texts later; None to keep them in memory.

    Raises:
        DataError: no rows, or a row without a label or with an empty group.
    """
    rows, labels, groups, hashes = (array("q") for _ in range(4))
    names: dict[str, int] = {}
    group_names: dict[str | None, int] = {}
    kept = []
    for row, text, label, group in records:
        if not label:
            raise DataError("no label", file=name, line=row, remedy="add one, or remove the row")
        if group == "":
            raise DataError(
                "no group", file=name, line=row, key="data.group", remedy="add one, or leave out data.group"
            )
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
    # An object array, so that all rows of a group share one string.
    of_groups = None if None in group_names else np.array([*group_names], dtype="O")[groups]
    return TextFile(name, kept if texts is None else texts, (*names,), of_groups, *columns)


def dataset_of(files: dict[str, TextFile], source: str, sha256: str, report: Callable[[str], None]) -> Dataset:
    """Return the dataset of a training file and optionally files of the official validation and test parts.

    Args:
        files: the files of "train" and optionally of "validation" and "test", in this order.
        source, sha256: as in `Dataset`.
        report: called with a line for repeated or empty texts, and for classes with several spellings.

    Raises:
        DataError: a label that does not occur in the training file, or one class only.
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
    """Return the file with its classes renamed; classes with the same new name are merged."""
    renamed = [names[name] for name in file.names]
    index = {name: number for number, name in enumerate(dict.fromkeys(renamed))}
    return replace(file, names=(*index,), labels=np.array([index[name] for name in renamed])[file.labels])


def _in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Sort names, by value if all are whole numbers."""
    try:
        return tuple(sorted(names, key=int))
    except ValueError:
        return tuple(sorted(names))


def _labels(file: TextFile, class_names: tuple[str, ...], train: str) -> np.ndarray:
    index = {name: i for i, name in enumerate(class_names)}
    for number, name in enumerate(file.names):
        if name not in index:
            rows = file.rows[file.labels == number]
            message = f"the label {name!r} does not occur in {train} ({len(rows)} such rows)"
            remedy = f"remove them, or add some to {train}"
            raise DataError(message, file=file.name, line=int(rows[0]), value=name, remedy=remedy)
    return np.array([index[name] for name in file.names])[file.labels]


def _two_labels(files: list[TextFile], labels: np.ndarray, class_names: tuple[str, ...]) -> Iterator[str]:
    """Yield a line if the same text has two labels, in one file or several."""
    hashes, words = (np.concatenate([getattr(file, key) for file in files]) for key in ("hashes", "words"))
    order = np.lexsort((labels, hashes))
    same = (np.diff(hashes[order]) == 0) & (np.diff(labels[order]) != 0) & words[order][1:]
    if not same.any():
        return
    inconsistent = np.unique(hashes[order][1:][same])
    rows = np.flatnonzero(hashes == hashes[np.isin(hashes, inconsistent).argmax()])
    pair = rows[0], rows[(labels[rows] != labels[rows[0]]).argmax()]
    ids = Joined([RowIds(file.name, file.rows) for file in files])
    first, second = (f"{ids[at]} ({class_names[labels[at]]})" for at in map(int, pair))
    what = "1 text occurs" if len(inconsistent) == 1 else f"{len(inconsistent):,} texts occur"
    yield f"warning: {what} with two labels, such as {first} and {second}"


def _remarks(train: TextFile, others: list[TextFile]) -> Iterator[str]:
    """Yield lines on empty texts, and on texts or groups that are in two parts or may be after the split."""
    for file in (train, *others):
        empty = file.rows[~file.words]
        if len(empty):
            first = f"the first in row {empty[0]}"
            yield f"{file.name}: {len(empty)} of {len(file):,} texts are empty and kept as unknown tokens, {first}"
    for other in others:
        repeated = other.rows[np.isin(other.hashes, train.hashes) & other.words]
        if len(repeated):
            what = f"{len(repeated)} of {len(other):,} texts of {other.name} are also in {train.name}"
            yield f"warning: {what}, the first in row {repeated[0]}; results on this part will be too good"
        groups = [set() if file.groups is None else {*file.groups} for file in (train, other)]
        shared = groups[0] & groups[1]
        if shared:
            plural = "s" * (len(shared) != 1)
            what = f"{len(shared):,} group{plural} of {other.name} also occur{'' if plural else 's'} in {train.name}"
            yield f"warning: {what}, such as {min(shared)}; results on this part will be too good"
    hashes = train.hashes[train.words]
    repeats = len(hashes) - len(np.unique(hashes))
    if repeats and not others and train.groups is None:
        what = f"{repeats:,} of {len(train):,} texts of {train.name} repeat an earlier one"
        yield f"warning: {what}; a random split may put the same text into both parts"
