"""Registered metrics of the samples and of their resamples."""

from collections.abc import Callable, Sequence

import numpy as np

from convpipe.errors import ConvpipeError
from convpipe.evaluation.bootstrap import Resample
from convpipe.evaluation.rejection import RiskCoverage, counted_risk_coverage, risk_coverage
from convpipe.registry import METRICS

#: What is measured of rejecting unsure answers, and its name for people.
REJECTION = {
    "risk_coverage_area": "area of risk over coverage",
    "coverage_at_1_percent_risk": "coverage at 1 % risk",
    "coverage_at_5_percent_risk": "coverage at 5 % risk",
}


def measured(labels: np.ndarray, probabilities: np.ndarray) -> dict[str, float]:
    """All registered metrics, and those of rejecting unsure answers; NaN where one is not defined, such as for samples
    of one class only."""
    found = {name: _number(METRICS[name].function, labels, probabilities) for name in METRICS}
    return found | _rejection(risk_coverage(labels, probabilities))


def of_resamples(
    labels: np.ndarray, probabilities: np.ndarray, names: Sequence[str], rejecting: bool = False
) -> Callable[[Resample], dict[str, float]]:
    """A function that gives registered metrics of a resample, for `intervals`; NaN where one is not defined.

    Metrics of this package are computed from how often each sample is drawn, those of plugins from the drawn samples.

    Args:
        labels: (n,) int64.
        probabilities: (n, classes) float64, rows that sum to one.
        names: of the metrics.
        rejecting: whether it also gives what is measured of rejecting unsure answers.
    """
    counted = {name: METRICS[name].counted for name in names}
    ready = {name: prepare(labels, probabilities) for name, prepare in counted.items() if prepare}
    kept = counted_risk_coverage(labels, probabilities) if rejecting else None

    def measure(resample: Resample) -> dict[str, float]:
        found = {}
        for name in names:
            if name in ready:
                found[name] = _number(ready[name], resample.counts)
            else:
                rows = resample.rows
                found[name] = _number(METRICS[name].function, labels[rows], probabilities[rows])
        return found | (_rejection(kept(resample.counts)) if kept else {})

    return measure


def _number(function: Callable, *arguments) -> float:
    """What a metric returns; NaN where it is not defined."""
    try:
        return float(function(*arguments))
    except (ValueError, ArithmeticError, LookupError, ConvpipeError):
        return float("nan")


def _rejection(kept: RiskCoverage) -> dict[str, float]:
    return dict(zip(REJECTION, (kept.area, kept.coverage_at(0.01), kept.coverage_at(0.05)), strict=True))
