"""The reader of the user's pictures: one folder per class, or train/ and test/ with such folders."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from omegaconf import MISSING

from convpipe.config.data import DataSettings
from convpipe.config.schema import setting
from convpipe.data.dataset import Dataset
from convpipe.data.folders import Wanted, contents, described, folder_of, in_folders
from convpipe.data.images.files import PictureHeader, decode, read_header
from convpipe.data.lazy import LazyFiles
from convpipe.data.new_samples import Known, NewSamples, file_samples
from convpipe.registry import register_reader

PICTURES = Wanted("images", (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".webp"))

#: field of PictureHeader -> description of such pictures and of their conversion.
CONVERTED = {
    "has_alpha": "an alpha channel; transparent parts become white",
    "is_16_bit": "16 bits per value (0 to 65,535), which are kept",
    "is_16_bit_color": "16 bits per color, reduced to 8",
    "is_animated": "several frames; the first is used",
    "is_cmyk": "colors for print (CMYK), converted to red, green and blue",
}


@dataclass
class ImageFolderSettings(DataSettings):
    """Your own pictures: one folder per class, or train/ and test/ with such folders."""

    name: str = "image_folder"
    reader: str = "image_folder"
    path: str = setting(MISSING, "folder with one folder per class, or train/ and test/ with such folders")
    color: str = setting("auto", "auto: gray if all images are; gray; rgb", choices=["auto", "gray", "rgb"])


def read_new(
    data: ImageFolderSettings, path: Path, known: Known, report: Callable[[str], None]
) -> Iterator[NewSamples]:
    """Yield new pictures, optionally in folders of classes; arguments as `convpipe.data.new_samples.file_samples`."""
    yield from file_samples(path, PICTURES, partial(decode, gray=known.channels == 1), known, report)


@register_reader(ImageFolderSettings, "image", new=read_new)
def read(data: ImageFolderSettings, report: Callable[[str], None]) -> Dataset:
    """Read pictures of any size, one folder per class. Headers are read now, pixels on access.

    Classes and official parts are those of `in_folders`. The formats are PNG, JPEG, BMP, GIF (first frame) and WebP;
    see `decode_bytes` for conversions.

    Args:
        data: the folder and the color mode.
        report: called with a line for everything that is left out or converted.

    Returns:
        Dataset of (height, width, channels) uint8, or uint16 for a picture with 16 bits per value; all pictures have
        one channel, or all have three. The sample id is the path; the hash covers names and contents.

    Raises:
        DataError: no such folder, no pictures, one class only, a class in the test part but not in the training part,
            or a file that cannot be opened as a picture.
    """
    root, digest = folder_of(data.path), hashlib.sha256()
    found = in_folders(root, PICTURES, report)
    headers = [read_header(path, content) for path, content in contents(root, found, digest)]
    gray = _all_gray(root, data.color, headers, report)
    for name, conversion in CONVERTED.items():
        if count := sum(getattr(each, name) for each in headers):
            report(f"{root}: {count} of {len(headers)} images have {conversion}")
    files = LazyFiles([each.path for each in found], partial(decode, gray=gray))
    channels = ("gray",) if gray else ("red", "green", "blue")
    return Dataset(files, sha256=digest.hexdigest(), channel_names=channels, modality="image", **described(root, found))


def _all_gray(root: Path, color: str, headers: list[PictureHeader], report: Callable[[str], None]) -> bool:
    """Return whether all pictures become gray, and report how many are converted."""
    gray_count = sum(each.is_gray for each in headers)
    gray = color == "gray" or (color == "auto" and gray_count == len(headers))
    converted = len(headers) - gray_count if gray else gray_count
    if converted:
        kind, target = ("in color", "gray") if gray else ("gray", "color")
        hint = "; data.color=gray makes all of them gray" if color == "auto" else ""
        report(f"{root}: {converted} of {len(headers)} images are {kind} and are converted to {target}{hint}")
    return gray
