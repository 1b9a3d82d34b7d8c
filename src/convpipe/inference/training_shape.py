"""Steps, channels and ranges of the training samples, to cut new samples in the same way and to warn about others."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Self

import numpy as np

from convpipe.preprocessing.warned import Warned

#: A sample is outside the training range if its mean is further from the training means than they are from each other,
#: or if its deviation is more than this many times the largest, or less than this fraction of the smallest.
DEVIATION = 4.0
CHUNK = 64  # samples of equal shape that are measured together; few enough for the processor's cache
MOST_MEASURED = 2000  # maximum number of training samples whose range is measured, evenly spaced


@dataclass(frozen=True)
class TrainingShape:
    """Steps, windows, channels and ranges of the training samples.

    Args:
        channel_names: of series; empty if unknown.
        shortest: fewest steps of a training sample, None for samples without steps.
        window_steps, window_stride: of the windows that recordings were cut into; None if they were not.
        means: lowest and highest mean of a training sample: a pair for each channel of series, else one pair.
        deviations: lowest and highest standard deviation, in the same form.
    """

    channel_names: tuple[str, ...] = ()
    shortest: int | None = None
    window_steps: int | None = None
    window_stride: int | None = None
    means: tuple[tuple[float, float], ...] = ()
    deviations: tuple[tuple[float, float], ...] = ()

    @classmethod
    def of(
        cls, inputs: Sequence, modality: str, channel_names: Sequence[str] = (), window: tuple[int, int] | None = None
    ) -> Self:
        """Measure training samples.

        Args:
            inputs: raw samples.
            modality: of the samples; texts have no range.
            channel_names: of series.
            window: steps and stride of the windows; None if recordings were not cut.
        """
        steps, stride = window or (None, None)
        if modality == "text":
            return cls()
        rows = np.unique(np.linspace(0, len(inputs) - 1, min(len(inputs), MOST_MEASURED)).astype(int))
        means, deviations = _moments([inputs[int(row)] for row in rows], modality)
        shortest = min(len(each) for each in inputs) if modality == "series" else None
        about = (tuple(channel_names), shortest, steps, stride)
        return cls(*about, _ranges(means), _ranges(deviations))

    def warnings(self, inputs: Sequence, modality: str, sample_ids: Sequence[str]) -> Iterator[str]:
        """Yield a line for each way in which samples differ from the training samples.

        Args:
            inputs: raw samples.
            modality: of the samples.
            sample_ids: id of each sample.
        """
        if not len(inputs) or not self.means:
            return
        if self.shortest is not None:
            steps = np.array([len(each) for each in inputs])
            short = steps < self.shortest
            if short.any():
                what = f"samples are shorter than every training sample ({self.shortest:,} steps)"
                example = f"{sample_ids[int(short.argmax())]} ({steps[short.argmax()]:,} steps)"
                yield Warned(short.sum(), len(inputs), what, example)
        means, deviations = _moments(inputs, modality)
        if means.shape[1] != len(self.means):
            return  # another number of channels is an error of the preprocessing
        outside = self._outside(means, deviations)
        if outside.any():
            rows = outside.any(axis=1)
            row = int(rows.argmax())
            channel = int(outside[row].argmax())
            name = self.channel_names[channel] if channel < len(self.channel_names) else str(channel)
            where = f", channel {name}" if modality == "series" else ""
            what = "samples are far outside the range of the training data"
            yield Warned(rows.sum(), len(inputs), what, f"{sample_ids[row]}{where}")

    def _outside(self, means: np.ndarray, deviations: np.ndarray) -> np.ndarray:
        """(n, channels) bool: whether the mean or the deviation is far from those of training."""
        (low, high), (least, most) = np.array(self.means).T, np.array(self.deviations).T
        room = np.maximum(high - low, most)
        far = (means < low - room) | (means > high + room)
        return far | (deviations > DEVIATION * most) | (deviations < least / DEVIATION)

    def as_json(self) -> dict:
        """Return the fields as a dictionary for JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, about: dict | None) -> Self:
        """Return the shape from the dictionary of `as_json`; an empty one for None.

        Raises:
            ValueError: a field is missing or has the wrong type.
        """
        if about is None:
            return cls()
        if not isinstance(about, dict) or about.keys() != {each.name for each in fields(cls)}:
            raise ValueError("training does not describe training samples")
        numbers = [about[key] for key in ("shortest", "window_steps", "window_stride")]
        if not all(each is None or (type(each) is int and each > 0) for each in numbers):
            raise ValueError(f"training has {numbers} for steps")
        pairs = [tuple(map(tuple, about[key])) for key in ("means", "deviations")]
        flat = [value for each in pairs for pair in each for value in pair]
        if {len(pair) for each in pairs for pair in each} - {2} or not np.isfinite(np.array(flat, float)).all():
            raise ValueError("training has ranges that are not pairs of numbers")
        if len(pairs[0]) != len(pairs[1]):
            raise ValueError("training has ranges for different channels")
        return cls(tuple(map(str, about["channel_names"])), *numbers, *pairs)


def _moments(inputs: Sequence, modality: str) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of each sample without NaN: (n, channels) for series, else (n, 1)."""
    arrays = [np.asarray(each) for each in inputs]
    if len({each.shape for each in arrays}) == 1:
        stacks = [np.stack(arrays[at : at + CHUNK]) for at in range(0, len(arrays), CHUNK)]
    else:
        stacks = [each[None] for each in arrays]
    means, deviations = [], []
    for stack in stacks:
        per_channel = modality == "series" and stack.ndim > 2
        values = stack.reshape(len(stack), -1, stack.shape[-1] if per_channel else 1).astype(np.float64)
        if np.isnan(values).any():
            known = np.ma.masked_invalid(values)
            means.append(known.mean(axis=1).filled(0.0))
            deviations.append(known.std(axis=1).filled(0.0))
        else:
            means.append(values.mean(axis=1))
            deviations.append(values.std(axis=1))
    return np.concatenate(means), np.concatenate(deviations)


def _ranges(values: np.ndarray) -> tuple[tuple[float, float], ...]:
    return tuple((float(low), float(high)) for low, high in zip(values.min(axis=0), values.max(axis=0), strict=True))


def windows_of(steps: int, size: int, stride: int) -> range:
    """Return the first steps of a recording's windows. A recording that is not longer than a window is one window.

    >>> list(windows_of(10, 4, 2)), list(windows_of(3, 4, 2))
    ([0, 2, 4, 6], [0])
    """
    return range(0, max(steps - size, 0) + 1, stride)


def resampled(series: np.ndarray, rate: float, new_rate: float) -> np.ndarray:
    """Resample a series (steps, channels) from one sampling rate to another by linear interpolation.

    >>> resampled(np.array([[0.0], [1.0], [2.0]]), 1.0, 2.0).ravel().tolist()
    [0.0, 0.5, 1.0, 1.5, 2.0]
    """
    series = series.reshape(len(series), -1)
    count = max(round((len(series) - 1) * new_rate / rate) + 1, 1)
    at = np.arange(count) * rate / new_rate
    return np.stack([np.interp(at, np.arange(len(series)), channel) for channel in series.T], axis=1)
