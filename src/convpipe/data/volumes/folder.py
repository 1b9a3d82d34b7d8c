"""The reader's own volumes: a folder a class, or train/ and test/ with such folders."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from convpipe.config.volumes import VolumeFolder
from convpipe.data.samples import Samples
from convpipe.data.volumes.files import SUFFIXES, VolumeFiles, read_bytes, read_volume
from convpipe.errors import DataError


@dataclass(frozen=True)
class Found:
    """A volume: its file, its class, and whether it stands in the official test part."""

    path: Path
    label: str
    is_test: bool


def read(data: VolumeFolder, report: Callable[[str], None]) -> Samples:
    """Volumes of any size; every file is read once now, so that a broken one is named, and again when it is asked for.

    A class is a folder's name. Where the folder holds `train/` and `test/`, and each of them folders, these are the
    official parts. NIfTI (.nii, .nii.gz) keeps its own order of axes, turned to right, front and top; NPY and NPZ hold
    (depth, height, width) or (depth, height, width, channels).

    Args:
        data: the folder.
        report: is handed a line for files that were left out.

    Returns:
        Samples of (depth, height, width, channels) float32; the origin is the file, the hash is over names and
        contents.

    Raises:
        DataError: no such folder, no volumes, one class only, a class that is tested but not trained, a file that
            cannot be read, channels that differ in number, NaN.
    """
    root = Path(data.path)
    if not root.is_dir():
        raise DataError(f"{root} is not a folder; check data.path")
    official = all(_folders(root / part) for part in ("train", "test"))
    found = [each for part in (("train", "test") if official else (".",)) for each in _volumes(root, part, report)]
    if not found:
        raise DataError(f"{root} holds no volumes ({', '.join(SUFFIXES)}) in folders; put each class into its own")
    names = sorted({each.label for each in found if not each.is_test})
    _check_classes(root, found, names)
    sha256, channels = _look_at_all(root, found)
    return Samples(
        inputs=VolumeFiles([each.path for each in found]),
        labels=np.array([names.index(each.label) for each in found], np.int64),
        class_names=tuple(names),
        origins=[str(each.path) for each in found],
        source=str(root),
        sha256=sha256,
        is_test=np.array([each.is_test for each in found]) if official else None,
        channel_names=tuple(f"channel {number}" for number in range(channels)),
        kind="volume",
    )


def _folders(folder: Path) -> list[Path]:
    """The folders in `folder` in the order of their names, hidden ones left out; none where it is no folder."""
    if not folder.is_dir():
        return []
    return sorted(each for each in folder.iterdir() if each.is_dir() and not each.name.startswith("."))


def _volumes(root: Path, part: str, report: Callable[[str], None]) -> list[Found]:
    """The volumes of each class in `root/part`, those in folders within a class among them."""
    found, others = [], 0
    for folder in _folders(root / part):
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        volumes = [path for path in files if path.name.lower().endswith(SUFFIXES) and not path.name.startswith(".")]
        if not volumes:
            report(f"{folder}: left out, it holds no volume ({', '.join(SUFFIXES)})")
        others += len(files) - len(volumes)
        found += [Found(path, folder.name, part == "test") for path in volumes]
    if others:
        report(f"{root / part}: left out {others} files that are no volumes by their names ({', '.join(SUFFIXES)} are)")
    return found


def _check_classes(root: Path, found: list[Found], names: list[str]) -> None:
    untrained = sorted({each.label for each in found} - {*names})
    if untrained:
        raise DataError(f"{root}/test has volumes of {untrained[0]}, but {root}/train has none")
    if len(names) < 2:
        raise DataError(f"{root}: volumes of one class only ({names[0]}); a classifier needs two folders or more")


def _look_at_all(root: Path, found: list[Found]) -> tuple[str, int]:
    """The hash of names and contents, and how many channels every volume has."""
    digest, first = hashlib.sha256(), None
    for each in found:
        content = read_bytes(each.path)
        channels = read_volume(each.path, content).shape[-1]
        if first is None:
            first = channels
        if channels != first:
            raise DataError(
                f"{each.path} has {channels} channels and {found[0].path} has {first}; they must have the same number"
            )
        digest.update(f"{each.path.relative_to(root).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest(), first
