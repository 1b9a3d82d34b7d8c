"""Volumes: (depth, height, width, channels) float32, from packaged scans or from your own files."""

import numpy as np

from convpipe.errors import DataError


def as_volume(values, sample_id: str) -> np.ndarray:
    """`values` as (depth, height, width, channels) float32; three axes become one channel.

    Args:
        values: an array or nested lists of numbers.
        sample_id: what to call it in an error.

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
        message = "not an array of numbers of shape (depth, height, width, channels)"
        raise DataError(message, file=sample_id, remedy="save an array of numbers") from None
    volume = volume[..., None] if volume.ndim == 3 else volume
    if volume.ndim != 4 or not volume.size:
        message, remedy = f"shape {volume.shape}", "save (depth, height, width), or these and channels"
        raise DataError(message, file=sample_id, value=volume.shape, remedy=remedy)
    if max(volume.shape[:3]) < 2:
        raise DataError("a volume of one voxel", file=sample_id, remedy="correct or remove it")
    if not np.isfinite(volume).all():
        at = tuple(np.argwhere(~np.isfinite(volume))[0].tolist())
        message = f"{volume[at]} at voxel {at[:3]}, channel {at[3]}"
        raise DataError(message, file=sample_id, value=float(volume[at]), remedy="correct the values")
    return volume
