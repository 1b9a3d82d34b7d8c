"""The reader's own pictures: a folder a class, or train/ and test/ with such folders."""

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from convpipe.config.images import ImageFolder
from convpipe.data.images.files import ImageFiles, Seen, look_at
from convpipe.data.samples import Samples
from convpipe.errors import DataError

SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp"}


@dataclass(frozen=True)
class Found:
    """A picture: its file, its class, and whether it stands in the official test part."""

    path: Path
    label: str
    is_test: bool


def read(data: ImageFolder, report: Callable[[str], None]) -> Samples:
    """Pictures of any size, a folder a class; every file's head is read now, its pixels when they are asked for.

    A class is a folder's name, and folders within it belong to it. Where the folder holds `train/` and `test/`, and
    each of them folders, these are the official parts. PNG, JPEG, BMP, GIF (its first frame) and WebP are read, as
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
    root = Path(data.path)
    if not root.is_dir():
        raise DataError(f"{root} is not a folder; check data.path")
    official = _has_parts(root)
    found, skipped = [], Counter()
    for part in ("train", "test") if official else (".",):
        found += _pictures(root / part, part == "test", skipped)
    if not found:
        raise DataError(f"{root} holds no pictures in folders; put each class into a folder of its own ({_known()})")
    for reason, count in sorted(skipped.items()):
        report(f"{root}: left out {count} {reason}")
    names = sorted({each.label for each in found if not each.is_test})
    _check_classes(root, found, names)
    seen, sha256 = _look_at_all(root, found)
    files = ImageFiles([each.path for each in found], _grey(root, data.colour, seen, report))
    return Samples(
        inputs=files,
        labels=np.array([names.index(each.label) for each in found], np.int64),
        class_names=tuple(names),
        origins=[str(each.path) for each in found],
        source=str(root),
        sha256=sha256,
        is_test=np.array([each.is_test for each in found]) if official else None,
        channel_names=("grey",) if files.grey else ("red", "green", "blue"),
        kind="image",
    )


def _has_parts(root: Path) -> bool:
    """Whether train/ and test/ are parts, and not two classes: both hold folders."""
    return all(
        (root / part).is_dir() and any(each.is_dir() for each in (root / part).iterdir()) for part in ("train", "test")
    )


def _pictures(folder: Path, is_test: bool, skipped: Counter) -> list[Found]:
    """The pictures of each class in `folder`, in the order of their names; what else there is gets counted."""
    found = []
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith("."):
            skipped["hidden files or folders"] += 1
        elif not entry.is_dir():
            skipped["files that stand in no class's folder"] += 1
        else:
            found += [Found(path, entry.name, is_test) for path in _files(entry, skipped)]
    return found


def _files(folder: Path, skipped: Counter) -> list[Path]:
    """The pictures in the folder of one class and in the folders within it."""
    kept, before = [], sum(skipped.values())
    for path in sorted(folder.rglob("*")):
        if path.is_dir():
            continue
        if any(piece.startswith(".") for piece in path.relative_to(folder).parts):
            skipped["hidden files or folders"] += 1
        elif path.suffix.lower() not in SUFFIXES:
            skipped[f"files that are no pictures by their names ({_known()} are)"] += 1
        else:
            kept.append(path)
    if not kept and sum(skipped.values()) == before:
        skipped["empty folders"] += 1
    return kept


def _known() -> str:
    return ", ".join(sorted(SUFFIXES))


def _check_classes(root: Path, found: list[Found], names: list[str]) -> None:
    untrained = sorted({each.label for each in found} - {*names})
    if untrained:
        raise DataError(f"{root}/test has pictures of {untrained[0]}, but {root}/train has none")
    if len(names) < 2:
        raise DataError(f"{root}: pictures of one class only ({names[0]}); a classifier needs two folders or more")


def _look_at_all(root: Path, found: list[Found]) -> tuple[list[Seen], str]:
    """What the head of each file says, and the hash of names and contents."""
    seen, digest = [], hashlib.sha256()
    for each in found:
        try:
            content = each.path.read_bytes()
        except OSError as error:
            raise DataError(f"{each.path}: {error.strerror}") from None
        seen.append(look_at(each.path, content))
        digest.update(f"{each.path.relative_to(root).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return seen, digest.hexdigest()


def _grey(root: Path, colour: str, seen: list[Seen], report: Callable[[str], None]) -> bool:
    """Whether all pictures become grey, with a line where some of them change."""
    greys = sum(each.grey for each in seen)
    grey = colour == "grey" or (colour == "auto" and greys == len(seen))
    changed = len(seen) - greys if grey else greys
    if changed:
        what = "in colour become grey" if grey else "grey become red, green and blue of the same value"
        mixed = "; data.colour=grey makes all of them grey" if colour == "auto" else ""
        report(f"{root}: {changed} of {len(seen)} pictures that are {what}{mixed}")
    alpha = sum(each.alpha for each in seen)
    if alpha:
        report(
            f"{root}: {alpha} of {len(seen)} pictures have an alpha channel, whose transparent parts are laid on white"
        )
    return grey
