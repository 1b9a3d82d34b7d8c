"""Picture files to arrays of pixels, by Pillow."""

import io
import warnings
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from convpipe.data.folders import read_bytes
from convpipe.errors import DataError

#: How a PNG file begins.
PNG = b"\x89PNG\r\n\x1a\n"
GRAY_MODES = ("1", "L", "LA", "I", "I;16", "I;16B")


@dataclass(frozen=True)
class Seen:
    """What the head of a picture says: whether it is gray, may have transparent parts, holds 16 bits a gray value or a
    color, several frames, or colors for print (CMYK)."""

    gray: bool
    alpha: bool
    deep: bool = False
    deep_color: bool = False
    frames: bool = False
    printed: bool = False


def decode(path: Path, gray: bool) -> np.ndarray:
    """The pixels of one picture file; see `decode_bytes`."""
    return decode_bytes(read_bytes(path), path, gray)


def decode_bytes(content: bytes, name: Path | str, gray: bool) -> np.ndarray:
    """The pixels of one picture: (height, width, 1) uint8 where `gray`, else (height, width, 3).

    The camera's orientation (EXIF) is applied, transparent parts are laid on white, color becomes gray by ITU-R BT.601
    (0.299 red, 0.587 green, 0.114 blue), and of several frames the first is taken. Gray values of 16 bits are kept, as
    uint16; of colors of 16 bits, 8 are kept.

    Args:
        content: the bytes of the file.
        name: what to call it in an error.
        gray: whether the picture becomes gray.

    Raises:
        DataError: the file is broken, too large or no picture.
    """
    from PIL import Image, ImageOps

    with _named(name), Image.open(io.BytesIO(content)) as file:
        picture = ImageOps.exif_transpose(file)
        picture.load()
        if picture.mode.startswith("I"):  # 16 bits a value, 0 to 65,535
            deep = np.asarray(picture).clip(0, 65535).astype(np.uint16)[..., None]
            return deep if gray else np.repeat(deep, 3, axis=2)
        if picture.has_transparency_data:
            picture = picture.convert("RGBA")
            picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
        pixels = np.asarray(picture.convert("RGB").convert("L") if gray else picture.convert("RGB"))
    return pixels[..., None] if gray else pixels


def look_at(path: Path, content: bytes) -> Seen:
    """What a picture's head says, without decoding its pixels.

    Raises:
        DataError: the file is empty, no picture, too large, or an image of one pixel.
    """
    from PIL import Image

    if content.startswith(PNG):
        _check_png(path, content)
    with _named(path), Image.open(io.BytesIO(content)) as picture:
        (width, height), gray, alpha = picture.size, _is_gray(picture), picture.has_transparency_data
        deep, frames = picture.mode.startswith("I"), getattr(picture, "is_animated", False)
        # Byte 24 of a PNG file is its number of bits, of which Pillow keeps 8 where there are colors.
        deep_color = picture.format == "PNG" and content[24] == 16 and not deep
    if min(width, height) < 2:
        raise DataError(f"an image of {height} x {width} pixels, smaller than 2 x 2", file=path, remedy="remove it")
    return Seen(gray, alpha, deep, deep_color, frames, picture.mode == "CMYK")


def _check_png(path: Path, content: bytes) -> None:
    """Raise DataError for a PNG file with a chunk that is cut off or has another checksum.

    Pillow checks neither the checksum of the pixels nor whether all of them are there.
    """
    at = len(PNG)
    while at < len(content):
        size = int.from_bytes(content[at : at + 4])
        end = at + 8 + size
        if zlib.crc32(content[at + 4 : end]) != int.from_bytes(content[end : end + 4]) or len(content) < end + 4:
            break
        if content[at + 4 : at + 8] == b"IEND":
            return
        at = end + 4
    message, remedy = (
        "cannot be read (damaged: a checksum is wrong, or the end is missing)",
        "copy it again or remove it",
    )
    raise DataError(message, file=path, remedy=remedy)


@contextmanager
def _named(path: Path | str):
    """Whatever Pillow raises inside becomes an error that names the file."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            yield
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        message = f"a picture of more than {Image.MAX_IMAGE_PIXELS:,} pixels"
        raise DataError(message, file=path, remedy="make it smaller, or remove it") from None
    except Exception as error:  # broken files make Pillow's many readers raise nearly anything
        reason = "not a picture" if type(error).__name__ == "UnidentifiedImageError" else str(error).split("\n")[0]
        raise DataError(f"cannot be read ({reason})", file=path, remedy="correct or remove the file") from None


def _is_gray(picture) -> bool:
    if picture.mode == "P":
        colors = np.reshape(picture.getpalette(), (-1, 3))
        return bool((colors == colors[:, :1]).all())
    return picture.mode in GRAY_MODES
