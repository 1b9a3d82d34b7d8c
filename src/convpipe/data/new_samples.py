"""New samples for a trained classifier, with or without labels, which readers yield in batches."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from convpipe.data.file_names import by_names, files_below
from convpipe.data.folders import Labeled, Wanted
from convpipe.data.lazy import LazyFiles
from convpipe.errors import DataError

#: The path that denotes standard input.
STDIN = Path("-")
#: Files per batch.
FILES = 256


@dataclass(frozen=True)
class Known:
    """Properties of the samples that a classifier was trained on.

    Args:
        class_names: names of the classes.
        channel_names: names of the channels of series; empty if unknown.
        channels: number of channels of an image, 1 for gray.
        sampling_rate: sampling rate of series and sound in Hz, None if unknown.
    """

    class_names: tuple[str, ...]
    channel_names: tuple[str, ...] = ()
    channels: int = 1
    sampling_rate: float | None = None


@dataclass(frozen=True)
class NewSamples:
    """A batch of new samples.

    Args:
        inputs: n raw samples.
        sample_ids: n names of the samples.
        labels: n class names, None for a sample without a label.
        groups: n groups, None for a sample without one; None if no sample has one.
        sampling_rate: sampling rate of series in Hz, None if it is unknown or equals that of training.
        share: fraction of the file or folder that has been read after this batch; None if unknown.
    """

    inputs: Sequence
    sample_ids: Sequence[str]
    labels: Sequence[str | None]
    groups: Sequence[str | None] | None = None
    sampling_rate: float | None = None
    share: float | None = None

    def __len__(self) -> int:
        return len(self.inputs)


def each_line_once(report: Callable[[str], None]) -> Callable[[str], None]:
    """Return a function that calls `report` with each line, but only once for equal lines.

    >>> say = each_line_once(print)
    >>> say("left out x"), say("left out x")
    left out x
    (None, None)
    """
    reported: set[str] = set()

    def once(line: str) -> None:
        if line not in reported:
            reported.add(line)
            report(line)

    return once


def new_files(folder: Path, wanted: Wanted, report: Callable[[str], None]) -> list[Labeled]:
    """Return the files in a folder of new samples, at any depth, as `files_below` does."""
    return files_below(folder, wanted, report, key=None, remedy="give a file or folder with samples")


def found_files(path: Path, wanted: Wanted, report: Callable[[str], None]) -> list[Path]:
    """Return the file at a path, or the files in a folder at any depth, in the order of their names.

    Raises:
        DataError: no such file or folder, or no file that the reader accepts.
    """
    if path.is_dir():
        return [each.path for each in new_files(path, wanted, report)]
    if not path.exists():
        raise DataError("no such file or folder", file=path, value=str(path), remedy="check the path")
    if path not in wanted:
        message, remedy = f"not a file of {wanted.plural}", f"give a folder, or a file with suffix {wanted.endings}"
        raise DataError(message, file=path, value=path.suffix, remedy=remedy)
    return [path]


def by_pattern(root: Path, found: list[Labeled], pattern: str | None, report: Callable[[str], None]) -> list[Labeled]:
    """Return the files with class and group from their names; unchanged if the pattern does not match every name.

    Args:
        root: the folder of the files.
        found: files in it.
        pattern: pattern of the training data for `by_names`, or None.
        report: called with a line on the matches.
    """
    if not pattern:
        return found
    try:
        return by_names(root, found, pattern, report)
    except DataError as error:
        report(f"no classes or groups from file names ({error.message})")
        return found


def file_samples(
    path: Path,
    wanted: Wanted,
    decode: Callable[[Path], np.ndarray],
    known: Known,
    report: Callable[[str], None],
    pattern: str | None = None,
) -> Iterator[NewSamples]:
    """Yield batches of samples with one file each, read on access.

    The label of a file is the name of its folder, if that is a class, or the match of the pattern.

    Args:
        path: a file, or a folder of files.
        wanted: files to read.
        decode: returns the sample in a file.
        known: properties of the classifier's training data.
        report: called with each line that the user should see.
        pattern: pattern of the training data for file names.
    """
    paths, root = found_files(path, wanted, report), path if path.is_dir() else path.parent
    folders = [each.parent.name if each.parent.name in known.class_names else "" for each in paths]
    found = [Labeled(each, label) for each, label in zip(paths, folders, strict=True)]
    found = by_pattern(root, found, pattern, report)
    for start in range(0, len(found), FILES):
        some = found[start : start + FILES]
        ids = [each.path.relative_to(root).as_posix() for each in some]
        labels, groups = [each.label or None for each in some], [each.group or None for each in some]
        inputs = LazyFiles([each.path for each in some], decode)
        share = (start + len(some)) / len(found)
        yield NewSamples(inputs, ids, labels, groups if any(groups) else None, share=share)
