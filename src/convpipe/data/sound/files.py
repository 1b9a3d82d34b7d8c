"""Recordings in WAV, FLAC, Ogg and MP3 files to samples between -1 and 1, decoded by libsndfile (package soundfile)."""

import io
import re
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from convpipe.errors import DataError

if TYPE_CHECKING:
    import soundfile

SUFFIXES = (".wav", ".wave", ".flac", ".ogg", ".mp3")
#: libsndfile's names of their formats. It knows more, but does not notice when a file of those is cut off.
FORMATS = ("WAV", "WAVEX", "FLAC", "OGG", "MP3")
UNKNOWN_SIZE = 0xFFFFFFFF  # of a WAV file that was written to a pipe: its samples go on to the end of the file
#: The header of an MP3 file that states numbers of frames and of bytes (the group), after the start of its first frame.
XING = re.compile(rb"(?:Xing|Info)\0\0\0[\x03\x07\x0b\x0f].{4}(.{4})", re.DOTALL)


@dataclass(frozen=True)
class Header:
    """What a file says of its recording.

    Args:
        sampling_rate: steps a second in Hz.
        channels: 1 for mono, 2 for stereo.
        is_estimated: whether the number of steps is an estimate, as in an MP3 file without a Xing or Info header.
    """

    sampling_rate: int
    channels: int
    is_estimated: bool = False


def read_header(content: bytes, name: str) -> Header:
    """The header of a whole file; nothing is decoded.

    Args:
        content: the bytes of the file.
        name: what to call it in an error.

    Raises:
        DataError: not a recording, one that is empty or (except for FLAC) cut off, or another format.
    """
    with _opened(content, name) as file:
        return Header(file.samplerate, file.channels, file.format == "MP3" and not XING.search(content))


def decode(content: bytes, name: str) -> tuple[np.ndarray, int]:
    """The samples of a whole file, several channels mixed down to one by their mean.

    Args:
        content: the bytes of the file.
        name: what to call it in an error.

    Returns:
        (steps,) float32, integers as shares of their full scale (-1 to 1), floating point as it is; and the sampling
        rate in Hz.

    Raises:
        DataError: as `read_header`, a file that cannot be decoded, or samples that are not finite numbers.
    """
    with _opened(content, name) as file:
        values = file.read(always_2d=True)
    if not np.isfinite(values).all():
        raise DataError("holds samples that are not finite numbers", file=name, remedy="correct or remove the file")
    return values.mean(axis=1).astype(np.float32), file.samplerate


@contextmanager
def _opened(content: bytes, name: str) -> Iterator["soundfile.SoundFile"]:
    """The open file; whatever libsndfile raises in the block becomes an error that names the file."""
    import soundfile

    if not content:
        raise DataError("an empty file", file=name, remedy="remove it")
    _check_complete(content, name)
    try:
        with soundfile.SoundFile(io.BytesIO(content)) as file:
            if file.format not in FORMATS:
                raise DataError(f"holds {file.format_info}", file=name, remedy="convert it to WAV or FLAC")
            if not file.frames:
                raise DataError("holds no samples", file=name, remedy="remove it")
            yield file
    except (soundfile.LibsndfileError, MemoryError) as error:  # a broken header may ask for any amount of memory
        reason = getattr(error, "error_string", str(error)).rstrip(".")
        raise DataError(f"cannot be decoded ({reason})", file=name, remedy="copy again, convert or remove it") from None


def _check_complete(content: bytes, name: str) -> None:
    """Raise DataError for a WAV, Ogg or MP3 file that is cut off."""
    # Checked here because libsndfile returns a shorter recording for such a file; only FLAC files it refuses itself.
    there = stated = 0
    if content.startswith(b"RIFF"):
        there, stated = _wav_samples(content)
    elif tag := XING.search(content):
        there, stated = len(content) - content.rfind(b"\xff", 0, tag.start()), int.from_bytes(tag[1], "big")
    remedy = "copy it again or remove it"
    if there < stated:
        raise DataError(f"cut off, {there} of {stated} bytes are there", file=name, remedy=remedy)
    if content.startswith(b"OggS") and not _is_last_page(content[content.rfind(b"OggS") :]):
        raise DataError("cut off, its last page is not there", file=name, remedy=remedy)


def _wav_samples(content: bytes) -> tuple[int, int]:
    """Bytes of samples that are there, and that the file states."""
    at = 12
    while at + 8 <= len(content):
        chunk, size = struct.unpack_from("<4sI", content, at)
        at += 8
        if chunk == b"data":
            return len(content) - at, 0 if size == UNKNOWN_SIZE else size
        at += size + size % 2
    return 0, 0


def _is_last_page(page: bytes) -> bool:
    """Whether an Ogg page is whole and no other must follow."""
    return len(page) > 26 and bool(page[5] & 4) and len(page) >= 27 + page[26] + sum(page[27 : 27 + page[26]])


def resampled(values: np.ndarray, sampling_rate: float, wanted: float) -> np.ndarray:
    """A recording at another sampling rate, by a low-pass filter that keeps out what the new rate cannot hold.

    Args:
        values: (steps,) float32.
        sampling_rate: of the values, in Hz.
        wanted: the new sampling rate, in Hz.

    Returns:
        (steps * wanted / sampling_rate, rounded up,) float32; the values themselves where nothing changes.
    """
    if sampling_rate == wanted:
        return values
    from scipy.signal import resample_poly

    ratio = (Fraction(wanted) / Fraction(sampling_rate)).limit_denominator(1000)
    return resample_poly(values, ratio.numerator, ratio.denominator).astype(np.float32)
