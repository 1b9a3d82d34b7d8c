"""Wav files to samples between -1 and 1: PCM of 8, 16, 24 and 32 bits, floating point of 32 and 64, any channels.

Read here and not by a library, because a recording that is cut off must be refused and not come out shorter, and
because the header alone is wanted first. Format: Microsoft and IBM, "Multimedia programming interface and data
specifications 1.0" (1991), chapter 3; for WAVE_FORMAT_EXTENSIBLE the header file mmreg.h of Windows.
"""

import struct
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from convpipe.errors import DataError

#: (format tag, bits of a sample) -> its type in NumPy; three bytes have none, see `_integers`.
ENCODINGS = {(1, 8): "u1", (1, 16): "<i2", (1, 24): "i3", (1, 32): "<i4", (3, 32): "<f4", (3, 64): "<f8"}
EXTENSIBLE = 0xFFFE
UNKNOWN_SIZE = 0xFFFFFFFF  # of a recording that was written into a pipe: it goes on to the end of the file
TAGS = {2: "ADPCM", 6: "A-law", 7: "mu-law", 0x55: "MP3"}


@dataclass(frozen=True)
class Header:
    """What a wav file says of itself.

    Args:
        sampling_rate: steps a second in Hz.
        channels: 1 for mono, 2 for stereo.
        steps: samples of each channel.
        encoding: a value of `ENCODINGS`.
        start: where the samples begin in the file, in bytes.
    """

    sampling_rate: int
    channels: int
    steps: int
    encoding: str
    start: int

    @property
    def width(self) -> int:
        """Bytes of one sample of one channel."""
        return int(self.encoding[-1])


def read_header(content: bytes, name: str) -> Header:
    """The header of a whole wav file.

    Args:
        content: the bytes of the file.
        name: what to call it in an error.

    Raises:
        DataError: not a wav file, one that is empty or cut off, or an encoding that is compressed.
    """
    chunks = _chunks(content, name)
    if b"fmt " not in chunks or b"data" not in chunks or chunks[b"fmt "][1] < 16:
        raise DataError(f"{name}: a broken wav file, without a format or without samples; write it anew")
    at, size = chunks[b"fmt "]
    tag, channels, rate, _, block, bits = struct.unpack_from("<HHIIHH", content, at)
    if tag == EXTENSIBLE and size >= 40:
        (tag,) = struct.unpack_from("<H", content, at + 24)
    if (tag, bits) not in ENCODINGS:
        raise DataError(f"{name}: samples of {TAGS.get(tag, f'format {tag}')}, {bits} bits; save it as PCM of 16 bits")
    if not channels or not rate or block != channels * bits // 8:
        raise DataError(f"{name}: a broken wav file ({channels} channels, {rate} Hz, {block} bytes a step)")
    start, size = chunks[b"data"]
    there = len(content) - start
    size = there if size == UNKNOWN_SIZE else size
    if size > there or size % block:
        raise DataError(f"{name}: cut off, {there} of {size} bytes of samples are there; copy it anew or remove it")
    if not size:
        raise DataError(f"{name}: holds no samples; remove it")
    return Header(rate, channels, size // block, ENCODINGS[tag, bits], start)


def _chunks(content: bytes, name: str) -> dict[bytes, tuple[int, int]]:
    """Where each chunk begins and how many bytes it claims to have; the first of its kind."""
    if not content:
        raise DataError(f"{name}: an empty file; remove it")
    if content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        raise DataError(f"{name}: not a wav file, whatever its name says; convert it")
    found, at = {}, 12
    while at + 8 <= len(content):
        kind, size = struct.unpack_from("<4sI", content, at)
        if at + 8 + size <= len(content) or kind == b"data":
            found.setdefault(kind, (at + 8, size))
        at += 8 + size + size % 2
    return found


def decode(content: bytes, name: str) -> tuple[np.ndarray, int]:
    """The samples of a whole wav file, several channels mixed down to one by their mean.

    Args:
        content: the bytes of the file.
        name: what to call it in an error.

    Returns:
        (steps,) float32, integers as shares of their full scale (-1 to 1), floating point as it is; and the sampling
        rate in Hz.

    Raises:
        DataError: as `read_header`, or samples that are not finite numbers.
    """
    header = read_header(content, name)
    raw = content[header.start : header.start + header.steps * header.channels * header.width]
    values = np.frombuffer(raw, header.encoding).astype(np.float64) if header.encoding != "i3" else _integers(raw)
    if header.encoding == "u1":
        values = (values - 128) / 128
    elif "f" not in header.encoding:
        values = values / 2.0 ** (8 * header.width - 1)
    if not np.isfinite(values).all():
        raise DataError(f"{name}: holds samples that are not finite numbers; mend or remove it")
    return values.reshape(-1, header.channels).mean(axis=1).astype(np.float32), header.sampling_rate


def _integers(raw: bytes) -> np.ndarray:
    """Little-endian integers of three bytes as float64."""
    wide = np.zeros((len(raw) // 3, 4), np.uint8)
    wide[:, 1:] = np.frombuffer(raw, np.uint8).reshape(-1, 3)  # in the upper bytes, so that the sign is right
    return wide.view("<i4").ravel() / 256.0


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
