"""WAV, FLAC, Ogg and MP3 files to audio samples from -1 to 1, decoded by libsndfile (package soundfile)."""

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
#: Names of these formats in libsndfile. It reads more formats, but does not detect truncated files of those.
FORMATS = ("WAV", "WAVEX", "FLAC", "OGG", "MP3")
#: Valid sampling rates in Hz. Others mean a damaged header, and resampling from them could exhaust the memory.
RATES = (100, 1_000_000)
#: Most audio samples of a file, over all channels: 4 GiB as float64.
MOST = 2**29
#: Fraction of the power of the channels below which their mean has lost the signal (one is the inverse of the other).
CANCELED = 1e-3
#: The Xing or Info header of an MP3 file, with the numbers of frames and of bytes (the group), in its first frame.
XING = re.compile(rb"(?:Xing|Info)\0\0\0[\x03\x07\x0b\x0f].{4}(.{4})", re.DOTALL)


@dataclass(frozen=True)
class Header:
    """Properties of a recording from the header of its file.

    Args:
        sampling_rate: steps per second in Hz.
        channels: 1 for mono, 2 for stereo.
        steps: audio samples per channel.
        is_estimated: whether the number of steps is an estimate: an MP3 file without a Xing or Info header.
        is_piped: whether a WAV file does not state the size of its data, which then extend to the end of the file.
    """

    sampling_rate: int
    channels: int
    steps: int
    is_estimated: bool = False
    is_piped: bool = False


def read_header(content: bytes, name: str) -> Header:
    """Read the header of a file without decoding the samples.

    Args:
        content: the bytes of the file.
        name: name of the file in errors.

    Raises:
        DataError: the file is not a recording, has another format, is empty, too long or (except for FLAC) truncated,
            or its sampling rate is outside `RATES`.
    """
    with _opened(content, name) as file:
        is_estimated = file.format == "MP3" and not XING.search(content)
        return Header(file.samplerate, file.channels, file.frames, is_estimated, wav.states_no_size(content))


def decode(content: bytes, name: str) -> tuple[np.ndarray, int]:
    """Decode a file to one channel, the mean of its channels.

    If the channels cancel each other out in the mean (`cancels`), the loudest one is used.

    Args:
        content: the bytes of the file.
        name: name of the file in errors.

    Returns:
        (steps,) float32, integers scaled to [-1, 1] and floating-point samples unchanged; and the sampling rate in Hz.

    Raises:
        DataError: as for `read_header`, a file that cannot be decoded, or samples that are not finite numbers.
    """
    with _opened(content, name) as file:
        values = _checked_flac(file, content, name) if content.startswith(b"fLaC") else file.read(always_2d=True)
    if not np.isfinite(values).all():
        raise DataError("contains samples that are not finite numbers", file=name, remedy="correct or remove the file")
    mixed = _loudest(values) if _is_canceled(values) else values.mean(axis=1)
    return mixed.astype(np.float32), file.samplerate


def _checked_flac(file: "soundfile.SoundFile", content: bytes, name: str) -> np.ndarray:
    """Return the samples (steps, channels) float64 of a FLAC file, and verify the hash in its header if there is one.

    libsndfile does not verify it. The header has 34 bytes from byte 8; the hash is its end (RFC 9639, section 8.2).
    """
    values = file.read(dtype="int32", always_2d=True)
    bits, stated = ((content[20] & 1) << 4 | content[21] >> 4) + 1, content[26:42]
    if bits in (8, 16, 24) and any(stated):
        samples = values.astype("<i4").reshape(-1, 1).view(np.uint8)[:, 4 - bits // 8 :]
        if hashlib.md5(samples.tobytes(), usedforsecurity=False).digest() != stated:
            message = "its samples do not match the hash in its header"
            raise DataError(message, file=name, remedy="copy it again or remove it")
    return values / 2.0**31


def cancels(content: bytes, name: str) -> bool:
    """Return whether the channels of a file cancel each other out: one is the inverse of the other, for example.

    Args:
        content: the bytes of the file.
        name: name of the file in errors.

    Raises:
        DataError: as for `read_header`, or a file that cannot be decoded.
    """
    with _opened(content, name) as file:
        return _is_canceled(file.read(always_2d=True))


def _is_canceled(values: np.ndarray) -> bool:
    """Return whether the mean over channels of (steps, channels) has less than `CANCELED` of their power."""
    return values.shape[1] > 1 and bool(np.square(values.mean(axis=1)).mean() < CANCELED * np.square(values).mean())


def _loudest(values: np.ndarray) -> np.ndarray:
    """Return the channel with the highest power."""
    return values[:, np.square(values).sum(axis=0).argmax()]


@contextmanager
def _opened(content: bytes, name: str) -> Iterator["soundfile.SoundFile"]:
    """Open a file, and turn errors of libsndfile in the block into a DataError that names the file."""
    import soundfile

    if not content:
        raise DataError("an empty file", file=name, remedy="remove it")
    _check_complete(content, name)
    content = wav.with_size(content) if wav.states_no_size(content) else content
    try:
        with soundfile.SoundFile(io.BytesIO(content)) as file:
            if file.format not in FORMATS:
                message = f"its format is {file.format_info}"
                raise DataError(message, file=name, remedy="convert it to WAV or FLAC")
            if not file.frames:
                raise DataError("contains no samples", file=name, remedy="remove it")
            _check_bounds(file, name)
            yield file
    except (soundfile.LibsndfileError, MemoryError) as error:  # a broken header may request any amount of memory
        reason = getattr(error, "error_string", str(error)).rstrip(".")
        raise DataError(f"cannot be decoded ({reason})", file=name, remedy="copy again, convert or remove it") from None


def _check_bounds(file: "soundfile.SoundFile", name: str) -> None:
    """Raise DataError for a header with an invalid sampling rate or with more samples than `MOST`."""
    if not RATES[0] <= file.samplerate <= RATES[1]:
        message = f"its header has a sampling rate of {file.samplerate} Hz, expected {RATES[0]} to {RATES[1]:,} Hz"
        raise DataError(message, file=name, value=file.samplerate, remedy="correct the header or remove the file")
    if file.frames * file.channels > MOST:
        message = f"its header has {file.frames:,} steps of {file.channels} channels, but {MOST:,} values are the limit"
        raise DataError(message, file=name, value=file.frames, remedy="split the recording into shorter ones")


def _check_complete(content: bytes, name: str) -> None:
    """Raise DataError for a truncated WAV, Ogg or MP3 file, or a WAV file with an inconsistent header."""
    # libsndfile returns a shorter recording for such files. It refuses truncated FLAC files itself.
    size = stated = 0
    if content.startswith(b"RIFF"):
        wav.check_header(content, name)
        size, stated = wav.samples(content)
    elif tag := XING.search(content):
        size, stated = len(content) - content.rfind(b"\xff", 0, tag.start()), int.from_bytes(tag[1], "big")
    remedy = "copy it again or remove it"
    if size < stated:
        raise DataError(f"cut off after {size} of {stated} bytes", file=name, remedy=remedy)
    if content.startswith(b"OggS") and not _is_last_page(content[content.rfind(b"OggS") :]):
        raise DataError("cut off: its last page is missing", file=name, remedy=remedy)


def _is_last_page(page: bytes) -> bool:
    """Return whether an Ogg page is complete and the last one of its stream."""
    return len(page) > 26 and bool(page[5] & 4) and len(page) >= 27 + page[26] + sum(page[27 : 27 + page[26]])


def resampled(values: np.ndarray, sampling_rate: float, new_rate: float) -> np.ndarray:
    """Resample a recording, with a low-pass filter against aliasing.

    Args:
        values: (steps,) float32.
        sampling_rate: sampling rate of the values, in Hz.
        new_rate: the new sampling rate, in Hz.

    Returns:
        (ceil(steps * new_rate / sampling_rate),) float32; `values` itself if the rates are equal.
    """
    if sampling_rate == new_rate:
        return values
    from scipy.signal import resample_poly

    ratio = (Fraction(new_rate) / Fraction(sampling_rate)).limit_denominator(1000)
    return resample_poly(values, ratio.numerator, ratio.denominator).astype(np.float32)
