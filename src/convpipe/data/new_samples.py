"""Samples that a trained classifier has not seen, as readers hand them out: labeled or not, piece by piece."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from convpipe.data.file_names import by_names, files_below
from convpipe.data.folders import Labeled, Wanted
from convpipe.data.lazy import LazyFiles
from convpipe.errors import DataError

#: What a path is called that stands for standard input.
STDIN = Path("-")
#: Files of a folder in a piece.
FILES = 256


@dataclass(frozen=True)
class Known:
    """What a classifier knows of its samples.

    Args:
        class_names: of its classes.
        channel_names: of series; empty where they are not known.
        channels: of an image, 1 for gray ones.
        sampling_rate: of series and sound in Hz, None where unknown.
    """

    class_names: tuple[str, ...]
    channel_names: tuple[str, ...] = ()
    channels: int = 1
    sampling_rate: float | None = None


@dataclass(frozen=True)
class NewSamples:
    """A piece of the new samples.

    Args:
        inputs: n raw samples.
        sample_ids: what each is called.
        labels: the names of their classes, None where a sample has none.
        groups: who or what each is of, None where there is none; None where none has one.
        sampling_rate: of series in Hz, None where it is not known or is that of training.
        share: how much of its file or folder has been read with it, from 0 to 1; None where that is not known.
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
    """A function that hands a line on to `report`, unless it has handed it on before.

    >>> say = each_line_once(print)
    >>> say("left out x"), say("left out x")
    left out x
    (None, None)
    """
    said: set[str] = set()

    def once(line: str) -> None:
        if line not in said:
            said.add(line)
            report(line)

    return once


def new_files(folder: Path, wanted: Wanted, report: Callable[[str], None]) -> list[Labeled]:
    """The files in a folder of new samples, at any depth; as `files_below`."""
    return files_below(folder, wanted, report, key=None, remedy="name a file or folder with samples")


def found_files(path: Path, wanted: Wanted, report: Callable[[str], None]) -> list[Path]:
    """The files at a path: itself, or those in the folder at any depth, in the order of their names.

    Raises:
        DataError: there is nothing, or nothing of that kind.
    """
    if path.is_dir():
        return [each.path for each in new_files(path, wanted, report)]
    if not path.exists():
        raise DataError("no such file or folder", file=path, value=str(path), remedy="check the path")
    if path not in wanted:
        message, remedy = f"no file of {wanted.plural}", f"name a folder, or a file that ends in {wanted.endings}"
        raise DataError(message, file=path, value=path.suffix, remedy=remedy)
    return [path]


def by_pattern(root: Path, found: list[Labeled], pattern: str | None, report: Callable[[str], None]) -> list[Labeled]:
    """The files with what the pattern of training finds in their names; as they are where it does not find it in all.

    Args:
        root: the folder of the files.
        found: in it.
        pattern: as `by_names` takes it; None: there is none.
        report: is handed a line on what is found.
    """
    if not pattern:
        return found
    try:
        return by_names(root, found, pattern, report)
    except DataError as error:
        report(f"file names tell no classes or groups ({error.message})")
        return found


def file_samples(
    path: Path,
    wanted: Wanted,
    decode: Callable[[Path], np.ndarray],
    known: Known,
    report: Callable[[str], None],
    pattern: str | None = None,
) -> Iterator[NewSamples]:
    """Samples of a file each, read when they are asked for.

    Their classes are the names of their folders, where these are classes, or what the pattern finds.

    Args:
        path: a file, or a folder of them.
        wanted: which files are taken.
        decode: the sample in a file.
        known: of the classifier.
        report: is handed each line that the user should see.
        pattern: of the training data, for the names of the files.
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
