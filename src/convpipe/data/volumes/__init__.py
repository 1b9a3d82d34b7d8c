"""Volumes, (depth, height, width, channels) float32, from packaged scans or the user's files."""

import numpy as np

from convpipe.errors import DataError

#: The largest absolute value. The square of a larger one would exceed the range of float32.
LARGEST = 1e18


def as_volume(values, sample_id: str, missing: str = "refuse") -> np.ndarray:
    """Return `values` as (depth, height, width, channels) float32; an array with three axes gets one channel.

    Args:
        values: an array or nested lists of numbers.
        sample_id: name of the sample in errors.
        missing: treatment of missing values (NaN): "refuse", "zero" or "keep".

    Raises:
        DataError: values that are not numbers, no voxels, another number of axes, absolute values above `LARGEST`, or
            NaN if `missing` is "refuse".

    >>> as_volume([[[1, 2]], [[3, 4]]], "mine").shape
    (2, 1, 2, 1)
    """
    try:
        with np.errstate(over="ignore", invalid="ignore"):  # too large values become infinite and are refused below
            volume = np.asarray(values)
            if volume.dtype.kind not in "biuf":
                raise TypeError
            volume = volume.astype(np.float32, copy=False)
    except (TypeError, ValueError):
        message = "not an array of numbers of shape (depth, height, width, channels)"
        raise DataError(message, file=sample_id, remedy="save an array of numbers") from None
    volume = volume[..., None] if volume.ndim == 3 else volume
    if volume.ndim != 4 or not volume.size:
        message, remedy = f"shape {volume.shape}", "save (depth, height, width) or (depth, height, width, channels)"
        raise DataError(message, file=sample_id, value=volume.shape, remedy=remedy)
    if max(volume.shape[:3]) < 2:
        raise DataError("a volume of one voxel", file=sample_id, remedy="correct or remove it")
    if volume.min() >= -LARGEST and volume.max() <= LARGEST:  # false if a value is NaN
        return volume
    is_missing = np.isnan(volume)
    if is_missing.all():
        raise DataError("no voxel has a value", file=sample_id, remedy="remove the volume")
    if missing != "refuse":
        volume = np.where(is_missing, np.float32(0), volume) if missing == "zero" else volume
        is_missing = np.zeros_like(is_missing)
    _check_values(volume, is_missing | (np.abs(volume) > LARGEST), sample_id)
    return volume


def _check_values(volume: np.ndarray, wrong: np.ndarray, sample_id: str) -> None:
    """Raise a DataError with the first voxel where `wrong` is True."""
    if not wrong.any():
        return
    at = tuple(np.argwhere(wrong)[0].tolist())
    value, remedy = float(volume[at]), "correct the values"
    if np.isnan(value):
        remedy += ", or set preprocessing.missing_values=zero"
    message = f"{value:g} at voxel {at[:3]}, channel {at[3]}"
    raise DataError(message, file=sample_id, value=value, remedy=remedy)
