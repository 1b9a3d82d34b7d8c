"""The encoding of a text file, recognized by its bytes."""

from pathlib import Path

from convpipe.errors import DataError

#: Byte order mark -> encoding; a mark that begins with another comes first.
MARKS = {
    b"\xef\xbb\xbf": "utf-8",
    b"\xff\xfe\x00\x00": "utf-32-le",
    b"\x00\x00\xfe\xff": "utf-32-be",
    b"\xff\xfe": "utf-16-le",
    b"\xfe\xff": "utf-16-be",
}


def as_utf8(content: bytes, path: Path) -> tuple[bytes, str]:
    """The bytes of a text file in UTF-8 without a byte order mark, and the encoding that they had.

    Args:
        content: of the whole file.
        path: what an error calls it.

    Raises:
        DataError: a NUL byte, or bytes that do not fit the mark at the start.

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
        remedy = "write the file again; it is damaged or no text"
        raise DataError("a NUL byte", file=path, line=converted.count(b"\n", 0, nul) + 1, remedy=remedy)
    return converted, encoding


def _encoding(content: bytes) -> str:
    """Of text without a mark: UTF-16 by its many NUL bytes at every other place, UTF-8 if it is valid, else Latin-1."""
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
        message = f"the file begins as {encoding} does, but {error.args[-1]}"
        raise DataError(message, file=path, remedy="write the file again in UTF-8") from None
