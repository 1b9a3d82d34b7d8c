"""The reader's own pictures: a folder a class, or train/ and test/ with such folders."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from convpipe.config.images import ImageFolder
from convpipe.data.folders import Wanted, contents, described, folder_of, in_folders
from convpipe.data.images.files import ImageFiles, Seen, look_at
from convpipe.data.samples import Samples

PICTURES = Wanted("pictures", (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".webp"))

#: field of Seen -> what is done to such pictures.
CONVERTED = {
    "alpha": "an alpha channel, whose transparent parts are laid on white",
    "deep": "16 bits a value; 0 to 65,535 becomes 0 to 255",
    "frames": "several frames, of which the first is taken",
    "printed": "colours for print (CMYK), which become red, green and blue",
}


def read(data: ImageFolder, report: Callable[[str], None]) -> Samples:
    """Pictures of any size, a folder a class; every file's head is read now, its pixels when they are asked for.

    Classes and official parts are those of `in_folders`. PNG, JPEG, BMP, GIF (its first frame) and WebP are read, as
    `ImageFiles` says.

    Args:
        data: the folder, and which colours to keep.
        report: is handed a line for whatever was left out or converted.

    Returns:
        Samples of (height, width, channels) uint8, one channel or three for all of them; the origin is the file, the
        hash is over names and contents.

    Raises:
        DataError: no such folder, no pictures, one class only, a class that is tested but not trained, or a file that
            is not a picture that can be opened.
    """
    root = folder_of(data.path)
    found = in_folders(root, PICTURES, report)
    digest = hashlib.sha256()
    seen = [look_at(path, content) for path, content in contents(root, found, digest)]
    files = ImageFiles([each.path for each in found], _grey(root, data.colour, seen, report))
    _say_converted(root, seen, report)
    channels = ("grey",) if files.grey else ("red", "green", "blue")
    return Samples(files, sha256=digest.hexdigest(), channel_names=channels, kind="image", **described(root, found))


def _grey(root: Path, colour: str, seen: list[Seen], report: Callable[[str], None]) -> bool:
    """Whether all pictures become grey, with a line where some of them change."""
    greys = sum(each.grey for each in seen)
    grey = colour == "grey" or (colour == "auto" and greys == len(seen))
    changed = len(seen) - greys if grey else greys
    if changed:
        what = "in colour become grey" if grey else "grey become red, green and blue of the same value"
        mixed = "; data.colour=grey makes all of them grey" if colour == "auto" else ""
        report(f"{root}: {changed} of {len(seen)} pictures that are {what}{mixed}")
    return grey


def _say_converted(root: Path, seen: list[Seen], report: Callable[[str], None]) -> None:
    for name, done in CONVERTED.items():
        if count := sum(getattr(each, name) for each in seen):
            report(f"{root}: {count} of {len(seen)} pictures have {done}")
