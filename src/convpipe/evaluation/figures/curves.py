"""Curves of predicted probabilities: reliability, ROC, precision-recall, and risk-coverage."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from convpipe.evaluation.figures.common import BLUE, FAINT, GREEN, ORANGE, PURPLE, SKY, VERMILION
from convpipe.evaluation.figures.context import FigureContext
from convpipe.evaluation.figures.words import GRAY, short, title
from convpipe.evaluation.rejection import RiskCoverage
from convpipe.metrics import BINS, expected_calibration_error

COLORS = (BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY, "#000000", "#8C6D31")
#: Risks at which the coverage is marked.
RISKS = (0.01, 0.05)


def reliability_diagram(labels: np.ndarray, probabilities: np.ndarray, context: FigureContext) -> Figure:
    """Plot the accuracy over the confidence (the largest probability) in fifteen bins, and the bin counts below.

    Args:
        labels: (n,) int.
        probabilities: (n, classes) float64.
        context: of the figure.
    """
    confidence, correct = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    bins = np.clip(np.ceil(confidence * BINS).astype(int) - 1, 0, BINS - 1)
    counts = np.bincount(bins, minlength=BINS)
    filled = np.flatnonzero(counts)
    accuracy, mean = (np.bincount(bins, each, BINS)[filled] / counts[filled] for each in (correct, confidence))
    figure = Figure(figsize=(5.4, 6), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    upper.plot([0, 1], [0, 1], color=GRAY, linestyle=(0, (4, 2)), linewidth=1, label="perfectly calibrated")
    upper.bar((filled + 0.5) / BINS, accuracy, 1 / BINS, color=SKY, edgecolor="white", alpha=0.6, label="accuracy")
    upper.plot(mean, accuracy, "o", color=BLUE, markersize=4, label="at mean confidence")
    upper.vlines(mean, accuracy, mean, color=VERMILION, linewidth=1.5, label="gap")
    upper.set(ylabel="accuracy", ylim=(0, 1.02), xlim=(0, 1))
    error = expected_calibration_error(labels, probabilities)
    figure.legend(*upper.get_legend_handles_labels(), frameon=False, fontsize=8, loc="outside lower center", ncols=4)
    lower.bar((np.arange(BINS) + 0.5) / BINS, counts, 1 / BINS, color=GRAY, edgecolor="white")
    lower.set(xlabel="confidence (largest probability)", ylabel="samples")
    lower.yaxis.get_major_locator().set_params(integer=True)
    _tidy(upper, lower)
    title(figure, f"Reliability diagram: expected calibration error {error:.3f}", context)
    return figure


def roc_curves(
    labels: np.ndarray, probabilities: np.ndarray, class_names: Sequence[str], context: FigureContext
) -> Figure:
    """Plot the one-vs-rest ROC curve of each class.

    Args:
        labels: (n,) int.
        probabilities: (n, classes) float64.
        class_names: in the order of the columns.
        context: of the figure.

    Returns:
        The figure; of many classes, only those with the smallest areas are colored and in the legend.
    """
    from sklearn.metrics import auc, roc_curve

    def curve(positive: np.ndarray, scores: np.ndarray):
        false, true, _ = roc_curve(positive, scores)
        return false, true, auc(false, true)

    figure = Figure(figsize=(6.4, 5), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color=GRAY, linestyle=(0, (4, 2)), linewidth=1)
    mean = _one_vs_rest(axes, curve, labels, probabilities, class_names)
    axes.set(xlabel="false positive rate", ylabel="true positive rate", xlim=(-0.01, 1.01), ylim=(-0.01, 1.01))
    _tidy(axes)
    title(figure, "ROC curves" if np.isnan(mean) else f"ROC curves: mean AUC {mean:.3f}", context)
    return figure


def precision_recall_curves(
    labels: np.ndarray, probabilities: np.ndarray, class_names: Sequence[str], context: FigureContext
) -> Figure:
    """Plot the one-vs-rest precision-recall curve of each class; arguments as for `roc_curves`."""
    from sklearn.metrics import average_precision_score, precision_recall_curve

    def curve(positive: np.ndarray, scores: np.ndarray):
        precision, recall, _ = precision_recall_curve(positive, scores, drop_intermediate=True)
        return recall, precision, average_precision_score(positive, scores)

    figure = Figure(figsize=(6.4, 5), layout="constrained")
    axes = figure.subplots()
    mean = _one_vs_rest(axes, curve, labels, probabilities, class_names, "steps-pre")
    axes.set(xlabel="recall", ylabel="precision", xlim=(-0.01, 1.01), ylim=(-0.01, 1.01))
    summary = "" if np.isnan(mean) else f": mean average precision {mean:.3f}"
    _tidy(axes)
    title(figure, f"Precision-recall curves{summary}", context)
    return figure


def _one_vs_rest(axes, curve, labels, probabilities, class_names, drawstyle="default") -> float:
    """Draw a curve for each class with positive and negative samples, and return the mean of the curve summaries."""
    counts = np.bincount(labels, minlength=len(class_names))
    both = np.flatnonzero((counts > 0) & (counts < len(labels)))
    if not len(both):
        axes.text(0.5, 0.5, "all samples have the same class", ha="center", color=GRAY)
        return float("nan")
    curves = {number: curve(labels == number, probabilities[:, number]) for number in both}
    worst = sorted(both, key=lambda number: curves[number][2])
    named = worst if len(both) <= len(COLORS) else worst[: len(COLORS)]
    for number in [each for each in both if each not in named]:
        axes.plot(*curves[number][:2], color=FAINT, linewidth=0.8, zorder=1, drawstyle=drawstyle)
    for color, number in zip(COLORS, named, strict=False):
        label = f"{short(str(class_names[number]))}  {curves[number][2]:.3f}"
        axes.plot(*curves[number][:2], color=color, linewidth=1.5, label=label, drawstyle=drawstyle)
    others = len(both) - len(named)
    about = f"worst {len(named)} of {len(both)} classes" if others else "one class vs. rest"
    missing = len(class_names) - len(both)
    about += f"\n({missing} without samples)" if missing else ""
    axes.legend(title=about, title_fontsize=8, fontsize=8, frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    return float(np.mean([each[2] for each in curves.values()]))


def risk_coverage_curve(curve: RiskCoverage, context: FigureContext) -> Figure:
    """Plot the error rate of the accepted predictions over the fraction accepted, most confident first."""
    figure = Figure(figsize=(6.4, 4.4), layout="constrained")
    axes = figure.subplots()
    axes.plot(100 * curve.coverage, 100 * curve.risk, color=BLUE, linewidth=1.5)
    highest = max(100 * curve.risk.max(), 1.0)
    for risk, color in zip(RISKS, (GREEN, ORANGE), strict=True):
        coverage = 100 * curve.coverage_at(risk)
        label = f"risk {100 * risk:.0f}%: coverage {coverage:.1f}%"
        axes.axhline(100 * risk, color=color, linewidth=1, linestyle=(0, (4, 2)), label=label)
        height = 100 * np.interp(coverage, 100 * curve.coverage, curve.risk, left=0)
        axes.plot([coverage], [height], "o", color=color, markersize=5, clip_on=False)
    axes.set(xlabel="coverage: predictions accepted, most confident first (%)", ylabel="risk: errors among them (%)")
    axes.set(xlim=(0, 100), ylim=(0, max(1.1 * highest, 6)))
    axes.legend(frameon=False, fontsize=8, loc="upper left")
    _tidy(axes)
    title(figure, f"Risk-coverage curve: area {curve.area:.4f}", context)
    return figure


def _tidy(*several) -> None:
    for axes in several:
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(True, color=FAINT, linewidth=0.6, alpha=0.7)
        axes.set_axisbelow(True)
