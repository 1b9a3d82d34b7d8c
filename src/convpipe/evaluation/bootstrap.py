"""Bootstrap intervals: how far a measure may be from what other samples of the same kind would give.

Resamples are drawn with replacement, and the interval is that of the percentiles (Efron and Tibshirani 1993, "An
introduction to the bootstrap", section 13.3). Samples of one group (a subject, a film) or of one recording are alike,
so whole groups or recordings are drawn where there are some. The intervals hold for other groups, recordings or samples
and for these trained networks.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

RESAMPLES, LEVEL, SEED = 1000, 0.95, 0


@dataclass(frozen=True)
class Units:
    """What a bootstrap draws.

    Args:
        name: "groups", "recordings" or "samples".
        owners: (n,) int64, the unit of each sample, numbers from 0 without a gap.
    """

    name: str
    owners: np.ndarray

    @cached_property
    def count(self) -> int:
        return int(self.owners.max()) + 1

    @cached_property
    def spans(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The samples by unit, (n,) int64, and where each unit begins and how many it has, (count,) int64."""
        sizes = np.bincount(self.owners)
        return np.argsort(self.owners, kind="stable"), np.cumsum(sizes) - sizes, sizes

    def __str__(self) -> str:
        return f"{self.count:,} {self.name}"


@dataclass(frozen=True)
class Resample:
    """Samples of units that were drawn with replacement.

    Args:
        units: what was drawn.
        drawn: (count,) int64, the units.
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
        """How often each sample is among them, (n,) int64."""
        return np.bincount(self.drawn, minlength=self.units.count)[self.units.owners]


@dataclass(frozen=True)
class Interval:
    """The bounds of a bootstrap interval, NaN where no resample gave a number.

    Args:
        low, high: the bounds.
        undefined: resamples for which the measure is not defined, such as those of one class.
    """

    low: float
    high: float
    undefined: int = 0


def units_of(count: int, groups: np.ndarray | None = None, recordings: np.ndarray | None = None) -> Units:
    """What to draw: groups, else recordings, where there are at least two of them, else samples.

    Args:
        count: number of samples.
        groups, recordings: (count,) str, or None.

    >>> str(units_of(3, np.array(["a", "a", "b"]))), str(units_of(3, np.array(["a", "a", "a"])))
    ('2 groups', '3 samples')
    """
    for name, names in (("groups", groups), ("recordings", recordings)):
        if names is not None:
            found, owners = np.unique(names, return_inverse=True)
            if len(found) > 1:
                return Units(name, owners)
    return Units("samples", np.arange(count))


def draws(units: Units, resamples: int = RESAMPLES) -> Iterator[np.ndarray]:
    """The units of each resample, (count,) int64; every call gives the same ones."""
    random = np.random.default_rng(SEED)
    for _ in range(resamples):
        yield random.integers(units.count, size=units.count)


def mean_interval(values: np.ndarray, units: Units, resamples: int = RESAMPLES) -> Interval:
    """The interval of the mean of `values` (n,)."""
    sums, counts = np.bincount(units.owners, values), np.bincount(units.owners)
    return percentiles(np.array([sums[drawn].sum() / counts[drawn].sum() for drawn in draws(units, resamples)]))


def intervals(
    measure: Callable[[Resample], dict[str, float]],
    units: Units,
    resamples: int = RESAMPLES,
    watch: Callable[[int], None] = lambda done: None,
) -> dict[str, Interval]:
    """The intervals of several measures.

    Args:
        measure: gives the measures of a resample by name; NaN where one is not defined.
        units: what is drawn.
        resamples: how many.
        watch: is told after each how many are done.
    """
    found: dict[str, list[float]] = {}
    for done, drawn in enumerate(draws(units, resamples), 1):
        for name, value in measure(Resample(units, drawn)).items():
            found.setdefault(name, []).append(value)
        watch(done)
    return {name: percentiles(np.array(values)) for name, values in found.items()}


def percentiles(values: np.ndarray) -> Interval:
    """The interval that holds the middle `LEVEL` of the values; those that are not numbers are left out."""
    known = values[np.isfinite(values)]
    if not len(known):
        return Interval(float("nan"), float("nan"), len(values))
    low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(low), float(high), len(values) - len(known))
