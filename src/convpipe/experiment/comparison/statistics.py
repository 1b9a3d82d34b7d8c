"""What a comparison shows, in sentences: never more than its own figures support.

The rule for accuracy: two networks are compared seed by seed, over the seeds that both finished, three at least. One is
called more accurate only where the mean of these differences lies further from zero than the 95 % interval of
Student's t reaches, divided over all the pairs that are compared (Bonferroni). The interval holds for other seeds on
the same samples; it says nothing of other samples. The intervals of the shuffle test are the other way round: they hold
for other samples and these networks. The rule for time: a step is called longer only where the fastest
round of the one network was slower than the slowest round of the other.
"""

from dataclasses import dataclass, field
from itertools import combinations
from statistics import mean, stdev

from convpipe.experiment.comparison.variants import Variant

LEAST_SEEDS, LEVEL = 3, 0.95
INTERVAL = "(± is the 95 % interval for other seeds, for all pairs together; other samples are another matter.)"


@dataclass
class Row:
    """What is known of one variant.

    Args:
        variant: the network.
        accuracies: by seed, of the runs that finished.
        measured: as `profiling.profile` gives it; empty where that failed.
        shuffled: a `ShuffleTest` over the runs of all seeds, as a dictionary; empty where there is none.
        part: what the accuracies were measured on: test or validation.
        errors: a line for each run that did not finish, and for a measurement that failed.
    """

    variant: Variant
    accuracies: dict[int, float] = field(default_factory=dict)
    measured: dict = field(default_factory=dict)
    shuffled: dict = field(default_factory=dict)
    part: str = "test"
    errors: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.variant.name

    @property
    def accuracy(self) -> float | None:
        return mean(self.accuracies.values()) if self.accuracies else None

    @property
    def spread(self) -> float | None:
        """Standard deviation over the seeds, of a sample (divisor n - 1)."""
        return stdev(self.accuracies.values()) if len(self.accuracies) > 1 else None


@dataclass(frozen=True)
class Difference:
    """How much more accurate one network is than another: mean over `seeds`, and the half of its interval."""

    one: str
    other: str
    by: float
    within: float
    seeds: int

    @property
    def believable(self) -> bool:
        return abs(self.by) > self.within + 1e-9  # what rounding alone can make

    def __str__(self) -> str:
        return f"{self.by + 0.0:+.4f} ± {self.within:.4f}, {self.seeds} seeds"  # + 0.0 takes the sign off a zero


def differences(rows: list[Row]) -> list[Difference]:
    """Every pair of networks that were trained on three common seeds at least, the more accurate one first."""
    from scipy.stats import t

    trained = [row for row in rows if not row.variant.equivalent_to]
    pairs = [(one, other, sorted(one.accuracies.keys() & other.accuracies)) for one, other in combinations(trained, 2)]
    pairs = [pair for pair in pairs if len(pair[2]) >= LEAST_SEEDS]
    found = []
    for one, other, seeds in pairs:
        values = [one.accuracies[seed] - other.accuracies[seed] for seed in seeds]
        if mean(values) < 0:
            one, other, values = other, one, [-value for value in values]
        factor = float(t.ppf(1 - (1 - LEVEL) / 2 / len(pairs), len(seeds) - 1))
        within = factor * stdev(values) / len(seeds) ** 0.5
        found.append(Difference(one.name, other.name, mean(values), within, len(seeds)))
    return found


def conclusion(rows: list[Row]) -> list[str]:
    """Lines, from accuracy over equal networks to costs; each says only what `rows` hold."""
    repetitions = [_repetition(row) for row in rows if "largest_difference" in row.measured]
    measured = [row for row in rows if row.measured]
    shuffled = [_on_axes(row) for row in rows if row.shuffled and not row.variant.equivalent_to]
    costs = [_costs_beside(row, measured[0]) for row in measured[1:]]
    return [*_on_accuracy(rows), *shuffled, *repetitions, *costs]


def _on_accuracy(rows: list[Row]) -> list[str]:
    trained = [row for row in rows if not row.variant.equivalent_to]
    finished = [row for row in trained if row.accuracies]
    if len(trained) < 2:
        return []
    if len(finished) < 2:
        return ["Accuracy: fewer than two of the networks were trained, so there is nothing to compare."]
    found = differences(rows)
    if not found:
        return [f"Accuracy: under {LEAST_SEEDS} seeds that two networks share, nothing is said of differences."]
    lines = [f"{each.one} is more accurate than {each.other} ({each})" for each in found if each.believable]
    lines += [
        f"between {each.one} and {each.other} no difference that {each.seeds} seeds could show ({each})"
        for each in found
        if not each.believable
    ]
    pairs = len(trained) * (len(trained) - 1) // 2
    if len(found) < pairs:
        lines.append(f"the other pairs share under {LEAST_SEEDS} seeds, so nothing is said of them")
    return [f"Accuracy on the {finished[0].part} part: " + "; ".join(lines) + ". " + INTERVAL]


def _on_axes(row: Row) -> str:
    test, drops = row.shuffled, []
    for each in test["axes"]:
        drops.append(f"{each['axis']} {each['drop'] + 0.0:.3f} ({each['low'] + 0.0:.3f} to {each['high'] + 0.0:.3f})")
    drawn = f"{test['drawn']:,} {'groups' if test['groups'] else 'samples'}"
    lost = ", ".join(drops)
    return (
        f"{row.name} loses this accuracy when an axis is shuffled: {lost}; 95 % interval over {drawn}, networks fixed."
    )


def _repetition(row: Row) -> str:
    shown, networks = row.measured["compared_samples"], row.measured["compared_networks"]
    largest = row.measured["largest_difference"]
    apart = f"apart by {largest:.1e} of the largest at most" if largest else "to the bit"
    return (
        f"{row.name} with the weights of {row.variant.equivalent_to} gives the same outputs, {apart}, "
        f"on {_counted(shown, 'sample')} through {_counted(networks, 'trained network')}."
    )


def _costs_beside(row: Row, first: Row) -> str:
    one, other = row.measured, first.measured
    counts = [_ratio(one[key], other[key], key.replace("_", "-")) for key in ("parameters", "multiply_adds")]
    return f"Beside {first.name}, {row.name} has {' and '.join(counts)}; {_time(one, other)}."


def _ratio(one: int, other: int, name: str) -> str:
    return f"as many {name}" if one == other else f"{one / max(other, 1):.3g} times the {name}"


def _time(one: dict, other: dict) -> str:
    both = f"{1000 * one['seconds_a_step']:.3g} ms against {1000 * other['seconds_a_step']:.3g} ms"
    longer = one["seconds_a_step_lowest"] > other["seconds_a_step_highest"]
    shorter = one["seconds_a_step_highest"] < other["seconds_a_step_lowest"]
    if not (longer or shorter):
        return f"between their times a step no difference that these rounds could show ({both})"
    return f"its steps took {one['seconds_a_step'] / other['seconds_a_step']:.3g} times as long ({both})"


def _counted(count: int, name: str) -> str:
    return f"{count} {name}" + ("s" if count != 1 else "")
