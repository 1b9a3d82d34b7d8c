"""Selective classification: the risk (error rate of the accepted predictions) over the coverage (fraction accepted).

Predictions with a confidence below a threshold are rejected.

References: Geifman and El-Yaniv 2017, "Selective classification for deep neural networks"; the area: Geifman, Uziel and
El-Yaniv 2019, "Bias-reduced uncertainty estimation for deep neural classifiers".
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class RiskCoverage:
    """The risk at each coverage, from the most to the least confident prediction.

    Args:
        coverage: (n,) float64, 1/n to 1: the fraction of accepted predictions.
        risk: (n,) float64, their error rate; errors are spread evenly over predictions with equal confidence.
        threshold: (n,) bool, whether a confidence threshold can give this coverage: True at the last prediction of
            each confidence.
    """

    coverage: np.ndarray
    risk: np.ndarray
    threshold: np.ndarray

    @property
    def area(self) -> float:
        """The mean risk over all coverages: 0 is ideal; the error rate if the confidence is uninformative."""
        return float(self.risk.mean())

    def coverage_at(self, risk: float) -> float:
        """Return the largest coverage of a threshold with at most this risk; 0 if there is none."""
        possible = self.coverage[self.threshold & (self.risk <= risk + 1e-12)]
        return float(possible.max()) if len(possible) else 0.0


def risk_coverage(labels: np.ndarray, probabilities: np.ndarray) -> RiskCoverage:
    """Return the risk over the coverage; the confidence is the largest probability.

    Args:
        labels: (n,) int.
        probabilities: (n, classes) float.

    >>> found = risk_coverage(np.array([0, 0, 1]), np.array([[0.9, 0.1], [0.8, 0.2], [0.6, 0.4]]))
    >>> found.coverage_at(0.05), found.area
    (0.6666666666666666, 0.1111111111111111)
    """
    return counted_risk_coverage(labels, probabilities)(np.ones(len(labels), np.int64))


def counted_risk_coverage(labels: np.ndarray, probabilities: np.ndarray) -> Callable[[np.ndarray], RiskCoverage]:
    """Prepare `risk_coverage` for many resamples: return a function of the count of each sample, (n,) int64."""
    confidence, wrong = probabilities.max(axis=1), probabilities.argmax(axis=1) != labels
    order = np.argsort(-confidence, kind="stable")
    confidence, wrong = confidence[order], wrong[order]
    starts = np.flatnonzero(np.append(True, confidence[1:] != confidence[:-1]))  # of runs of equal confidence
    ends = np.append(starts[1:], len(order)) - 1

    def of(counts: np.ndarray) -> RiskCoverage:
        ordered = counts[order]
        accepted, errors = np.cumsum(ordered)[ends], np.cumsum(ordered * wrong)[ends]
        run_sizes, run_errors = np.diff(accepted, prepend=0), np.diff(errors, prepend=0)
        slope = run_errors / np.maximum(run_sizes, 1)
        run = np.repeat(np.arange(len(ends)), run_sizes)
        counts_accepted = np.arange(1, accepted[-1] + 1)
        # The errors before the run of equal confidence, and an even share of those within it.
        inside = counts_accepted - (accepted - run_sizes)[run]
        risk = ((errors - run_errors)[run] + inside * slope[run]) / counts_accepted
        threshold = np.zeros(len(counts_accepted), bool)
        threshold[accepted[run_sizes > 0] - 1] = True
        return RiskCoverage(counts_accepted / len(counts_accepted), risk, threshold)

    return of
