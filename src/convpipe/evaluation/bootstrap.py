"""Bootstrap intervals of metrics.

Units are resampled with replacement; the bounds are percentiles (Efron and Tibshirani 1993, "An introduction to the
bootstrap", section 13.3). Samples of one group (a person, a film) or of one recording are similar, so if the data has
groups or recordings, the bootstrap draws whole ones. The intervals describe the variation over samples, recordings or
groups for a fixed trained classifier, not the variation over trainings.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

RESAMPLES, LEVEL, SEED = 1000, 0.95, 0


@dataclass(frozen=True)
class Units:
    """The units that a bootstrap draws.

    Args:
        name: "groups", "recordings" or "samples".
        owners: (n,) int64, the unit of each sample, numbered from 0 without gaps.
    """

    name: str
    owners: np.ndarray

    @cached_property
    def count(self) -> int:
        return int(self.owners.max()) + 1

    @cached_property
    def spans(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The samples sorted by unit, (n,) int64; the start and the size of each unit, (count,) int64 each."""
        sizes = np.bincount(self.owners)
        return np.argsort(self.owners, kind="stable"), np.cumsum(sizes) - sizes, sizes

    def __str__(self) -> str:
        return f"{self.count:,} {self.name}"


@dataclass(frozen=True)
class Resample:
    """The samples of units drawn with replacement.

    Args:
        units: all units.
        drawn: (count,) int64, the drawn units.
    """

    units: Units
    drawn: np.ndarray

    @cached_property
    def rows(self) -> np.ndarray:
        """The samples, (m,) int64 with repetitions."""
        order, starts, sizes = self.units.spans
        drawn = sizes[self.drawn]
        inside = np.arange(drawn.sum()) - np.repeat(np.cumsum(drawn) - drawn, drawn)
        return order[np.repeat(starts[self.drawn], drawn) + inside]

    @cached_property
    def counts(self) -> np.ndarray:
        """How often each sample was drawn, (n,) int64."""
        return np.bincount(self.drawn, minlength=self.units.count)[self.units.owners]


@dataclass(frozen=True)
class Interval:
    """The bounds of a bootstrap interval; NaN if the metric is undefined in every resample.

    Args:
        low, high: the bounds.
        undefined: number of resamples in which the metric is undefined, such as those with a single class.
    """

    low: float
    high: float
    undefined: int = 0


def units_of(count: int, groups: np.ndarray | None = None, recordings: np.ndarray | None = None) -> Units:
    """Return groups as units if there are at least two, else recordings if there are at least two, else samples.

    Args:
        count: number of samples.
        groups, recordings: (count,) str, or None.

    >>> str(units_of(3, np.array(["a", "a", "b"]))), str(units_of(3, np.array(["a", "a", "a"])))
    ('2 groups', '3 samples')
    """
    for name, names in (("groups", groups), ("recordings", recordings)):
        if names is not None:
            distinct, owners = np.unique(names, return_inverse=True)
            if len(distinct) > 1:
                return Units(name, owners)
    return Units("samples", np.arange(count))


def draws(units: Units, resamples: int = RESAMPLES) -> Iterator[np.ndarray]:
    """Yield the units of each resample, (count,) int64; the same in every call."""
    random = np.random.default_rng(SEED)
    for _ in range(resamples):
        yield random.integers(units.count, size=units.count)


def mean_interval(values: np.ndarray, units: Units, resamples: int = RESAMPLES) -> Interval:
    """Return the interval of the mean of `values` (n,)."""
    sums, counts = np.bincount(units.owners, values), np.bincount(units.owners)
    return percentiles(np.array([sums[drawn].sum() / counts[drawn].sum() for drawn in draws(units, resamples)]))


def intervals(
    measure: Callable[[Resample], dict[str, float]],
    units: Units,
    resamples: int = RESAMPLES,
    watch: Callable[[int], None] = lambda done: None,
) -> dict[str, Interval]:
    """Return the intervals of several metrics.

    Args:
        measure: returns the metrics of a resample by name; NaN for an undefined one.
        units: to draw.
        resamples: number of resamples.
        watch: called after each resample with the number done so far.
    """
    drawn_values: dict[str, list[float]] = {}
    for done, drawn in enumerate(draws(units, resamples), 1):
        for name, value in measure(Resample(units, drawn)).items():
            drawn_values.setdefault(name, []).append(value)
        watch(done)
    return {name: percentiles(np.array(values)) for name, values in drawn_values.items()}


def percentiles(values: np.ndarray) -> Interval:
    """Return the central `LEVEL` interval of the values, without those that are not finite."""
    finite = values[np.isfinite(values)]
    if not len(finite):
        return Interval(float("nan"), float("nan"), len(values))
    low, high = np.quantile(finite, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(low), float(high), len(values) - len(finite))
