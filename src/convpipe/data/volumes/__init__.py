"""Volumes: (depth, height, width, channels) float32, from packaged scans or from the reader's own files."""

import numpy as np

from convpipe.errors import DataError


def as_volume(values, origin: str) -> np.ndarray:
    """`values` as (depth, height, width, channels) float32; three axes become one channel.

    Args:
        values: an array or nested lists of numbers.
        origin: what to call it in an error.

    Raises:
        DataError: not numbers, no voxels, another number of axes, NaN or infinity.

    >>> as_volume([[[1, 2]], [[3, 4]]], "mine").shape
    (2, 1, 2, 1)
    """
    try:
        with np.errstate(over="ignore", invalid="ignore"):  # what is too large becomes infinity, refused by name below
            volume = np.asarray(values)
            if volume.dtype.kind not in "biuf":
                raise TypeError
            volume = volume.astype(np.float32, copy=False)
    except (TypeError, ValueError):
        raise DataError(f"{origin}: not an array of numbers of shape (depth, height, width, channels)") from None
    volume = volume[..., None] if volume.ndim == 3 else volume
    if volume.ndim != 4 or not volume.size:
        raise DataError(
            f"{origin}: shape {volume.shape}, but a volume is (depth, height, width), or these and channels"
        )
    if max(volume.shape[:3]) < 2:
        raise DataError(f"{origin}: a volume of one voxel; mend the file or take it away")
    if not np.isfinite(volume).all():
        at = tuple(np.argwhere(~np.isfinite(volume))[0].tolist())
        raise DataError(f"{origin}: {volume[at]} at voxel {at[:3]}, channel {at[3]}; mend the file")
    return volume
