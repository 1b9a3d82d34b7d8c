"""The chunks of WAV files, which libsndfile takes as it finds them."""

import struct

from convpipe.errors import DataError

#: A file that was written to a pipe states this size or more, or none: its samples go on to the end of the file.
UNKNOWN_SIZE = 0x7FFFF000
#: Formats whose samples are integers or floating point, without compression.
PLAIN = (1, 3)


def chunk(content: bytes, name: bytes) -> tuple[int, int]:
    """Where a chunk begins, and its stated size in bytes; the end of the file and 0 where there is none."""
    at = 12
    while at + 8 <= len(content):
        found, size = struct.unpack_from("<4sI", content, at)
        at += 8
        if found == name:
            return at, size
        at += size + size % 2
    return len(content), 0


def check_header(content: bytes, name: str) -> None:
    """Refuse a file whose header contradicts itself.

    The stated size of the whole file is not compared, since some writers state a wrong one.

    Raises:
        DataError: samples of another width than stated.
    """
    at, size = chunk(content, b"fmt ")
    if size < 16 or at + 16 > len(content):
        return  # libsndfile refuses it
    kind, channels, _, _, block, bits = struct.unpack_from("<HHIIHH", content, at)
    if kind in PLAIN and channels and bits and block != channels * -(-bits // 8):
        message = f"its header contradicts itself ({channels} channels of {bits} bits in {block} bytes)"
        raise DataError(message, file=name, value=block, remedy="copy it again or remove it")


def samples(content: bytes) -> tuple[int, int]:
    """Bytes of samples that are there, and that the file states; the latter 0 where it states none."""
    at, size = chunk(content, b"data")
    return len(content) - at, 0 if size >= UNKNOWN_SIZE else size


def states_no_size(content: bytes) -> bool:
    """Whether the size of a file's samples was never filled in, as the writer could not go back to its header."""
    if not content.startswith(b"RIFF"):
        return False
    at, size = chunk(content, b"data")
    whole = struct.unpack_from("<I", content, 4)[0] if len(content) >= 8 else 0
    return at < len(content) and (size >= UNKNOWN_SIZE or (size == 0 and whole + 8 <= at))


def with_size(content: bytes) -> bytes:
    """The same file with a header that states the samples that are there."""
    at, _ = chunk(content, b"data")
    return content[: at - 4] + struct.pack("<I", len(content) - at) + content[at:]
