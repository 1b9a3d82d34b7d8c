"""Recordings in WAV, FLAC, Ogg and MP3 files to samples between -1 and 1, decoded by libsndfile (package soundfile)."""

import hashlib
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from convpipe.data.sound import wav
from convpipe.errors import DataError

if TYPE_CHECKING:
    import soundfile

SUFFIXES = (".wav", ".wave", ".flac", ".ogg", ".mp3")
#: libsndfile's names of their formats. It knows more, but does not notice when a file of those is cut off.
FORMATS = ("WAV", "WAVEX", "FLAC", "OGG", "MP3")
#: Sampling rates in Hz that a header may state. Another one is damage, and resampling from it could fill the memory.
RATES = (100, 1_000_000)
#: Samples of all channels that a file may hold: 4 GiB in double precision.
MOST = 2**29
#: Share of the channels' power below which their mean has lost the signal, as where one channel is the other, inverted.
CANCELED = 1e-3
#: The header of an MP3 file that states numbers of frames and of bytes (the group), after the start of its first frame.
XING = re.compile(rb"(?:Xing|Info)\0\0\0[\x03\x07\x0b\x0f].{4}(.{4})", re.DOTALL)


@dataclass(frozen=True)
class Header:
    """What a file says of its recording.

    Args:
        sampling_rate: steps a second in Hz.
        channels: 1 for mono, 2 for stereo.
        steps: samples of one channel.
        is_estimated: whether the number of steps is an estimate, as in an MP3 file without a Xing or Info header.
        is_piped: whether a WAV file states no size of its samples, which then go on to its end.
    """

    sampling_rate: int
    channels: int
    steps: int
    is_estimated: bool = False
    is_piped: bool = False


def read_header(content: bytes, name: str) -> Header:
    """The header of a whole file; nothing is decoded.

    Args:
        content: the bytes of the file.
        name: what to call it in an error.

    Raises:
        DataError: not a recording, one that is empty, too long or (except for FLAC) cut off, a sampling rate outside
            `RATES`, or another format.
    """
    with _opened(content, name) as file:
        is_estimated = file.format == "MP3" and not XING.search(content)
        return Header(file.samplerate, file.channels, file.frames, is_estimated, wav.states_no_size(content))


def decode(content: bytes, name: str) -> tuple[np.ndarray, int]:
    """The samples of a whole file, several channels mixed down to one by their mean.

    Where the channels cancel each other out in the mean (`cancels`), the loudest one is taken.

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
        values = _checked_flac(file, content, name) if content.startswith(b"fLaC") else file.read(always_2d=True)
    if not np.isfinite(values).all():
        raise DataError("holds samples that are not finite numbers", file=name, remedy="correct or remove the file")
    mixed = _loudest(values) if _is_canceled(values) else values.mean(axis=1)
    return mixed.astype(np.float32), file.samplerate


def _checked_flac(file: "soundfile.SoundFile", content: bytes, name: str) -> np.ndarray:
    """The samples (steps, channels) float64 of a FLAC file, whose hash is that in its header if there is one.

    libsndfile does not compare them. The header is 34 bytes from byte 8 on; the hash ends it (RFC 9639, section 8.2).
    """
    values = file.read(dtype="int32", always_2d=True)
    bits, stated = ((content[20] & 1) << 4 | content[21] >> 4) + 1, content[26:42]
    if bits in (8, 16, 24) and any(stated):
        samples = values.astype("<i4").reshape(-1, 1).view(np.uint8)[:, 4 - bits // 8 :]
        if hashlib.md5(samples.tobytes(), usedforsecurity=False).digest() != stated:
            message = "its samples are not those of the hash in its header"
            raise DataError(message, file=name, remedy="copy it again or remove it")
    return values / 2.0**31


def cancels(content: bytes, name: str) -> bool:
    """Whether the channels of a file cancel each other out, as where one is the other with its sign inverted.

    Args:
        content: the bytes of the file.
        name: what to call it in an error.

    Raises:
        DataError: as `read_header`, or a file that cannot be decoded.
    """
    with _opened(content, name) as file:
        return _is_canceled(file.read(always_2d=True))


def _is_canceled(values: np.ndarray) -> bool:
    """Whether the mean of channels (steps, channels) has hardly any of their power."""
    return values.shape[1] > 1 and bool(np.square(values.mean(axis=1)).mean() < CANCELED * np.square(values).mean())


def _loudest(values: np.ndarray) -> np.ndarray:
    """The channel of the highest power, the first of equal ones."""
    return values[:, np.square(values).sum(axis=0).argmax()]


@contextmanager
def _opened(content: bytes, name: str) -> Iterator["soundfile.SoundFile"]:
    """The open file; whatever libsndfile raises in the block becomes an error that names the file."""
    import soundfile

    if not content:
        raise DataError("an empty file", file=name, remedy="remove it")
    _check_complete(content, name)
    content = wav.with_size(content) if wav.states_no_size(content) else content
    try:
        with soundfile.SoundFile(io.BytesIO(content)) as file:
            if file.format not in FORMATS:
                raise DataError(f"holds {file.format_info}", file=name, remedy="convert it to WAV or FLAC")
            if not file.frames:
                raise DataError("holds no samples", file=name, remedy="remove it")
            _check_bounds(file, name)
            yield file
    except (soundfile.LibsndfileError, MemoryError) as error:  # a broken header may ask for any amount of memory
        reason = getattr(error, "error_string", str(error)).rstrip(".")
        raise DataError(f"cannot be decoded ({reason})", file=name, remedy="copy again, convert or remove it") from None


def _check_bounds(file: "soundfile.SoundFile", name: str) -> None:
    """Raise DataError for a header that would fill the memory."""
    if not RATES[0] <= file.samplerate <= RATES[1]:
        message = f"states a sampling rate of {file.samplerate} Hz, not {RATES[0]} to {RATES[1]:,} Hz"
        raise DataError(message, file=name, value=file.samplerate, remedy="correct the header or remove the file")
    if file.frames * file.channels > MOST:
        message = f"states {file.frames:,} steps of {file.channels} channels, but at most {MOST:,} samples are read"
        raise DataError(message, file=name, value=file.frames, remedy="cut the recording into shorter ones")


def _check_complete(content: bytes, name: str) -> None:
    """Raise DataError for a WAV, Ogg or MP3 file that is cut off, or a WAV file whose header contradicts itself."""
    # Checked here because libsndfile returns a shorter recording for such a file; only FLAC files it refuses itself.
    there = stated = 0
    if content.startswith(b"RIFF"):
        wav.check_header(content, name)
        there, stated = wav.samples(content)
    elif tag := XING.search(content):
        there, stated = len(content) - content.rfind(b"\xff", 0, tag.start()), int.from_bytes(tag[1], "big")
    remedy = "copy it again or remove it"
    if there < stated:
        raise DataError(f"cut off, {there} of {stated} bytes are there", file=name, remedy=remedy)
    if content.startswith(b"OggS") and not _is_last_page(content[content.rfind(b"OggS") :]):
        raise DataError("cut off, its last page is not there", file=name, remedy=remedy)


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
