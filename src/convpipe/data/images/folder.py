"""Your own pictures: a folder a class, or train/ and test/ with such folders."""

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
from convpipe.data.images.files import Seen, decode, look_at
from convpipe.data.lazy import LazyFiles
from convpipe.data.new_samples import Known, NewSamples, file_samples
from convpipe.registry import register_reader

PICTURES = Wanted("pictures", (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".webp"))

#: field of Seen -> what is done to such pictures.
CONVERTED = {
    "alpha": "an alpha channel, whose transparent parts are laid on white",
    "deep": "16 bits a value, 0 to 65,535, which are kept",
    "deep_color": "16 bits a color, of which 8 are kept",
    "frames": "several frames, of which the first is taken",
    "printed": "colors for print (CMYK), which become red, green and blue",
}


@dataclass
class ImageFolderSettings(DataSettings):
    """Your own pictures: a folder a class, or train/ and test/ with such folders."""

    name: str = "image_folder"
    reader: str = "image_folder"
    path: str = setting(MISSING, "folder that holds a folder a class")
    color: str = setting("auto", "auto: gray if every picture is; gray; rgb", choices=["auto", "gray", "rgb"])


def read_new(
    data: ImageFolderSettings, path: Path, known: Known, report: Callable[[str], None]
) -> Iterator[NewSamples]:
    """New pictures, which may lie in folders of classes; arguments as in `convpipe.data.new_samples.file_samples`."""
    yield from file_samples(path, PICTURES, partial(decode, gray=known.channels == 1), known, report)


@register_reader(ImageFolderSettings, "image", new=read_new)
def read(data: ImageFolderSettings, report: Callable[[str], None]) -> Dataset:
    """Pictures of any size, a folder a class; every file's head is read now, its pixels when they are asked for.

    Classes and official parts are those of `in_folders`. PNG, JPEG, BMP, GIF (its first frame) and WebP are read, as
    `decode` says.

    Args:
        data: the folder, and which colors to keep.
        report: is handed a line for whatever was left out or converted.

    Returns:
        Dataset of (height, width, channels) uint8, or uint16 where a picture has 16 bits a value; one channel or three
        for all of them; the sample id is the file, the hash is over names and contents.

    Raises:
        DataError: no such folder, no pictures, one class only, a class that is tested but not trained, or a file that
            is not a picture that can be opened.
    """
    root, digest = folder_of(data.path), hashlib.sha256()
    found = in_folders(root, PICTURES, report)
    seen = [look_at(path, content) for path, content in contents(root, found, digest)]
    gray = _gray(root, data.color, seen, report)
    for name, done in CONVERTED.items():
        if count := sum(getattr(each, name) for each in seen):
            report(f"{root}: {count} of {len(seen)} pictures have {done}")
    files = LazyFiles([each.path for each in found], partial(decode, gray=gray))
    channels = ("gray",) if gray else ("red", "green", "blue")
    return Dataset(files, sha256=digest.hexdigest(), channel_names=channels, modality="image", **described(root, found))


def _gray(root: Path, color: str, seen: list[Seen], report: Callable[[str], None]) -> bool:
    """Whether all pictures become gray, with a line where some of them change."""
    grays = sum(each.gray for each in seen)
    gray = color == "gray" or (color == "auto" and grays == len(seen))
    changed = len(seen) - grays if gray else grays
    if changed:
        what = "in color become gray" if gray else "gray become red, green and blue of the same value"
        mixed = "; data.color=gray makes all of them gray" if color == "auto" else ""
        report(f"{root}: {changed} of {len(seen)} pictures that are {what}{mixed}")
    return gray
