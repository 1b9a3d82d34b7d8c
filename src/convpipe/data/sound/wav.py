"""Checks of the chunks of WAV files, which libsndfile accepts unchecked."""

import struct

from convpipe.errors import DataError

#: A file that was written to a pipe states this size or more, or zero; its data extend to the end of the file.
UNKNOWN_SIZE = 0x7FFFF000
#: Formats without compression: integers and floating point.
PLAIN = (1, 3)


def chunk(content: bytes, name: bytes) -> tuple[int, int]:
    """Return the start of a chunk's data and its stated size in bytes; the end of the file and 0 without the chunk."""
    at = 12
    while at + 8 <= len(content):
        found, size = struct.unpack_from("<4sI", content, at)
        at += 8
        if found == name:
            return at, size
        at += size + size % 2
    return len(content), 0


def check_header(content: bytes, name: str) -> None:
    """Refuse a file with an inconsistent header.

    The stated size of the whole file is not checked, since some programs write a wrong one.

    Raises:
        DataError: the bytes per sample do not match the stated bits.
    """
    at, size = chunk(content, b"fmt ")
    if size < 16 or at + 16 > len(content):
        return  # libsndfile refuses it
    format_code, channels, _, _, block, bits = struct.unpack_from("<HHIIHH", content, at)
    if format_code in PLAIN and channels and bits and block != channels * -(-bits // 8):
        message = f"its header contradicts itself ({channels} channels of {bits} bits in {block} bytes)"
        raise DataError(message, file=name, value=block, remedy="copy it again or remove it")


def samples(content: bytes) -> tuple[int, int]:
    """Return the actual and the stated number of bytes of samples; the latter is 0 if the file states none."""
    at, size = chunk(content, b"data")
    return len(content) - at, 0 if size >= UNKNOWN_SIZE else size


def states_no_size(content: bytes) -> bool:
    """Return whether the size of the samples was never filled in, because the writer could not seek to the header."""
    if not content.startswith(b"RIFF"):
        return False
    at, size = chunk(content, b"data")
    whole = struct.unpack_from("<I", content, 4)[0] if len(content) >= 8 else 0
    return at < len(content) and (size >= UNKNOWN_SIZE or (size == 0 and whole + 8 <= at))


def with_size(content: bytes) -> bytes:
    """Return the file with the actual size of its samples in the header."""
    at, _ = chunk(content, b"data")
    return content[: at - 4] + struct.pack("<I", len(content) - at) + content[at:]
