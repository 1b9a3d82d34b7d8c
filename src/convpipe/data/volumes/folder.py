"""Your own volumes: a folder a class, or train/ and test/ with such folders."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from omegaconf import MISSING

from convpipe.config.data import DataSettings
from convpipe.config.schema import setting
from convpipe.data.dataset import Dataset
from convpipe.data.folders import Wanted, contents, described, folder_of, in_folders
from convpipe.data.lazy import LazyFiles
from convpipe.data.new_samples import Known, NewSamples, file_samples
from convpipe.data.volumes.files import SUFFIXES, read_scan, read_volume
from convpipe.errors import DataError
from convpipe.registry import register_reader

VOLUMES = Wanted("volumes", SUFFIXES)


@dataclass
class VolumeFolderSettings(DataSettings):
    """Your own volumes: a folder a class, of NIfTI, NPZ or NPY files."""

    name: str = "volume_folder"
    reader: str = "volume_folder"
    path: str = setting(MISSING, "folder that holds a folder a class, or train/ and test/ with such folders")


def read_new(
    data: VolumeFolderSettings, path: Path, known: Known, report: Callable[[str], None]
) -> Iterator[NewSamples]:
    """New volumes, which may lie in folders of classes; arguments as in `convpipe.data.new_samples.file_samples`."""
    yield from file_samples(path, VOLUMES, read_volume, known, report)


@register_reader(VolumeFolderSettings, "volume", new=read_new)
def read(data: VolumeFolderSettings, report: Callable[[str], None]) -> Dataset:
    """Volumes of any size; every file is read once now, so that a broken one is named, and again when it is asked for.

    Classes and official parts are those of `in_folders`. NIfTI (.nii, .nii.gz) keeps its own order of axes, turned to
    right, front and top; NPY and NPZ hold (depth, height, width) or (depth, height, width, channels).

    Args:
        data: the folder.
        report: is handed a line for files that were left out, and for what they leave open.

    Returns:
        Dataset of (depth, height, width, channels) float32, NaN where a value is missing; the sample id is the file,
        the hash is over names and contents.

    Raises:
        DataError: no such folder, no volumes, one class only, a class that is tested but not trained, a file that
            cannot be read, channels that differ in number, infinity.
    """
    root, digest, first = folder_of(data.path), hashlib.sha256(), 0
    found = in_folders(root, VOLUMES, report)
    unstated, absent = 0, 0
    for path, content in contents(root, found, digest):
        volume, is_oriented = read_scan(path, content)
        unstated, absent = unstated + (not is_oriented), absent + bool(np.isnan(volume).any())
        channels = volume.shape[-1]
        first = first or channels
        if channels != first:
            message = f"{channels} channels, but {found[0].path} has {first}"
            raise DataError(message, file=path, value=channels, remedy="give all volumes the same number of channels")
    for count, what in (
        (unstated, "state no orientation; their axes are taken to run to the right, the front and the top"),
        (absent, "have voxels without a value (NaN)"),
        (len(found) * (first > 1), f"have {first} channels, which are their fourth axis"),
    ):
        if count:
            report(f"{root}: {count} of {len(found)} volumes {what}")
    files = LazyFiles([each.path for each in found], read_volume)
    names = tuple(f"channel {number}" for number in range(first))
    return Dataset(files, sha256=digest.hexdigest(), channel_names=names, modality="volume", **described(root, found))
