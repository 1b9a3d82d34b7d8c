"""Reading files with one volume each: NIfTI, NPZ and NPY. Pickled objects are never loaded."""

import io
import logging
import math
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from convpipe.data.folders import read_bytes
from convpipe.data.npy import load_array
from convpipe.data.volumes import as_volume
from convpipe.errors import DataError

#: Most bytes of a decompressed file.
MOST_BYTES = 2**31
#: Most channels of a volume. More mean a time series of volumes, or another order of axes.
MOST_CHANNELS = 16
TOO_LARGE = f"it unpacks to more than {MOST_BYTES:,} bytes"
SUFFIXES = (".nii", ".nii.gz", ".npz", ".npy")


@dataclass(frozen=True)
class Scan:
    """A volume with its position: values (x, y, z), with axes to the right, the front and the top, and the affine.

    The affine (4, 4) maps voxels to world coordinates in millimeters. If a file has no orientation (neither an sform
    nor a qform), `is_oriented` is False, and its axes are assumed to point to the right, the front and the top (method
    1 of the NIfTI-1 standard).
    """

    values: np.ndarray
    affine: np.ndarray
    is_oriented: bool = True

    def world(self, voxels: np.ndarray) -> np.ndarray:
        """Return the world coordinates (n, 3) in mm of voxels (n, 3)."""
        return voxels @ self.affine[:3, :3].T + self.affine[:3, 3]

    def positions(self, world: np.ndarray) -> np.ndarray:
        """Return the fractional voxel indices (n, 3) of world coordinates (n, 3) in mm."""
        return (world - self.affine[:3, 3]) @ np.linalg.inv(self.affine[:3, :3]).T


def read_volume(path: Path) -> np.ndarray:
    """Return the volume (depth, height, width, channels) float32 in the file at `path`; missing values are NaN.

    The axes of a NIfTI volume are permuted and flipped, without resampling, to point to the right, the front and the
    top as closely as possible.

    Raises:
        DataError: the file is broken, truncated or too large, contains pickled objects, or does not contain exactly
            one volume.
    """
    return read_scan(path, read_bytes(path))[0]


def read_scan(path: Path, content: bytes) -> tuple[np.ndarray, bool]:
    """Return the volume in the content of the file at `path`, and False if a NIfTI file has no orientation (else True).

    Raises:
        DataError: as for `read_volume`.
    """
    name, is_oriented = path.name.lower(), True
    if name.endswith((".nii", ".nii.gz")):
        scan = read_nifti(content, str(path))
        values, is_oriented = scan.values, scan.is_oriented
    else:
        values = _read_npy(path, content)
    while values.ndim > 3 and values.shape[-1] == 1:
        values = values[..., 0]
    if values.ndim == 5 and values.shape[3] == 1:  # the fourth axis of NIfTI is time, the fifth is for vectors
        values = values[..., 0, :]
    if values.ndim == 4 and values.shape[3] > MOST_CHANNELS:
        message = f"shape {values.shape}, but the fourth axis (channels) may have at most {MOST_CHANNELS} entries"
        raise DataError(message, file=path, value=values.shape, remedy="save one volume per file, channels last")
    return as_volume(values, str(path), missing="keep"), is_oriented


def _read_npy(path: Path, content: bytes) -> np.ndarray:
    """Return the only array in an NPY or NPZ file."""
    if not path.name.lower().endswith(".npz"):
        return load_array(content, path)
    try:
        member = _only_member(content)
    except Exception as error:  # a damaged archive can fail in many ways
        reason = str(error).split("\n")[0] or type(error).__name__
        raise DataError(f"cannot be read ({reason})", file=path, remedy="save one array of numbers") from None
    return load_array(member, path)


def _only_member(content: bytes) -> bytes:
    """Return the only array of an NPZ file, as the content of an NPY file."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        if len(names) != 1:
            raise ValueError(f"it contains {len(names)} arrays ({', '.join(names)[:80]}), expected one volume")
        if archive.getinfo(names[0]).file_size > MOST_BYTES:
            raise ValueError(TOO_LARGE)
        return archive.read(names[0])


def read_nifti(content: bytes, name: str) -> Scan:
    """Return the scan in a NIfTI file (version 1 or 2, plain or gzip), with axes closest to right, front and top.

    Args:
        content: the bytes of the file.
        name: name of the file in errors.

    Raises:
        DataError: the file is broken, truncated or not a NIfTI file.
    """
    import nibabel

    logging.getLogger("nibabel.global").setLevel(logging.CRITICAL)  # the DataError below reports the problem
    try:
        plain = _unpacked(content) if content[:2] == b"\x1f\x8b" else content
        kind = nibabel.Nifti2Image if b"n+2" in plain[:8] else nibabel.Nifti1Image
        image = kind.from_bytes(plain)
        _check_size(image, plain)
        with np.errstate(all="ignore"):  # a damaged header may contain any values
            return _scan(image)
    except Exception as error:  # nibabel's errors about broken files have no common base class
        reason = str(error).split("\n")[0] or type(error).__name__
        message = f"not a readable NIfTI file ({reason[:120]})"
        raise DataError(message, file=name, remedy="copy or save it again") from None


def _scan(image) -> Scan:
    import nibabel

    if not (image.header["sform_code"] or image.header["qform_code"]):
        # nibabel would assume that x points to the left, as in Analyze 7.5.
        affine = np.diag([*np.abs(image.header["pixdim"][1:4].astype(float)), 1.0])
        return Scan(np.asarray(image.dataobj), affine, is_oriented=False)
    image = nibabel.as_closest_canonical(image)
    return Scan(np.asarray(image.dataobj), image.affine)


def _check_size(image, plain: bytes) -> None:
    """Raise ValueError if voxels are missing, or if bytes other than zeros follow them."""
    end = image.dataobj.offset + math.prod(image.shape) * image.get_data_dtype().itemsize
    if len(plain) < end or plain[end:].strip(b"\0"):
        raise ValueError(f"shape {image.shape} does not fit {len(plain):,} bytes")


def _unpacked(content: bytes) -> bytes:
    """Return the decompressed content of a gzip file.

    Raises:
        ValueError: it is truncated or larger than `MOST_BYTES`.
    """
    packed, plain = content, b""
    while packed:
        stream = zlib.decompressobj(wbits=31)
        plain += stream.decompress(packed, MOST_BYTES - len(plain) + 1)
        if len(plain) > MOST_BYTES:
            raise ValueError(TOO_LARGE)
        if not stream.eof:
            raise ValueError("it is truncated")
        packed = stream.unused_data.lstrip(b"\0")  # a file may have several members, and zeros at its end
    return plain
