"""The conclusions of a comparison, in sentences that its measurements support.

Accuracy: two networks are compared over the seeds that both finished, at least three. The differences are paired by
seed. One network is called more accurate only if the 95% interval of their mean excludes zero (Student's t, with a
Bonferroni correction for all compared pairs). The interval covers other seeds on the same samples, not other samples.

Shuffle test: its intervals cover other samples with the same networks, not other seeds.

Time: a step is called longer only if the fastest round of one network was slower than the slowest round of the other.
"""

from dataclasses import dataclass, field
from itertools import combinations
from statistics import mean, stdev

from convpipe.experiment.comparison.variants import Variant

LEAST_SEEDS, LEVEL = 3, 0.95
INTERVAL = "(± is the 95% interval over seeds, corrected for all pairs; it does not cover other samples.)"


@dataclass
class Row:
    """The results of one variant.

    Args:
        variant: the network.
        accuracies: of the finished runs, by seed.
        measured: as `profiling.profile` returns it; empty if that failed.
        shuffled: a `ShuffleTest` over the runs of all seeds, as a dictionary; empty if there is none.
        part: on which the accuracies were measured: test or validation.
        errors: a line for each run that did not finish and each measurement that failed.
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
        """Sample standard deviation over the seeds (divisor n - 1)."""
        return stdev(self.accuracies.values()) if len(self.accuracies) > 1 else None


@dataclass(frozen=True)
class Difference:
    """How much more accurate one network is than another: the mean over `seeds`, and half the width of its interval."""

    one: str
    other: str
    by: float
    within: float
    seeds: int

    @property
    def significant(self) -> bool:
        return abs(self.by) > self.within + 1e-9  # more than a rounding error

    def __str__(self) -> str:
        return f"{self.by + 0.0:+.4f} ± {self.within:.4f}, {self.seeds} seeds"  # + 0.0 turns -0.0 into 0.0


def differences(rows: list[Row]) -> list[Difference]:
    """Return the difference of every pair of networks with at least three common seeds, the more accurate one first."""
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
    """Return lines on accuracy, shuffled axes, equivalent networks and costs."""
    equivalent = [_equivalence_line(row) for row in rows if "largest_difference" in row.measured]
    measured = [row for row in rows if row.measured]
    shuffled = [_shuffle_line(row) for row in rows if row.shuffled and not row.variant.equivalent_to]
    costs = [_cost_line(row, measured[0]) for row in measured[1:]]
    return [*_accuracy_lines(rows), *shuffled, *equivalent, *costs]


def _accuracy_lines(rows: list[Row]) -> list[str]:
    trained = [row for row in rows if not row.variant.equivalent_to]
    finished = [row for row in trained if row.accuracies]
    if len(trained) < 2:
        return []
    if len(finished) < 2:
        return ["Accuracy: fewer than two networks were trained, so there is nothing to compare."]
    found = differences(rows)
    if not found:
        return [f"Accuracy: no two networks share {LEAST_SEEDS} seeds, so differences are not tested."]
    lines = [f"{each.one} is more accurate than {each.other} ({each})" for each in found if each.significant]
    lines += [
        f"no significant difference between {each.one} and {each.other} ({each})"
        for each in found
        if not each.significant
    ]
    pairs = len(trained) * (len(trained) - 1) // 2
    if len(found) < pairs:
        lines.append(f"the other pairs share fewer than {LEAST_SEEDS} seeds and are not compared")
    return [f"Accuracy on the {finished[0].part} part: " + "; ".join(lines) + ". " + INTERVAL]


def _shuffle_line(row: Row) -> str:
    test, drops = row.shuffled, []
    for each in test["axes"]:
        drops.append(f"{each['axis']} {each['drop'] + 0.0:.3f} ({each['low'] + 0.0:.3f} to {each['high'] + 0.0:.3f})")
    drawn = f"{test['drawn']:,} {'groups' if test['groups'] else 'samples'}"
    lost = ", ".join(drops)
    return f"Drop in accuracy of {row.name} with one axis shuffled: {lost}; 95% interval over {drawn}, networks fixed."


def _equivalence_line(row: Row) -> str:
    shown, networks = row.measured["compared_samples"], row.measured["compared_networks"]
    largest = row.measured["largest_difference"]
    apart = f"relative difference at most {largest:.1e}" if largest else "identical, bit for bit"
    return (
        f"{row.name} with the weights of {row.variant.equivalent_to} gives the same outputs ({apart}) "
        f"for {_counted(shown, 'sample')} and {_counted(networks, 'trained network')}."
    )


def _cost_line(row: Row, first: Row) -> str:
    one, other = row.measured, first.measured
    counts = [_ratio(one[key], other[key], key.replace("_", "-")) for key in ("parameters", "multiply_adds")]
    return f"Compared with {first.name}, {row.name} has {' and '.join(counts)}; {_time(one, other)}."


def _ratio(one: int, other: int, name: str) -> str:
    return f"the same number of {name}" if one == other else f"{one / max(other, 1):.3g} times the {name}"


def _time(one: dict, other: dict) -> str:
    both = f"{1000 * one['seconds_a_step']:.3g} ms against {1000 * other['seconds_a_step']:.3g} ms"
    longer = one["seconds_a_step_lowest"] > other["seconds_a_step_highest"]
    shorter = one["seconds_a_step_highest"] < other["seconds_a_step_lowest"]
    if not (longer or shorter):
        return f"the times per step overlap ({both})"
    return f"a step took {one['seconds_a_step'] / other['seconds_a_step']:.3g} times as long ({both})"


def _counted(count: int, name: str) -> str:
    return f"{count} {name}" + ("s" if count != 1 else "")
