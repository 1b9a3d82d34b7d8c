"""Files that hold one volume each: NIfTI, NPZ and NPY. Nothing in them is ever unpickled."""

import gzip
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from convpipe.data.folders import read_bytes
from convpipe.data.volumes import as_volume
from convpipe.errors import DataError

SUFFIXES = (".nii", ".nii.gz", ".npz", ".npy")


@dataclass(frozen=True)
class Scan:
    """A volume and where it lies: values (x, y, z), first axes to the right, the front and the top, and the affine.

    The affine (4, 4) makes voxels into world coordinates in millimetres.
    """

    values: np.ndarray
    affine: np.ndarray

    def world(self, voxels: np.ndarray) -> np.ndarray:
        """World coordinates (n, 3) in mm of voxels (n, 3)."""
        return voxels @ self.affine[:3, :3].T + self.affine[:3, 3]

    def positions(self, world: np.ndarray) -> np.ndarray:
        """Voxels (n, 3), fractions included, at world coordinates (n, 3) in mm."""
        return (world - self.affine[:3, 3]) @ np.linalg.inv(self.affine[:3, :3]).T


def read_volume(path: Path, content: bytes | None = None) -> np.ndarray:
    """The volume (depth, height, width, channels) float32 in the file at `path`, or in its `content`.

    A NIfTI volume is turned so that its axes run to the right, the front and the top, as far as that needs no
    resampling.

    Raises:
        DataError: the file is broken, cut off, holds pickled objects or not one array, or no volume.
    """
    name, content = path.name.lower(), read_bytes(path) if content is None else content
    if name.endswith((".nii", ".nii.gz")):
        return as_volume(read_nifti(content, str(path)).values, str(path))
    try:
        npy = io.BytesIO(_only_member(content) if name.endswith(".npz") else content)
        # np.load would take what is not NPY for a pickle; this reads NPY or nothing.
        values = np.lib.format.read_array(npy, allow_pickle=False)
    except Exception as error:  # a spoilt header can fail in the reading of a literal, of a zip, or of too much memory
        reason = str(error).split("\n")[0] or type(error).__name__
        if "Object arrays" in reason:
            reason = "it holds pickled objects, which can run code when they are read"
        raise DataError(f"cannot be read ({reason})", file=path, remedy="save one array of numbers") from None
    return as_volume(values, str(path))


def _only_member(content: bytes) -> bytes:
    """The one array of an NPZ file, as NPY."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        if len(names) != 1:
            raise ValueError(f"it holds {len(names)} arrays ({', '.join(names)[:80]}), but a file is one volume")
        return archive.read(names[0])


def read_nifti(content: bytes, name: str) -> Scan:
    """The scan in a NIfTI file (version 1 or 2, plain or gzip), turned to the nearest of right, front, top.

    Args:
        content: bytes of the file.
        name: what to call it in an error.

    Raises:
        DataError: broken, cut off, or no NIfTI.
    """
    import nibabel

    try:
        plain = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
        kind = nibabel.Nifti2Image if b"n+2" in plain[:8] else nibabel.Nifti1Image
        image = nibabel.as_closest_canonical(kind.from_bytes(plain))
        return Scan(np.asarray(image.dataobj), image.affine)
    except Exception as error:  # nibabel's errors about broken files are of many kinds without a base of their own
        reason = str(error).split("\n")[0] or type(error).__name__
        raise DataError(f"no readable NIfTI file ({reason[:120]})", file=name, remedy="copy or save it again") from None
