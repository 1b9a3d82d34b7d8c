"""Your own volumes: a folder a class, or train/ and test/ with such folders."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from omegaconf import MISSING

from convpipe.config.data import DataSettings
from convpipe.config.schema import setting
from convpipe.data.dataset import Dataset
from convpipe.data.folders import Wanted, contents, described, folder_of, in_folders
from convpipe.data.lazy import LazyFiles
from convpipe.data.volumes.files import SUFFIXES, read_volume
from convpipe.errors import DataError
from convpipe.registry import register_reader

VOLUMES = Wanted("volumes", SUFFIXES)


@dataclass
class VolumeFolderSettings(DataSettings):
    """Your own volumes: a folder a class, of NIfTI, NPZ or NPY files."""

    name: str = "volume_folder"
    reader: str = "volume_folder"
    path: str = setting(MISSING, "folder that holds a folder a class, or train/ and test/ with such folders")


@register_reader(VolumeFolderSettings, "volume")
def read(data: VolumeFolderSettings, report: Callable[[str], None]) -> Dataset:
    """Volumes of any size; every file is read once now, so that a broken one is named, and again when it is asked for.

    Classes and official parts are those of `in_folders`. NIfTI (.nii, .nii.gz) keeps its own order of axes, turned to
    right, front and top; NPY and NPZ hold (depth, height, width) or (depth, height, width, channels).

    Args:
        data: the folder.
        report: is handed a line for files that were left out.

    Returns:
        Dataset of (depth, height, width, channels) float32; the sample id is the file, the hash is over names
        and contents.

    Raises:
        DataError: no such folder, no volumes, one class only, a class that is tested but not trained, a file that
            cannot be read, channels that differ in number, NaN.
    """
    root, digest, first = folder_of(data.path), hashlib.sha256(), 0
    found = in_folders(root, VOLUMES, report)
    for path, content in contents(root, found, digest):
        channels = read_volume(path, content).shape[-1]
        first = first or channels
        if channels != first:
            message = f"{channels} channels, but {found[0].path} has {first}"
            raise DataError(message, file=path, value=channels, remedy="give all volumes the same number of channels")
    files = LazyFiles([each.path for each in found], read_volume)
    names = tuple(f"channel {number}" for number in range(first))
    return Dataset(files, sha256=digest.hexdigest(), channel_names=names, modality="volume", **described(root, found))
