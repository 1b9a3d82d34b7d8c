"""The reader of the user's recordings: one folder per class, or the class in the file name."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from omegaconf import MISSING

from convpipe.config.data import DataSettings
from convpipe.config.schema import setting
from convpipe.data.dataset import Dataset
from convpipe.data.file_names import PATTERN_MEANING, labeled
from convpipe.data.folders import Labeled, Wanted, contents, described, folder_of, read_bytes
from convpipe.data.lazy import LazyFiles
from convpipe.data.new_samples import Known, NewSamples, file_samples
from convpipe.data.sound.files import MOST, SUFFIXES, Header, cancels, decode, read_header, resampled
from convpipe.errors import DataError
from convpipe.registry import register_reader

RECORDINGS = Wanted("recordings", SUFFIXES)


@dataclass
class AudioFolderSettings(DataSettings):
    """Your own recordings: one folder per class, or the class in the file name."""

    name: str = "audio_folder"
    reader: str = "audio_folder"
    path: str = setting(MISSING, "folder with WAV, FLAC, Ogg or MP3 files, or with one folder per class")
    pattern: str | None = setting(None, PATTERN_MEANING)
    sampling_rate: float | None = setting(
        None, "sampling rate in Hz to resample to; unset: that of most files", low=100, high=400_000
    )


def read_new(
    data: AudioFolderSettings, path: Path, known: Known, report: Callable[[str], None]
) -> Iterator[NewSamples]:
    """Yield new recordings, optionally in folders of classes; arguments as `convpipe.data.new_samples.file_samples`."""
    decode = partial(_recording, rate=known.sampling_rate)
    yield from file_samples(path, RECORDINGS, decode, known, report, data.pattern)


@register_reader(AudioFolderSettings, "sound", new=read_new)
def read(data: AudioFolderSettings, report: Callable[[str], None]) -> Dataset:
    """Read labeled recordings in WAV, FLAC, Ogg and MP3 files, which may be mixed.

    Args:
        data: the folder, the pattern of file names and the sampling rate.
        report: called with a line on files that are left out, mixed down to one channel, resampled or of uncertain
            length, and on channels that cancel each other out.

    Returns:
        Dataset of modality "sound". Headers are read now, samples on access.

    Raises:
        ConfigError: `data.pattern` is not a regular expression, or has none of the groups label, group and test.
        DataError: no such folder, no recordings, one class only, a name that does not match, or a broken file.
    """
    folder, digest = folder_of(data.path), hashlib.sha256()
    found = labeled(folder, data.pattern, RECORDINGS, report)
    headers, canceled = list[Header](), list[str]()
    for path, content in contents(folder, found, digest):
        headers.append(read_header(content, str(path)))
        if headers[-1].channels > 1 and cancels(content, str(path)):
            canceled.append(path.relative_to(folder).as_posix())
    counts = Counter(header.sampling_rate for header in headers)
    rate = data.sampling_rate or max(counts, key=lambda rate: (counts[rate], rate))  # the highest of the most frequent
    digest.update(f"{rate:.9g}".encode())
    _check_steps(found, headers, rate)
    _report_changes(headers, rate, report)
    if canceled:
        count = f"{len(canceled)} of {len(found)} recordings (such as {canceled[0]})"
        report(f"{count} have channels that cancel each other out in the mean: the loudest channel is used")
    recordings = LazyFiles([each.path for each in found], partial(_recording, rate=rate))
    about = described(folder, found) | {"sha256": digest.hexdigest(), "sampling_rate": float(rate)}
    return Dataset(recordings, modality="sound", **about)


def _recording(path: Path, rate: float | None) -> np.ndarray:
    """Return the recording in a file, (steps, 1) float32, resampled to `rate` Hz unless that is None."""
    values, own_rate = decode(read_bytes(path), str(path))
    return resampled(values, own_rate, rate or own_rate)[:, None]


def _check_steps(found: list[Labeled], headers: list[Header], rate: float) -> None:
    """Raise DataError if resampling would make a recording longer than `MOST`."""
    for each, header in zip(found, headers, strict=True):
        steps = header.steps * rate / header.sampling_rate
        if steps > max(MOST, header.steps):
            message = f"{header.steps:,} steps at {header.sampling_rate} Hz would become {steps:,.0f} at {rate:g} Hz"
            raise DataError(
                message, file=each.path, key="data.sampling_rate", value=rate, remedy="set a lower data.sampling_rate"
            )


def _report_changes(headers: list[Header], rate: float, report: Callable[[str], None]) -> None:
    others = Counter(f"{header.sampling_rate} Hz" for header in headers if header.sampling_rate != rate)
    rates = ", ".join(f"{count} with {other}" for other, count in sorted(others.items()))
    several = sum(header.channels > 1 for header in headers)
    piped = sum(header.is_piped for header in headers)
    estimated = sum(header.is_estimated for header in headers)
    for count, change in (
        (several, "have several channels, which are mixed down to one"),
        (estimated, "are MP3 files without a Xing or Info header: their length is estimated, the end may be missing"),
        (piped, "have no size in the header (written to a pipe) and are read to the end of the file"),
        (others.total(), f"are resampled to {rate:g} Hz ({rates})"),
    ):
        if count:
            report(f"{count} of {len(headers)} recordings {change}")
