"""The reader's own wav files: a folder a class, or the class in the file name."""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from convpipe import config
from convpipe.data.samples import Samples
from convpipe.data.sound.wav import Header, decode, read_header, resampled
from convpipe.errors import ConfigError, DataError

SUFFIXES = (".wav", ".wave")


class Named(NamedTuple):
    """A file and what its place or its name says: the class, who speaks (or None), whether it tests (or None)."""

    path: Path
    label: str
    group: str | None = None
    test: bool | None = None


class Recordings(Sequence):
    """Recordings (steps, 1) float32 that are read when they are asked for.

    Args:
        paths: of the wav files.
        sampling_rate: in Hz, to which each is resampled.
    """

    def __init__(self, paths: Sequence[Path], sampling_rate: float):
        self.paths, self.sampling_rate = paths, sampling_rate

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, at: int) -> np.ndarray:
        path = self.paths[at]
        return resampled(*decode(_content(path), str(path)), self.sampling_rate)[:, None]


def read(data: config.AudioFolder, report: Callable[[str], None]) -> Samples:
    """Labelled recordings in wav files.

    Args:
        data: the folder, the pattern of the file names and the sampling rate.
        report: is told of files that were passed over, mixed down to one channel or resampled.

    Returns:
        Samples of kind "sound"; every header has been read, the samples are when they are asked for.

    Raises:
        ConfigError: `data.pattern` is no regular expression, or lacks the group label.
        DataError: no such folder, no recordings, one class only, a name that does not match, or a broken file.
    """
    folder = Path(data.path)
    if not folder.is_dir():
        raise DataError(f"{folder} is not a folder; check data.path")
    named = _by_pattern(folder, data.pattern, report) if data.pattern else _by_folder(folder, report)
    headers, digest = _headers(named, folder)
    rate = data.sampling_rate or _most_frequent(headers)
    digest.update(f"{rate:.9g}".encode())
    _say_changes(headers, rate, report)
    names = sorted({each.label for each in named})
    return Samples(
        inputs=Recordings([each.path for each in named], rate),
        labels=np.array([names.index(each.label) for each in named], np.int64),
        class_names=tuple(names),
        origins=[each.path.relative_to(folder).as_posix() for each in named],
        source=str(folder),
        sha256=digest.hexdigest(),
        groups=np.array([each.group for each in named]) if named[0].group is not None else None,
        is_test=np.array([each.test for each in named]) if named[0].test is not None else None,
        sampling_rate=float(rate),
        kind="sound",
    )


def _by_folder(folder: Path, report: Callable[[str], None]) -> list[Named]:
    """Files named by the folder they stand in; train/ and test/ with such folders are the official parts."""
    folders = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    official = {path.name for path in folders} == {"train", "test"}
    if official:
        folders = [path for part in folders for path in sorted(part.iterdir()) if path.is_dir()]
    paths = _recordings(folder, report)
    classes = {path: path.name for path in folders}
    named = [
        Named(path, classes[parent], None, parent.parent.name == "test" if official else None)
        for path in paths
        for parent in path.parents
        if parent in classes
    ]
    if len(named) < len(paths):
        lone = sorted(set(paths) - {each.path for each in named})
        raise DataError(
            f"{folder}: {len(lone)} of {len(paths)} recordings stand in no folder of a class (such as {lone[0].name}); "
            "move them, or give data.pattern, which finds the class in the file name"
        )
    return named


def _by_pattern(folder: Path, pattern: str, report: Callable[[str], None]) -> list[Named]:
    """Files named by what `pattern` finds in their whole names without suffix."""
    expression = _compiled(pattern)
    paths = _recordings(folder, report)
    found = [expression.fullmatch(path.stem) for path in paths]
    wanted = [key for key in ("label", "group") if key in expression.groupindex]
    wrong = [path for path, match in zip(paths, found, strict=True) if not (match and all(match.group(*wanted, 0)))]
    if wrong:
        first = ", ".join(path.name for path in wrong[:3])
        raise DataError(
            f"{len(wrong)} of {len(paths)} file names in {folder} do not match data.pattern (such as {first}); "
            "mend the pattern, or move the files"
        )
    named = [_named(path, match.groupdict()) for path, match in zip(paths, found, strict=True)]
    if "test" in expression.groupindex and len({each.test for each in named}) < 2:
        which = "every" if named[0].test else "no"
        raise DataError(
            f"{folder}: the group test of data.pattern matches in {which} file name; mend it or leave it out"
        )
    return named


def _compiled(pattern: str) -> re.Pattern:
    try:
        expression = re.compile(pattern)
    except re.error as error:
        raise ConfigError(f"data.pattern={pattern} is no regular expression ({error})") from None
    if "label" not in expression.groupindex:
        raise ConfigError(f"data.pattern={pattern} lacks the group of the class, (?P<label>...)")
    return expression


def _named(path: Path, groups: dict[str, str | None]) -> Named:
    return Named(path, groups["label"], groups.get("group"), groups["test"] is not None if "test" in groups else None)


def _recordings(folder: Path, report: Callable[[str], None]) -> list[Path]:
    """Every wav file at any depth, in the order of its path; hidden files and folders are left alone."""
    files = sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )
    paths = [path for path in files if path.suffix.lower() in SUFFIXES]
    if not paths:
        raise DataError(f"{folder} holds no wav files; check data.path")
    if len(paths) < len(files):
        others = [path.relative_to(folder).as_posix() for path in files if path.suffix.lower() not in SUFFIXES]
        report(f"{folder}: {len(others)} files that are no wav files are passed over, such as {others[0]}")
    return paths


def _headers(named: list[Named], folder: Path) -> tuple[list[Header], "hashlib._Hash"]:
    """The header of every file, and the hash of all names, classes and bytes."""
    headers, digest = [], hashlib.sha256()
    for each in named:
        content = _content(each.path)
        headers.append(read_header(content, str(each.path)))
        about = (each.path.relative_to(folder).as_posix(), each.label, each.group, each.test)
        digest.update(f"{about!r} {len(content)}\n".encode() + content)
    return headers, digest


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: {error.strerror}; check data.path") from None


def _most_frequent(headers: list[Header]) -> int:
    """The sampling rate of most files, in Hz; the highest of several."""
    counts = Counter(header.sampling_rate for header in headers)
    return max(counts, key=lambda rate: (counts[rate], rate))


def _say_changes(headers: list[Header], rate: float, report: Callable[[str], None]) -> None:
    several = sum(header.channels > 1 for header in headers)
    if several:
        report(f"{several} of {len(headers)} recordings have several channels, which are mixed down to one")
    others = Counter(f"{header.sampling_rate} Hz" for header in headers if header.sampling_rate != rate)
    if others:
        rates = ", ".join(f"{count} of {found}" for found, count in sorted(others.items()))
        report(f"{others.total()} of {len(headers)} recordings are resampled to {rate:g} Hz ({rates})")
