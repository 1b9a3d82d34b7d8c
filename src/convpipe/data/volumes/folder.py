"""The reader's own volumes: a folder a class, or train/ and test/ with such folders."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from convpipe.config.volumes import VolumeFolder
from convpipe.data.folders import Labelled, Wanted, contents, described, folder_of, in_folders
from convpipe.data.samples import Samples
from convpipe.data.volumes.files import SUFFIXES, VolumeFiles, read_volume
from convpipe.errors import DataError

VOLUMES = Wanted("volumes", SUFFIXES)


def read(data: VolumeFolder, report: Callable[[str], None]) -> Samples:
    """Volumes of any size; every file is read once now, so that a broken one is named, and again when it is asked for.

    Classes and official parts are those of `in_folders`. NIfTI (.nii, .nii.gz) keeps its own order of axes, turned to
    right, front and top; NPY and NPZ hold (depth, height, width) or (depth, height, width, channels).

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
    root = folder_of(data.path)
    found = in_folders(root, VOLUMES, report)
    sha256, channels = _look_at_all(root, found)
    return Samples(
        VolumeFiles([each.path for each in found]),
        sha256=sha256,
        channel_names=tuple(f"channel {number}" for number in range(channels)),
        kind="volume",
        **described(root, found),
    )


def _look_at_all(root: Path, found: list[Labelled]) -> tuple[str, int]:
    """The hash of names and contents, and how many channels every volume has."""
    digest, first = hashlib.sha256(), None
    for path, content in contents(root, found, digest):
        channels = read_volume(path, content).shape[-1]
        first = first or channels
        if channels != first:
            raise DataError(
                f"{path} has {channels} channels and {found[0].path} has {first}; they must have the same number"
            )
    return digest.hexdigest(), first
