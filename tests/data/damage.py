"""What happens to files: bytes that are lost, added or changed, and rows and cells that are edited by hand."""

import re

#: What is put in: signs that formats give a meaning to.
SIGNS = (
    *(b'"', b"'", b"\n", b"\r", b"\t", b",", b";", b":", b" ", b".", b"-", b"{", b"#", b"%", b"?", b"\0", b"\xff"),
    *(b"0", b"1", b"a", b"nan", b"1e999", b"\xe2\x80\xa8", b"9" * 30),
)
#: Accidents of any file, and of text.
OF_BYTES = (
    *("cut off", "left out", "put in", "put over", "twice", "flipped", "bit flipped", "last bytes left out"),
    *("appended", "zeros"),
)
OF_TEXT = (
    *("row twice", "row left out", "blank row", "cut off behind a row", "rows exchanged", "mark left out"),
    *("mark twice", "cut off behind a mark", "digit to letter", "point to comma", "cell left out"),
)
#: Changes that keep what a text file holds.
HARMLESS = {
    "line ends of Windows": lambda content: content.replace(b"\n", b"\r\n"),
    "byte order mark": lambda content: b"\xef\xbb\xbf" + content,
    "no line end at the end": lambda content: content.rstrip(b"\n"),
    "blank lines at the end": lambda content: content + b"\n\n",
    "UTF-16": lambda content: content.decode().encode("utf-16"),
    "line ends of the old Macintosh": lambda content: content.replace(b"\n", b"\r"),
}


def damaged(content: bytes, how: str, at: float, length: int, sign: bytes) -> bytes:
    """The bytes of a file after one accident.

    Args:
        content: of the file.
        how: one of OF_BYTES or OF_TEXT.
        at: where, from 0 (the start) to 1.
        length: number of bytes, where it matters.
        sign: what is put in, where something is.
    """
    if "row" in how:
        return b"".join(_rows(content.splitlines(keepends=True), how, at))
    if how in OF_TEXT:
        return _cells(content, how, at)
    place = min(int(at * len(content)), len(content) - 1)
    before, piece, rest = content[:place], content[place : place + length], content[place + length :]
    return {
        "cut off": before,
        "left out": before + rest,
        "put in": before + sign + content[place:],
        "put over": before + sign + content[place + len(sign) :],
        "twice": before + piece + piece + rest,
        "flipped": before + bytes(255 - byte for byte in piece) + rest,
        "bit flipped": before + bytes([content[place] ^ (1 << length % 8)]) + content[place + 1 :],
        "last bytes left out": content[:-length],
        "appended": content + sign * 3,
        "zeros": before + b"\0" * len(piece) + rest,
    }[how]


def _rows(rows: list[bytes], how: str, at: float) -> list[bytes]:
    row = min(int(at * len(rows)), len(rows) - 1)
    if how == "rows exchanged":
        other = max(row - 1, 0)
        return [*rows[:other], rows[row], rows[other], *rows[row + 1 :]] if other < row else rows
    return {
        "row twice": [*rows[:row], rows[row], *rows[row:]],
        "row left out": [*rows[:row], *rows[row + 1 :]],
        "blank row": [*rows[:row], b"\n", *rows[row:]],
        "cut off behind a row": rows[:row],
    }[how]


def _cells(content: bytes, how: str, at: float) -> bytes:
    wanted = {"digit to letter": rb"\d", "point to comma": rb"\."}.get(how, rb"[,\t:]| +")
    places = [found.start() for found in re.finditer(wanted, content)] or [0]
    place = places[min(int(at * len(places)), len(places) - 1)]
    end = place + 1 + len(re.match(rb"[^,\t:\n ]*", content[place + 1 :])[0])
    return {
        "mark left out": content[:place] + content[place + 1 :],
        "mark twice": content[: place + 1] + content[place:],
        "cut off behind a mark": content[: place + 1],
        "digit to letter": content[:place] + b"l" + content[place + 1 :],
        "point to comma": content[:place] + b"," + content[place + 1 :],
        "cell left out": content[: place + 1] + content[end:],
    }[how]
