"""The encoding of a text file, recognized from its bytes."""

from pathlib import Path

from convpipe.errors import DataError

#: Byte order mark -> encoding; a mark that starts with another one comes first.
MARKS = {
    b"\xef\xbb\xbf": "utf-8",
    b"\xff\xfe\x00\x00": "utf-32-le",
    b"\x00\x00\xfe\xff": "utf-32-be",
    b"\xff\xfe": "utf-16-le",
    b"\xfe\xff": "utf-16-be",
}


def as_utf8(content: bytes, path: Path) -> tuple[bytes, str]:
    """Convert a text file to UTF-8 without a byte order mark; also return its original encoding.

    Args:
        content: the bytes of the whole file.
        path: path of the file, for errors.

    Raises:
        DataError: a NUL byte, or bytes that are invalid in the recognized encoding.

    >>> as_utf8("é".encode("utf-16"), Path("a.csv"))[1]
    'utf-16-le'
    """
    for mark, encoding in MARKS.items():
        if content.startswith(mark):
            return _recoded(content[len(mark) :], encoding, path), encoding
    encoding = _encoding(content)
    converted = content if encoding == "utf-8" else _recoded(content, encoding, path)
    nul = converted.find(b"\0")
    if nul >= 0:
        remedy = "save the file again; it is damaged or not text"
        raise DataError("a NUL byte", file=path, line=converted.count(b"\n", 0, nul) + 1, remedy=remedy)
    return converted, encoding


def _encoding(content: bytes) -> str:
    """Recognize text without a byte order mark: UTF-16 if many bytes at odd or even positions are NUL, UTF-8 if it is
    valid, else Latin-1."""
    head = content[:4096]
    for encoding, zeros, letters in (("utf-16-le", head[1::2], head[::2]), ("utf-16-be", head[::2], head[1::2])):
        if len(content) > 8 and zeros.count(0) > len(zeros) * 0.7 and not letters.count(0):
            return encoding
    if content.isascii():
        return "utf-8"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"


def _recoded(content: bytes, encoding: str, path: Path) -> bytes:
    try:
        return content if encoding == "utf-8" else content.decode(encoding).encode("utf-8")
    except UnicodeError as error:
        message = f"the file starts like {encoding}, but has invalid bytes ({error.args[-1]})"
        raise DataError(message, file=path, remedy="save the file again in UTF-8") from None
