"""The reader's own wav files: a folder a class, or the class in the file name."""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from convpipe import config
from convpipe.data.folders import (
    Labelled,
    Wanted,
    below,
    check_classes,
    contents,
    described,
    folder_of,
    in_folders,
    read_bytes,
    say_skipped,
)
from convpipe.data.samples import Samples
from convpipe.data.sound.wav import Header, decode, read_header, resampled
from convpipe.errors import ConfigError, DataError

RECORDINGS = Wanted("recordings", (".wav", ".wave"))
OR_PATTERN = ", or give data.pattern, which finds the class in the file name"


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
        return resampled(*decode(read_bytes(path), str(path)), self.sampling_rate)[:, None]


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
    folder = folder_of(data.path)
    if data.pattern:
        found = _by_pattern(folder, data.pattern, report)
    else:
        found = in_folders(folder, RECORDINGS, report, OR_PATTERN)
    digest = hashlib.sha256()
    headers = [read_header(content, str(path)) for path, content in contents(folder, found, digest)]
    rate = data.sampling_rate or _most_frequent(headers)
    digest.update(f"{rate:.9g}".encode())
    _say_changes(headers, rate, report)
    recordings = Recordings([each.path for each in found], rate)
    return Samples(
        recordings, sha256=digest.hexdigest(), sampling_rate=float(rate), kind="sound", **described(folder, found)
    )


def _by_pattern(folder: Path, pattern: str, report: Callable[[str], None]) -> list[Labelled]:
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
    if "test" in expression.groupindex and len({each.is_test for each in named}) < 2:
        which = "every" if named[0].is_test else "no"
        raise DataError(
            f"{folder}: the group test of data.pattern matches in {which} file name; mend it or leave it out"
        )
    check_classes(folder, RECORDINGS, named)
    return named


def _compiled(pattern: str) -> re.Pattern:
    try:
        expression = re.compile(pattern)
    except re.error as error:
        raise ConfigError(f"data.pattern={pattern} is no regular expression ({error})") from None
    if "label" not in expression.groupindex:
        raise ConfigError(f"data.pattern={pattern} lacks the group of the class, (?P<label>...)")
    return expression


def _named(path: Path, groups: dict[str, str | None]) -> Labelled:
    is_test = groups["test"] is not None if "test" in groups else None
    return Labelled(path, groups["label"], groups.get("group"), is_test)


def _recordings(folder: Path, report: Callable[[str], None]) -> list[Path]:
    """Every wav file at any depth."""
    skipped = Counter()
    paths = below(folder, RECORDINGS, skipped)
    if not paths:
        raise DataError(f"{folder} holds no recordings ({RECORDINGS.endings}); check data.path")
    say_skipped(folder, skipped, report)
    return paths


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
