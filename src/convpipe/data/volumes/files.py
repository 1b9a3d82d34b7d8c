"""Files that hold one volume each: NIfTI, NPZ and NPY. Nothing in them is ever unpickled."""

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

#: Bytes of a file when it is unpacked.
MOST_BYTES = 2**31
#: Channels of a volume. More are a sequence of volumes over time, or axes in another order.
MOST_CHANNELS = 16
TOO_LARGE = f"it unpacks to more than {MOST_BYTES:,} bytes"
SUFFIXES = (".nii", ".nii.gz", ".npz", ".npy")


@dataclass(frozen=True)
class Scan:
    """A volume and where it lies: values (x, y, z), first axes to the right, the front and the top, and the affine.

    The affine (4, 4) makes voxels into world coordinates in millimeters. Where a file states no orientation, neither by
    an sform nor by a qform, `is_oriented` is False, and its axes are taken to run to the right, the front and the top,
    which is method 1 of the NIfTI-1 standard.
    """

    values: np.ndarray
    affine: np.ndarray
    is_oriented: bool = True

    def world(self, voxels: np.ndarray) -> np.ndarray:
        """World coordinates (n, 3) in mm of voxels (n, 3)."""
        return voxels @ self.affine[:3, :3].T + self.affine[:3, 3]

    def positions(self, world: np.ndarray) -> np.ndarray:
        """Voxels (n, 3), fractions included, at world coordinates (n, 3) in mm."""
        return (world - self.affine[:3, 3]) @ np.linalg.inv(self.affine[:3, :3]).T


def read_volume(path: Path) -> np.ndarray:
    """The volume (depth, height, width, channels) float32 in the file at `path`; missing values are NaN.

    A NIfTI volume is turned so that its axes run to the right, the front and the top, as far as that needs no
    resampling.

    Raises:
        DataError: the file is broken, cut off, too large, holds pickled objects or not one array, or no volume.
    """
    return read_scan(path, read_bytes(path))[0]


def read_scan(path: Path, content: bytes) -> tuple[np.ndarray, bool]:
    """The volume in the content of the file at `path`, and whether its orientation is known or cannot be stated.

    Raises:
        DataError: as `read_volume`.
    """
    name, is_oriented = path.name.lower(), True
    if name.endswith((".nii", ".nii.gz")):
        scan = read_nifti(content, str(path))
        values, is_oriented = scan.values, scan.is_oriented
    else:
        values = _read_npy(path, content)
    while values.ndim > 3 and values.shape[-1] == 1:
        values = values[..., 0]
    if values.ndim == 5 and values.shape[3] == 1:  # NIfTI keeps the fourth axis for time, the fifth for vectors
        values = values[..., 0, :]
    if values.ndim == 4 and values.shape[3] > MOST_CHANNELS:
        message = f"shape {values.shape}, but the fourth axis holds channels, of which there may be {MOST_CHANNELS}"
        raise DataError(message, file=path, value=values.shape, remedy="save one volume a file, channels last")
    return as_volume(values, str(path), missing="keep"), is_oriented


def _read_npy(path: Path, content: bytes) -> np.ndarray:
    """The one array in an NPY or NPZ file."""
    if not path.name.lower().endswith(".npz"):
        return load_array(content, path)
    try:
        member = _only_member(content)
    except Exception as error:  # a spoilt archive can fail in many ways
        reason = str(error).split("\n")[0] or type(error).__name__
        raise DataError(f"cannot be read ({reason})", file=path, remedy="save one array of numbers") from None
    return load_array(member, path)


def _only_member(content: bytes) -> bytes:
    """The one array of an NPZ file, as NPY."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        if len(names) != 1:
            raise ValueError(f"it holds {len(names)} arrays ({', '.join(names)[:80]}), but a file is one volume")
        if archive.getinfo(names[0]).file_size > MOST_BYTES:
            raise ValueError(TOO_LARGE)
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

    logging.getLogger("nibabel.global").setLevel(logging.CRITICAL)  # the error that follows says it
    try:
        plain = _unpacked(content) if content[:2] == b"\x1f\x8b" else content
        kind = nibabel.Nifti2Image if b"n+2" in plain[:8] else nibabel.Nifti1Image
        image = kind.from_bytes(plain)
        _check_size(image, plain)
        with np.errstate(all="ignore"):  # values of a damaged header
            return _scan(image)
    except Exception as error:  # nibabel's errors about broken files are of many kinds without a base of their own
        reason = str(error).split("\n")[0] or type(error).__name__
        raise DataError(f"no readable NIfTI file ({reason[:120]})", file=name, remedy="copy or save it again") from None


def _scan(image) -> Scan:
    import nibabel

    if not (image.header["sform_code"] or image.header["qform_code"]):
        # nibabel would let x run to the left, as in Analyze 7.5.
        affine = np.diag([*np.abs(image.header["pixdim"][1:4].astype(float)), 1.0])
        return Scan(np.asarray(image.dataobj), affine, is_oriented=False)
    image = nibabel.as_closest_canonical(image)
    return Scan(np.asarray(image.dataobj), image.affine)


def _check_size(image, plain: bytes) -> None:
    """Raise ValueError for voxels that are not there, and for more bytes behind them than zeros."""
    end = image.dataobj.offset + math.prod(image.shape) * image.get_data_dtype().itemsize
    if len(plain) < end or plain[end:].strip(b"\0"):
        raise ValueError(f"shape {image.shape} does not fit {len(plain):,} bytes")


def _unpacked(content: bytes) -> bytes:
    """What a gzip file holds, up to `MOST_BYTES`."""
    packed, plain = content, b""
    while packed:
        stream = zlib.decompressobj(wbits=31)
        plain += stream.decompress(packed, MOST_BYTES - len(plain) + 1)
        if len(plain) > MOST_BYTES:
            raise ValueError(TOO_LARGE)
        if not stream.eof:
            raise ValueError("it is cut off")
        packed = stream.unused_data.lstrip(b"\0")  # a file may hold several parts, and zeros at its end
    return plain
