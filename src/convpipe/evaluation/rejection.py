"""Rejecting unsure answers: the risk (share of wrong answers) among those that are kept, over the share that is kept.

References: Geifman and El-Yaniv 2017, "Selective classification for deep neural networks"; the area: Geifman, Uziel and
El-Yaniv 2019, "Bias-reduced uncertainty estimation for deep neural classifiers".
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class RiskCoverage:
    """The risk at each coverage, the surest answers first.

    Args:
        coverage: (n,) float64, 1/n to 1: the share of answers that are kept.
        risk: (n,) float64, the share of wrong ones among them; within answers of equal confidence, wrong ones are
            spread evenly.
        threshold: (n,) bool, where a threshold on the confidence can cut: after the last answer of equal confidence.
    """

    coverage: np.ndarray
    risk: np.ndarray
    threshold: np.ndarray

    @property
    def area(self) -> float:
        """The mean risk over all coverages: 0 for an ideal classifier, the error rate where confidence says nothing."""
        return float(self.risk.mean())

    def coverage_at(self, risk: float) -> float:
        """The largest share of answers that a threshold can keep with at most this risk; 0 where there is none."""
        kept = self.coverage[self.threshold & (self.risk <= risk + 1e-12)]
        return float(kept.max()) if len(kept) else 0.0


def risk_coverage(labels: np.ndarray, probabilities: np.ndarray) -> RiskCoverage:
    """The risk over the coverage when answers below a confidence (their largest probability) are rejected.

    Args:
        labels: (n,) int.
        probabilities: (n, classes) float.

    >>> found = risk_coverage(np.array([0, 0, 1]), np.array([[0.9, 0.1], [0.8, 0.2], [0.6, 0.4]]))
    >>> found.coverage_at(0.05), found.area
    (0.6666666666666666, 0.1111111111111111)
    """
    return counted_risk_coverage(labels, probabilities)(np.ones(len(labels), np.int64))


def counted_risk_coverage(labels: np.ndarray, probabilities: np.ndarray) -> Callable[[np.ndarray], RiskCoverage]:
    """As `risk_coverage`, for many resamples: a function of how often each sample counts, (n,) int64."""
    confidence, wrong = probabilities.max(axis=1), probabilities.argmax(axis=1) != labels
    order = np.argsort(-confidence, kind="stable")
    confidence, wrong = confidence[order], wrong[order]
    starts = np.flatnonzero(np.append(True, confidence[1:] != confidence[:-1]))  # of answers of equal confidence
    ends = np.append(starts[1:], len(order)) - 1

    def of(counts: np.ndarray) -> RiskCoverage:
        ordered = counts[order]
        kept, errors = np.cumsum(ordered)[ends], np.cumsum(ordered * wrong)[ends]
        answers, failures = np.diff(kept, prepend=0), np.diff(errors, prepend=0)
        slope = failures / np.maximum(answers, 1)
        group = np.repeat(np.arange(len(ends)), answers)
        places = np.arange(1, kept[-1] + 1)
        # Before the group, and evenly within it.
        risk = ((errors - failures)[group] + (places - (kept - answers)[group]) * slope[group]) / places
        threshold = np.zeros(len(places), bool)
        threshold[kept[answers > 0] - 1] = True
        return RiskCoverage(places / len(places), risk, threshold)

    return of
