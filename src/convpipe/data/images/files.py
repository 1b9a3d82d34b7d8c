"""Picture files to arrays of pixels, with Pillow."""

import io
import warnings
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from convpipe.data.folders import read_bytes
from convpipe.errors import DataError

#: Signature of PNG files.
PNG = b"\x89PNG\r\n\x1a\n"
GRAY_MODES = ("1", "L", "LA", "I", "I;16", "I;16B")


@dataclass(frozen=True)
class PictureHeader:
    """Properties of a picture: whether it is gray, may be transparent, has 16 bits per gray value or per color, has
    several frames, or has colors for print (CMYK)."""

    is_gray: bool
    has_alpha: bool
    is_16_bit: bool = False
    is_16_bit_color: bool = False
    is_animated: bool = False
    is_cmyk: bool = False


def decode(path: Path, gray: bool) -> np.ndarray:
    """Return the pixels of a picture file; see `decode_bytes`."""
    return decode_bytes(read_bytes(path), path, gray)


def decode_bytes(content: bytes, name: Path | str, gray: bool) -> np.ndarray:
    """Return the pixels of a picture: (height, width, 1) uint8 if `gray`, else (height, width, 3).

    The camera's orientation (EXIF) is applied. Transparent parts are blended with white. Color becomes gray by ITU-R
    BT.601 (0.299 red, 0.587 green, 0.114 blue). Of several frames, the first is used. Gray values of 16 bits are kept
    as uint16; colors of 16 bits are reduced to 8.

    Args:
        content: the bytes of the file.
        name: name of the file in errors.
        gray: whether to convert to gray.

    Raises:
        DataError: the file is broken, too large or not a picture.
    """
    from PIL import Image, ImageOps

    with _named(name), Image.open(io.BytesIO(content)) as file:
        picture = ImageOps.exif_transpose(file)
        picture.load()
        if picture.mode.startswith("I"):  # 16 bits per value, 0 to 65,535
            values = np.asarray(picture).clip(0, 65535).astype(np.uint16)[..., None]
            return values if gray else np.repeat(values, 3, axis=2)
        if picture.has_transparency_data:
            picture = picture.convert("RGBA")
            picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
        pixels = np.asarray(picture.convert("RGB").convert("L") if gray else picture.convert("RGB"))
    return pixels[..., None] if gray else pixels


def read_header(path: Path, content: bytes) -> PictureHeader:
    """Read the header of a picture without decoding its pixels.

    Raises:
        DataError: the file is empty, not a picture or too large, or the picture is less than 2 pixels wide or high.
    """
    from PIL import Image

    if content.startswith(PNG):
        _check_png(path, content)
    with _named(path), Image.open(io.BytesIO(content)) as picture:
        (width, height), is_gray, has_alpha = picture.size, _is_gray(picture), picture.has_transparency_data
        is_16_bit, is_animated = picture.mode.startswith("I"), getattr(picture, "is_animated", False)
        # Byte 24 of a PNG file is its bit depth. Pillow reduces colors to 8 bits.
        is_16_bit_color = picture.format == "PNG" and content[24] == 16 and not is_16_bit
    if min(width, height) < 2:
        raise DataError(f"an image of {height} x {width} pixels, smaller than 2 x 2", file=path, remedy="remove it")
    return PictureHeader(is_gray, has_alpha, is_16_bit, is_16_bit_color, is_animated, picture.mode == "CMYK")


def _check_png(path: Path, content: bytes) -> None:
    """Raise DataError for a PNG file with a truncated chunk or a wrong checksum.

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
    message = "cannot be read (damaged: a checksum is wrong, or the end is missing)"
    raise DataError(message, file=path, remedy="copy it again or remove it")


@contextmanager
def _named(path: Path | str):
    """Turn errors of Pillow in the block into a DataError that names the file."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            yield
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        message = f"an image of more than {Image.MAX_IMAGE_PIXELS:,} pixels"
        raise DataError(message, file=path, remedy="make it smaller or remove it") from None
    except Exception as error:  # broken files make Pillow raise nearly anything
        reason = "not an image" if type(error).__name__ == "UnidentifiedImageError" else str(error).split("\n")[0]
        raise DataError(f"cannot be read ({reason})", file=path, remedy="correct or remove the file") from None


def _is_gray(picture) -> bool:
    if picture.mode == "P":
        colors = np.reshape(picture.getpalette(), (-1, 3))
        return bool((colors == colors[:, :1]).all())
    return picture.mode in GRAY_MODES
