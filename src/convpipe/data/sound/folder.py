"""The reader's own wav files: a folder a class, or the class in the file name."""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from convpipe import config
from convpipe.data.file_names import labelled
from convpipe.data.folders import Wanted, contents, described, folder_of, read_bytes
from convpipe.data.samples import Samples
from convpipe.data.sound.wav import Header, decode, read_header, resampled

RECORDINGS = Wanted("recordings", (".wav", ".wave"))


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
    found = labelled(folder, data.pattern, RECORDINGS, report)
    digest = hashlib.sha256()
    headers = [read_header(content, str(path)) for path, content in contents(folder, found, digest)]
    rate = data.sampling_rate or _most_frequent(headers)
    digest.update(f"{rate:.9g}".encode())
    _say_changes(headers, rate, report)
    recordings = Recordings([each.path for each in found], rate)
    return Samples(
        recordings, sha256=digest.hexdigest(), sampling_rate=float(rate), kind="sound", **described(folder, found)
    )


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
