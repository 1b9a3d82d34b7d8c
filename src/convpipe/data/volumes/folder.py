"""The reader of the user's volumes: one folder per class, or train/ and test/ with such folders."""

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
    """Your own volumes: one folder per class, with NIfTI, NPZ or NPY files."""

    name: str = "volume_folder"
    reader: str = "volume_folder"
    path: str = setting(MISSING, "folder with one folder per class, or train/ and test/ with such folders")


def read_new(
    data: VolumeFolderSettings, path: Path, known: Known, report: Callable[[str], None]
) -> Iterator[NewSamples]:
    """Yield new volumes, optionally in folders of classes; arguments as `convpipe.data.new_samples.file_samples`."""
    yield from file_samples(path, VOLUMES, read_volume, known, report)


@register_reader(VolumeFolderSettings, "volume", new=read_new)
def read(data: VolumeFolderSettings, report: Callable[[str], None]) -> Dataset:
    """Read volumes of any size. Every file is read once now, to find broken ones, and again on access.

    Classes and official parts are those of `in_folders`. A NIfTI volume (.nii, .nii.gz) has the axes (x, y, z), turned
    to right, front and top; NPY and NPZ contain (depth, height, width) or (depth, height, width, channels).

    Args:
        data: the folder.
        report: called with a line for files that are left out, and for guesses and missing values.

    Returns:
        Dataset of (depth, height, width, channels) float32, NaN for missing values. The sample id is the path; the hash
        covers names and contents.

    Raises:
        DataError: no such folder, no volumes, one class only, a class in the test part but not in the training part, a
            file that cannot be read, different numbers of channels, or infinite values.
    """
    root, digest, first = folder_of(data.path), hashlib.sha256(), 0
    found = in_folders(root, VOLUMES, report)
    unoriented, incomplete = 0, 0
    for path, content in contents(root, found, digest):
        volume, is_oriented = read_scan(path, content)
        unoriented, incomplete = unoriented + (not is_oriented), incomplete + bool(np.isnan(volume).any())
        channels = volume.shape[-1]
        first = first or channels
        if channels != first:
            message = f"{channels} channels, but {found[0].path} has {first}"
            raise DataError(message, file=path, value=channels, remedy="give all volumes the same number of channels")
    for count, what in (
        (unoriented, "have no orientation; their axes are assumed to point to the right, the front and the top"),
        (incomplete, "have missing values (NaN)"),
        (len(found) * (first > 1), f"have {first} channels (the fourth axis)"),
    ):
        if count:
            report(f"{root}: {count} of {len(found)} volumes {what}")
    files = LazyFiles([each.path for each in found], read_volume)
    names = tuple(f"channel {number}" for number in range(first))
    return Dataset(files, sha256=digest.hexdigest(), channel_names=names, modality="volume", **described(root, found))
