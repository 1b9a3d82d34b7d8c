"""Raw series to the array that a network takes: scaling, gaps, padding."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from convpipe import config
from convpipe.data.ragged import Ragged
from convpipe.data.samples import Part
from convpipe.errors import DataError
from convpipe.models import Shape
from convpipe.preprocessing import Preprocessing, named


@dataclass
class SeriesPreprocessing(Preprocessing):
    """Scaling and padding of series, as fitted on a training part.

    Args:
        scaling, gaps, magnitude: as in `config.PrepareSeries`.
        mean, deviation: one number a channel, empty unless scaling is "channel".
        channels: channels of a raw series.
        steps: most steps of a training series.
        shortest: fewest steps of a training series.
    """

    kind = "series"

    scaling: str
    gaps: str
    magnitude: bool
    mean: list[float]
    deviation: list[float]
    channels: int
    steps: int
    shortest: int

    @classmethod
    def fit(
        cls, train: Part, settings: config.Settings, report: Callable[[str], None] = print
    ) -> "SeriesPreprocessing":
        """Learn channels, steps and scaling from the training part: (steps, channels) arrays."""
        inputs, origins, prepare = train.inputs, train.origins, settings.preprocessing
        first = as_series(inputs[0], origins[0])
        steps = [len(each) for each in inputs]
        chosen = (prepare.scaling, prepare.gaps, prepare.magnitude)
        fitted = cls(*chosen, [], [], first.shape[1], max(steps), min(steps))
        if prepare.scaling == "channel":
            together = np.concatenate(fitted.clean(inputs, origins)).astype(np.float64)
            fitted.mean = together.mean(axis=0).tolist()
            fitted.deviation = np.where(together.std(axis=0) > 1e-12, together.std(axis=0), 1.0).tolist()
        return fitted

    def shape(self, classes: int) -> Shape:
        return Shape((self.steps,), self.width, classes, masked=self.masked)

    @property
    def input_shape(self) -> tuple[int, ...]:
        return self.steps, self.width

    @property
    def smallest_input_shape(self) -> tuple[int, ...]:
        return self.shortest, self.width

    @property
    def masked(self) -> bool:
        """Whether training series differ in their steps, so that batches are padded and masked."""
        return self.shortest != self.steps

    @property
    def width(self) -> int:
        """Channels that the network sees."""
        return 2 * self.channels if self.magnitude else self.channels

    def clean(self, inputs: Sequence, origins: Sequence[str]) -> list[np.ndarray]:
        """Checked float32 series without gaps.

        Raises:
            DataError: wrong channels, infinity, or a missing value where gaps are refused.
        """
        return [self._clean(as_series(each, origin), origin) for each, origin in zip(inputs, origins, strict=True)]

    def _clean(self, series: np.ndarray, origin: str) -> np.ndarray:
        if series.shape[1] != self.channels:
            raise DataError(f"{origin}: {series.shape[1]} channels, but the classifier takes {self.channels}")
        if np.isfinite(series).all():
            return series
        channel = int(np.argmin(np.isfinite(series).all(axis=0)))
        if np.isinf(series).any():
            channel = int(np.argmax(np.isinf(series).any(axis=0)))
            raise DataError(f"{origin}: infinity in channel {channel}; mend the file, no setting accepts it")
        if self.gaps == "refuse":
            step = int(np.argmax(np.isnan(series[:, channel])))
            raise DataError(
                f"{origin}: missing value in channel {channel}, step {step}; preprocessing.gaps=interpolate fills gaps"
            )
        return np.stack([_interpolated(series[:, k], origin, k) for k in range(self.channels)], axis=1)

    def check(self, inputs: Sequence, origins: Sequence[str]) -> None:
        self.clean(inputs, origins)

    def together(self, inputs: Sequence, origins: Sequence[str]) -> list[np.ndarray]:
        """Rows that may share a batch: all of them behind a mask, else those of equal steps."""
        if self.masked or not len(inputs):
            return super().together(inputs, origins)
        steps = np.array([len(as_series(each, origin)) for each, origin in zip(inputs, origins, strict=True)])
        return [np.flatnonzero(steps == number) for number in np.unique(steps)]

    def transform(self, inputs: Sequence, origins: Sequence[str] | None = None) -> np.ndarray | Ragged:
        """The array for the network.

        Args:
            inputs: n series, (steps, channels) each, or (steps,) for one channel.
            origins: what to call each in an error; its number by default.

        Returns:
            (n, steps, width) float32, or Ragged behind a mask.

        Raises:
            DataError: as `clean`; `together` says which series may come at once.
        """
        origins = named(self.kind, len(inputs)) if origins is None else origins
        series = [self._prepared(each) for each in self.clean(inputs, origins)]
        return Ragged.of(series) if self.masked else np.stack(series)

    def _prepared(self, series: np.ndarray) -> np.ndarray:
        scaled = self._scaled(series)
        return np.concatenate([scaled, log_magnitude(series)], axis=1) if self.magnitude else scaled

    def _scaled(self, series: np.ndarray) -> np.ndarray:
        if self.scaling == "channel":
            return ((series - np.asarray(self.mean)) / np.asarray(self.deviation)).astype(np.float32)
        if self.scaling == "series":
            deviation = series.std(axis=0, dtype=np.float64)
            centred = series - series.mean(axis=0, dtype=np.float64)
            return (centred / np.where(deviation > 1e-12, deviation, 1.0)).astype(np.float32)
        return series


def as_series(values, origin: str) -> np.ndarray:
    """`values` as (steps, channels) float32; (steps,) becomes one channel.

    Raises:
        DataError: not numbers, no steps, or more than two dimensions.
    """
    try:
        with np.errstate(over="ignore"):  # what is too large becomes infinity, which is refused by name
            series = np.asarray(values, dtype=np.float32)
    except (TypeError, ValueError):
        raise DataError(f"{origin}: not an array of numbers of shape (steps, channels)") from None
    series = series[:, None] if series.ndim == 1 else series
    if series.ndim != 2 or not series.size:
        raise DataError(f"{origin}: shape {series.shape}, but a series is (steps, channels) with at least one step")
    return series


def log_magnitude(series: np.ndarray) -> np.ndarray:
    """How large each value is beside the channel's median size, as a logarithm: (steps, channels) to the same shape.

    A fiftieth of the median is added first, so that zeros stay finite.

    >>> log_magnitude(np.array([[1.0], [-1.0], [100.0]])).astype(float).round(2).ravel().tolist()
    [0.02, 0.02, 4.61]
    """
    size = np.abs(series)
    return np.log(size / (np.median(size, axis=0) + 1e-9) + 0.02).astype(np.float32)


def _interpolated(values: np.ndarray, origin: str, channel: int) -> np.ndarray:
    """`values` (steps,) with gaps filled linearly, and by the nearest value at the ends."""
    present = ~np.isnan(values)
    if not present.any():
        raise DataError(f"{origin}: channel {channel} holds missing values only")
    positions = np.arange(len(values))
    return np.interp(positions, positions[present], values[present]).astype(np.float32)
