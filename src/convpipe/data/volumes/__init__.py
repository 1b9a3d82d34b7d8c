"""Volumes: (depth, height, width, channels) float32, from packaged scans or from your own files."""

import numpy as np

from convpipe.errors import DataError

#: The largest size of a value: squares of larger ones leave the range of single precision.
LARGEST = 1e18


def as_volume(values, sample_id: str, missing: str = "refuse") -> np.ndarray:
    """`values` as (depth, height, width, channels) float32; three axes become one channel.

    Args:
        values: an array or nested lists of numbers.
        sample_id: what to call it in an error.
        missing: what becomes of missing values (NaN): "refuse", "zero" or "keep".

    Raises:
        DataError: not numbers, no voxels, another number of axes, values that are infinite or beyond `LARGEST`, and NaN
            unless `missing` allows it.

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
    if volume.min() >= -LARGEST and volume.max() <= LARGEST:  # false where a value is NaN
        return volume
    absent = np.isnan(volume)
    if absent.all():
        raise DataError("no voxel has a value", file=sample_id, remedy="remove the volume")
    if missing != "refuse":
        volume = np.where(absent, np.float32(0), volume) if missing == "zero" else volume
        absent = np.zeros_like(absent)
    _check_values(volume, absent | (np.abs(volume) > LARGEST), sample_id)
    return volume


def _check_values(volume: np.ndarray, wrong: np.ndarray, sample_id: str) -> None:
    """Raise DataError that names the first voxel of a wrong value."""
    if not wrong.any():
        return
    at = tuple(np.argwhere(wrong)[0].tolist())
    value, remedy = float(volume[at]), "correct the values"
    if np.isnan(value):
        remedy += ", or train with preprocessing.missing_values=zero"
    message = f"{value:g} at voxel {at[:3]}, channel {at[3]}"
    raise DataError(message, file=sample_id, value=value, remedy=remedy)
