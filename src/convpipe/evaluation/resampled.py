"""Registered metrics of samples and of bootstrap resamples."""

from collections.abc import Callable, Sequence

import numpy as np

from convpipe.errors import ConvpipeError
from convpipe.evaluation.bootstrap import Resample
from convpipe.evaluation.rejection import RiskCoverage, counted_risk_coverage, risk_coverage
from convpipe.registry import METRICS

#: Metrics of rejecting uncertain predictions, and their display names.
REJECTION = {
    "risk_coverage_area": "area under risk-coverage curve",
    "coverage_at_1_percent_risk": "coverage at 1% risk",
    "coverage_at_5_percent_risk": "coverage at 5% risk",
}


def measured(labels: np.ndarray, probabilities: np.ndarray) -> dict[str, float]:
    """Return all registered metrics and those of rejecting uncertain predictions.

    An undefined metric is NaN, such as the ROC AUC of samples of a single class.
    """
    values = {name: _number(METRICS[name].function, labels, probabilities) for name in METRICS}
    return values | _rejection(risk_coverage(labels, probabilities))


def of_resamples(
    labels: np.ndarray, probabilities: np.ndarray, names: Sequence[str], rejecting: bool = False
) -> Callable[[Resample], dict[str, float]]:
    """Return a function from a resample to its metrics, for `intervals`; NaN for an undefined metric.

    Metrics of this package are computed from the count of each sample, those of plugins from the drawn samples.

    Args:
        labels: (n,) int64.
        probabilities: (n, classes) float64, rows that sum to one.
        names: of the metrics.
        rejecting: whether to add the metrics of rejecting uncertain predictions.
    """
    counted = {name: METRICS[name].counted for name in names}
    prepared = {name: prepare(labels, probabilities) for name, prepare in counted.items() if prepare}
    selective = counted_risk_coverage(labels, probabilities) if rejecting else None

    def measure(resample: Resample) -> dict[str, float]:
        values = {}
        for name in names:
            if name in prepared:
                values[name] = _number(prepared[name], resample.counts)
            else:
                rows = resample.rows
                values[name] = _number(METRICS[name].function, labels[rows], probabilities[rows])
        return values | (_rejection(selective(resample.counts)) if selective else {})

    return measure


def _number(function: Callable, *arguments) -> float:
    """Return the value of a metric, or NaN if it is undefined."""
    try:
        return float(function(*arguments))
    except (ValueError, ArithmeticError, LookupError, ConvpipeError):
        return float("nan")


def _rejection(curve: RiskCoverage) -> dict[str, float]:
    return dict(zip(REJECTION, (curve.area, curve.coverage_at(0.01), curve.coverage_at(0.05)), strict=True))
