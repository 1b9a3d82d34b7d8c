"""What the checks look at: each sample as a vector and as facts that should not tell the class."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from convpipe.data.dataset import Dataset
from convpipe.data.splits import Split

#: Samples that are looked at; of more, so many are drawn at random. Said where it happens.
MOST_SAMPLES = 20_000
STEPS, BANDS, SIDE, CUBE = 32, 16, 16, 8  # to which samples are brought for a linear model
CLOCK_TOLERANCE = 1e-3  # of a step, by which the steps of a clock may differ


@dataclass
class Evidence:
    """A dataset, or a random part of a large one, prepared for the checks.

    Args:
        dataset: what was read.
        split: its parts; rows count within `dataset`.
        rows: (n,) the samples that are looked at.
        vectors: (n, d) float32 for a linear model; None for texts.
        facts: name -> (n,) float64, what should not tell the class (length, level, order ...).
        clocks: (n, channels) bool, whether a channel rises by a constant step; None unless the samples are series.
    """

    dataset: Dataset
    split: Split
    rows: np.ndarray
    vectors: np.ndarray | None
    facts: dict[str, np.ndarray]
    clocks: np.ndarray | None

    @property
    def labels(self) -> np.ndarray:
        """(n,) int64 of the samples that are looked at."""
        return self.dataset.labels[self.rows]

    @property
    def groups(self) -> np.ndarray | None:
        """(n,) of the samples that are looked at, None where there are none."""
        return None if self.dataset.groups is None else self.dataset.groups[self.rows]

    @property
    def parts(self) -> np.ndarray:
        """(n,) str: train, validation or test."""
        names = np.full(len(self.dataset), "train", dtype="<U10")
        names[self.split.validation], names[self.split.test] = "validation", "test"
        return names[self.rows]

    @property
    def texts(self) -> list[str]:
        """The samples as texts, for a dataset of texts."""
        return [self.dataset.inputs[row] for row in self.rows]


def gather(dataset: Dataset, split: Split, seed: int = 0) -> Evidence:
    """Read the samples once and keep what the checks need.

    Args:
        dataset: what was read.
        split: its parts.
        seed: of the draw from a dataset of more than `MOST_SAMPLES` samples.
    """
    rows = np.arange(len(dataset))
    if len(rows) > MOST_SAMPLES:
        rows = np.sort(np.random.default_rng(seed).choice(rows, MOST_SAMPLES, replace=False))
    vectors, facts, clocks = [], [], []
    for row in rows:
        sample = dataset.inputs[int(row)]
        facts.append(_facts(sample, dataset.modality) | _file_facts(dataset, int(row)))
        if dataset.modality != "text":
            vectors.append(VECTORS[dataset.modality](np.asarray(sample, np.float64)))
        if dataset.modality == "series":
            clocks.append(is_clock(np.asarray(sample, np.float64)))
    return Evidence(
        dataset,
        split,
        rows,
        np.stack(vectors).astype(np.float32) if vectors else None,
        _columns(facts),
        np.stack(clocks) if clocks else None,
    )


def _columns(facts: list[dict[str, float]]) -> dict[str, np.ndarray]:
    """Facts that every sample has and that differ between samples."""
    names = set.intersection(*map(set, facts)) if facts else set()
    columns = {name: np.array([each[name] for each in facts]) for name in sorted(names)}
    return {name: values for name, values in columns.items() if len(np.unique(values)) > 1}


def _facts(sample: object, modality: str) -> dict[str, float]:
    """What can be measured of a sample without looking at its content."""
    if isinstance(sample, str):
        return {"length": float(len(sample))}
    values = np.asarray(sample, np.float64)
    finite = values[np.isfinite(values)]
    level = {"level": float(finite.mean()) if finite.size else 0.0}
    if modality in ("series", "sound"):
        return level | {"length": float(len(values)), "missing values": float(values.size - finite.size)}
    return level | {"size": float(np.prod(values.shape[:-1])), "shape": float(values.shape[0] / values.shape[1])}


def _file_facts(dataset: Dataset, row: int) -> dict[str, float]:
    """Format, size and number of the file that a sample stands in, where it is a file."""
    name = str(dataset.sample_ids[row])
    path = Path(dataset.source) / name
    if not path.is_file():
        return {}
    facts = {
        "file format": float(int.from_bytes(path.suffix.lower().encode()[-6:])),
        "file size": float(path.stat().st_size),
    }
    numbers = re.findall(r"\d+", path.stem)
    return facts | ({"number in the file name": float(numbers[-1][:15])} if numbers else {})


def is_clock(series: np.ndarray) -> np.ndarray:
    """Whether each channel of a series (steps, channels) rises by a constant step.

    >>> is_clock(np.array([[0.0, 1.0], [1.0, 3.0], [2.0, 2.0], [3.0, 5.0]])).tolist()
    [True, False]
    """
    series = series.reshape(len(series), -1)
    if len(series) < 4:
        return np.zeros(series.shape[1], bool)
    step = np.diff(series, axis=0)
    mean = step.mean(axis=0)
    # float32 cannot hold a large time stamp exactly, so its own resolution is allowed for.
    room = CLOCK_TOLERANCE * np.abs(mean) + 2 * np.spacing(np.abs(series).max(axis=0).astype(np.float32))
    return (mean > 0) & (np.abs(step - mean).max(axis=0) <= room) & (mean > room)


def _series_vector(series: np.ndarray) -> np.ndarray:
    """Level, spread, shape and spectrum of each channel."""
    series = series.reshape(len(series), -1)
    series = np.where(np.isfinite(series), series, np.nanmean(np.where(np.isfinite(series), series, 0.0), axis=0))
    at = np.linspace(0, len(series) - 1, STEPS)
    shape = np.stack([np.interp(at, np.arange(len(series)), channel) for channel in series.T])
    power = np.abs(np.fft.rfft(series - series.mean(axis=0), axis=0)) ** 2
    bands = [part.mean(axis=0) if len(part) else np.zeros(series.shape[1]) for part in np.array_split(power, BANDS)]
    statistics = [
        series.mean(axis=0),
        series.std(axis=0),
        series.min(axis=0),
        series.max(axis=0),
        len(series) ** 0.5 * np.ones(1),
    ]
    return np.concatenate([*statistics, shape.ravel(), np.log(np.stack(bands) + 1e-9).ravel()])


def _shrunk(values: np.ndarray, size: int) -> np.ndarray:
    """An image or volume as `size` means along each axis but the last, and its mean over channels."""
    values = np.where(np.isfinite(values), values, 0.0).mean(axis=-1)
    for axis in range(values.ndim):
        edges = np.linspace(0, values.shape[axis], size + 1)
        places = np.minimum(np.floor(edges[:-1]).astype(int), values.shape[axis] - 1)
        counts = np.diff([*places, values.shape[axis]])
        sums = np.add.reduceat(values, places, axis=axis)
        values = sums / np.maximum(counts, 1).reshape([-1 if each == axis else 1 for each in range(values.ndim)])
    return values.ravel()


#: What turns a sample of a modality (float64) into a vector for a linear model.
VECTORS = {
    "series": _series_vector,
    "sound": _series_vector,
    "image": lambda image: _shrunk(image, SIDE),
    "volume": lambda volume: _shrunk(volume, CUBE),
}
