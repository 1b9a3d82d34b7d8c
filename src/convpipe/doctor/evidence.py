"""The input of the checks: each sample as a vector, and facts that should not predict its class."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from convpipe.data.dataset import Dataset
from convpipe.data.splits import Split

#: Maximum number of samples that are read. From a larger dataset this number is drawn at random, which is reported.
MOST_SAMPLES = 20_000
STEPS, BANDS, SIDE, CUBE = 32, 16, 16, 8  # sizes to which samples are reduced for a linear model
CLOCK_TOLERANCE = 1e-3  # largest difference between the steps of a clock, as a fraction of a step


@dataclass
class Evidence:
    """A dataset, or a random subset of a large one, prepared for the checks.

    Args:
        dataset: the dataset.
        split: its parts, as rows of `dataset`.
        rows: (n,) rows of the samples to check.
        vectors: (n, d) float32 for a linear model; None for texts.
        facts: name -> (n,) float64, values that should not predict the class (length, level, order ...).
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
        """(n,) int64, labels of the samples to check."""
        return self.dataset.labels[self.rows]

    @property
    def groups(self) -> np.ndarray | None:
        """(n,) groups of the samples to check; None if the dataset has none."""
        return None if self.dataset.groups is None else self.dataset.groups[self.rows]

    @property
    def parts(self) -> np.ndarray:
        """(n,) str, the part of each sample: train, validation or test."""
        names = np.full(len(self.dataset), "train", dtype="<U10")
        names[self.split.validation], names[self.split.test] = "validation", "test"
        return names[self.rows]

    @property
    def texts(self) -> list[str]:
        """The samples to check, for a dataset of texts."""
        return [self.dataset.inputs[row] for row in self.rows]


def gather(dataset: Dataset, split: Split, seed: int = 0) -> Evidence:
    """Read the samples once and prepare them for the checks.

    Args:
        dataset: the dataset.
        split: its parts.
        seed: seed of the subset of a dataset with more than `MOST_SAMPLES` samples.
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
    """Length, size, level and similar properties of a sample."""
    if isinstance(sample, str):
        return {"length": float(len(sample))}
    values = np.asarray(sample, np.float64)
    finite = values[np.isfinite(values)]
    level = {"level": float(finite.mean()) if finite.size else 0.0}
    if modality in ("series", "sound"):
        return level | {"length": float(len(values)), "missing values": float(values.size - finite.size)}
    return level | {"size": float(np.prod(values.shape[:-1])), "shape": float(values.shape[0] / values.shape[1])}


def _file_facts(dataset: Dataset, row: int) -> dict[str, float]:
    """Format, size and number in the name of the file of a sample; empty if the sample has no file."""
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
    # float32 cannot represent a large time stamp exactly, so the tolerance includes its resolution.
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
    """Reduce an image or volume to `size` means along each axis, and to the mean over channels."""
    values = np.where(np.isfinite(values), values, 0.0).mean(axis=-1)
    for axis in range(values.ndim):
        edges = np.linspace(0, values.shape[axis], size + 1)
        places = np.minimum(np.floor(edges[:-1]).astype(int), values.shape[axis] - 1)
        counts = np.diff([*places, values.shape[axis]])
        sums = np.add.reduceat(values, places, axis=axis)
        values = sums / np.maximum(counts, 1).reshape([-1 if each == axis else 1 for each in range(values.ndim)])
    return values.ravel()


#: Modality -> function that converts a sample (float64) to a vector for a linear model.
VECTORS = {
    "series": _series_vector,
    "sound": _series_vector,
    "image": lambda image: _shrunk(image, SIDE),
    "volume": lambda volume: _shrunk(volume, CUBE),
}
