"""Raw series to the input of a network: scaling, missing values, padding."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np

from convpipe import config
from convpipe.data.dataset import Subset
from convpipe.data.ragged import Ragged
from convpipe.errors import DataError
from convpipe.input_spec import InputSpec
from convpipe.preprocessing import Preprocessing, default_ids, standardized

#: Types of series that need no conversion.
FLOATS = (np.dtype(np.float32), np.dtype(np.float64))
#: Number of series that are prepared at once.
BATCH = 64


@dataclass
class SeriesPreprocessing(Preprocessing):
    """Scaling and padding of series, fitted on a training part.

    Args:
        scaling, missing_values, log_magnitude_channels: as in `config.SeriesPreprocessingSettings`.
        mean, deviation: one number per channel; empty unless scaling is "channel" or "both".
        channels: number of channels of a raw series.
        steps: most steps of a training series; if all training series have equal steps, validation series count too.
        shortest: fewest steps, counted in the same way.
    """

    modality: ClassVar[str] = "series"

    scaling: str
    missing_values: str
    log_magnitude_channels: bool
    mean: list[float]
    deviation: list[float]
    channels: int
    steps: int
    shortest: int

    @classmethod
    def fit(cls, train: Subset, settings: config.Settings, report: Callable[[str], None] = print) -> Self:
        """Learn channels, steps and scaling from the training part, arrays (steps, channels)."""
        inputs, sample_ids, prepare = train.inputs, train.sample_ids, settings.preprocessing
        assert isinstance(prepare, config.SeriesPreprocessingSettings)
        first = as_series(inputs[0], sample_ids[0])
        steps = [len(each) for each in inputs]
        options = (prepare.scaling, prepare.missing_values, prepare.log_magnitude_channels)
        fitted = cls(*options, [], [], first.shape[1], max(steps), min(steps))
        if prepare.scaling in ("channel", "both"):
            cleaned = [fitted._clean(*each) for each in zip(inputs, sample_ids, strict=True)]
            joined = np.concatenate(cleaned).astype(np.float64)
            fitted.mean = joined.mean(axis=0).tolist()
            fitted.deviation = np.where(joined.std(axis=0) > 1e-12, joined.std(axis=0), 1.0).tolist()
        return fitted

    def spec(self, classes: int) -> InputSpec:
        return InputSpec((self.steps,), self.width, classes, masked=self.masked)

    @property
    def input_shape(self) -> tuple[int, ...]:
        return self.steps, self.width

    @property
    def smallest_input_shape(self) -> tuple[int, ...]:
        return self.shortest, self.width

    @property
    def masked(self) -> bool:
        """Whether series differ in their steps, so that batches are padded and masked."""
        return self.shortest != self.steps

    @property
    def width(self) -> int:
        """Number of channels of the network input."""
        return self.channels * (1 + (self.scaling == "both") + self.log_magnitude_channels)

    def _clean(self, values: Any, sample_id: str) -> np.ndarray:
        """Return a checked series without missing values, float32 or float64.

        Raises:
            DataError: a wrong number of channels, infinity, or a missing value if `missing_values` is "refuse".
        """
        series = as_series(values, sample_id)
        if series.shape[1] != self.channels:
            message = f"{series.shape[1]} channels, but the classifier expects {self.channels}"
            raise DataError(message, file=sample_id, value=series.shape[1])
        if _single(series) is not None:
            return series
        with np.errstate(over="ignore"):
            infinite = np.isinf(series.astype(np.float32)).any(axis=0)
        if infinite.any():
            remedy = "correct the file; no setting accepts infinity"
            raise DataError(f"infinity in channel {infinite.argmax()}", file=sample_id, remedy=remedy)
        if self.missing_values == "refuse":
            channel, step = np.argwhere(np.isnan(series).T)[0]
            message, key = f"missing value in channel {channel}, step {step}", "preprocessing.missing_values"
            raise DataError(message, file=sample_id, key=key, value="refuse", remedy=f"set {key}=interpolate")
        return np.stack([_interpolated(series[:, k], sample_id, k) for k in range(self.channels)], axis=1)

    def admitting(self, inputs: Sequence, sample_ids: Sequence[str]) -> Self:
        """Return a preprocessing with a mask if validation series differ from the equal steps of training series."""
        if self.masked:
            return self
        steps = [len(as_series(each, sample_id)) for each, sample_id in zip(inputs, sample_ids, strict=True)]
        return replace(self, shortest=min(self.shortest, *steps), steps=max(self.steps, *steps))

    def batchable(self, inputs: Sequence, sample_ids: Sequence[str]) -> list[np.ndarray]:
        """Return rows that may share a batch: all rows with a mask, else rows of equal steps."""
        if self.masked or not len(inputs):
            return super().batchable(inputs, sample_ids)
        steps = np.array([len(as_series(each, sample_id)) for each, sample_id in zip(inputs, sample_ids, strict=True)])
        return [np.flatnonzero(steps == number) for number in np.unique(steps)]

    def transform(self, inputs: Sequence, sample_ids: Sequence[str] | None = None) -> np.ndarray | Ragged:
        """Return the network input.

        Args:
            inputs: n series, (steps, channels) each, or (steps,) for one channel. Without a mask they must have equal
                steps (see `batchable`).
            sample_ids: n names for errors; default: modality and number.

        Returns:
            (n, steps, width) float32, or Ragged with a mask.

        Raises:
            DataError: a wrong number of channels, infinity, or a missing value if `missing_values` is "refuse".
        """
        sample_ids = default_ids(self.modality, len(inputs)) if sample_ids is None else sample_ids
        series = [as_series(*each) for each in zip(inputs, sample_ids, strict=True)]
        if self._is_elementwise and not self.masked and len({(each.shape, each.dtype) for each in series}) == 1:
            stack = np.stack(series)
            if stack.shape[2] == self.channels and _single(stack) is not None:
                return self._prepared_stack(stack)
        series = [self._prepared(self._clean(*each)) for each in zip(series, sample_ids, strict=True)]
        return Ragged.of(series) if self.masked else np.stack(series)

    def _prepared_stack(self, series: np.ndarray) -> np.ndarray:
        """Apply `_prepared` in batches, so that intermediate arrays stay in the processor's cache."""
        prepared = np.empty((*series.shape[:-1], self.width), np.float32)
        for start in range(0, len(series), BATCH):
            prepared[start : start + BATCH] = self._prepared(series[start : start + BATCH])
        return prepared

    @property
    def _is_elementwise(self) -> bool:
        """Whether each prepared value depends on one raw value only, so that many series can be prepared at once."""
        return self.scaling in ("none", "channel") and not self.log_magnitude_channels

    def _prepared(self, series: np.ndarray) -> np.ndarray:
        """Transform series (..., steps, channels) without missing values to network input (..., steps, width)."""
        # Subtract the mean in float64: 1e8 plus a sine would be constant in float32.
        parts = [series] if self.scaling == "none" else []
        if self.scaling in ("channel", "both"):
            scaled = series - self.mean
            scaled /= self.deviation
            parts.append(scaled)
        if self.scaling in ("series", "both"):
            parts.append(standardized(series, axis=0))
        if self.log_magnitude_channels:
            parts.append(log_magnitude(series))
        return (
            parts[0].astype(np.float32, copy=False) if len(parts) == 1 else np.concatenate(parts, -1, dtype=np.float32)
        )


def _single(series: np.ndarray) -> np.ndarray | None:
    """Return the values as float32, the type of the network; None if any is not finite in it."""
    with np.errstate(over="ignore"):
        single = series.astype(np.float32, copy=False)
    return single if np.isfinite(single).all() else None


def as_series(values, sample_id: str) -> np.ndarray:
    """Return `values` as (steps, channels) float32, or float64 for types above 32 bits; (steps,) gets one channel.

    Raises:
        DataError: values that are not numbers, no steps, or more than two axes.
    """
    if type(values) is np.ndarray and values.ndim == 2 and values.size and values.dtype in FLOATS:
        return values
    series = as_floats(values, "(steps, channels)", sample_id, double=True)
    if series.ndim != 2 or not series.size:
        message = f"shape {series.shape}, but a series is (steps, channels) with at least one step"
        raise DataError(message, file=sample_id, value=series.shape)
    return series


def as_floats(values, shape: str, sample_id: str, double: bool = False) -> np.ndarray:
    """Return `values` as float32; one axis becomes (steps, 1).

    Args:
        values: numbers.
        shape: expected shape, for the error.
        sample_id: name of the sample in errors.
        double: convert types above 32 bits to float64.

    Raises:
        DataError: values that are not numbers.
    """
    try:
        array = np.asarray(values)
        dtype = np.float64 if double and array.dtype.kind in "fiu" and array.dtype.itemsize > 4 else np.float32
        with np.errstate(over="ignore"):  # too large values become infinite; callers refuse them
            floats = array.astype(dtype, copy=False)
    except (TypeError, ValueError):
        raise DataError(f"not an array of numbers of shape {shape}", file=sample_id) from None
    return floats[:, None] if floats.ndim == 1 else floats


def log_magnitude(series: np.ndarray) -> np.ndarray:
    """Return the logarithm of each absolute value relative to the median of its channel: (steps, channels) float32.

    A fiftieth of the median is added first, so that zeros stay finite.

    >>> log_magnitude(np.array([[1.0], [-1.0], [100.0]])).astype(float).round(2).ravel().tolist()
    [0.02, 0.02, 4.61]
    """
    size = np.abs(series)
    return np.log(size / (np.median(size, axis=0) + 1e-9) + 0.02).astype(np.float32)


def _interpolated(values: np.ndarray, sample_id: str, channel: int) -> np.ndarray:
    """Fill missing values in `values` (steps,) by linear interpolation, and by the nearest value at the ends."""
    present = ~np.isnan(values)
    if not present.any():
        raise DataError(f"channel {channel} has missing values only", file=sample_id, remedy="remove the sample")
    positions = np.arange(len(values))
    return np.interp(positions, positions[present], values[present]).astype(values.dtype)


fit, load = SeriesPreprocessing.fit, SeriesPreprocessing.load
