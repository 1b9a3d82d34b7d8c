"""Figures of a run for all modalities, as matplotlib Figures without pyplot and without a display.

The colors are those of Okabe and Ito (2008), "Color universal design", distinguishable with any color vision.
"""

import numpy as np
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from convpipe.evaluation.figures.context import FigureContext
from convpipe.evaluation.figures.words import GRAY, short, title, wrapped

BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY = "#0072B2", "#D55E00", "#009E73", "#E69F00", "#CC79A7", "#56B4E9"
FAINT = "#D9D9D9"


def grid(count: int, most: int, width: float, height: float, margin: float, least=6.0, layout="constrained"):
    """Create an empty figure for `count` panels.

    Args:
        count: number of panels.
        most: maximum number of columns.
        width, height: of a panel, in inches.
        margin: additional height above and below the panels, in inches.
        least: minimum width of the figure, in inches.
        layout: layout engine of the figure, as in matplotlib.

    Returns:
        The figure, its number of rows and its number of columns.
    """
    columns = min(most, count)
    rows = -(-count // columns)
    return Figure(figsize=(max(width * columns, least), height * rows + margin), layout=layout), rows, columns


def learning_curves(history: dict[str, list], best_epoch: int | None, context: FigureContext) -> Figure:
    """Plot loss and accuracy by epoch, the learning rate in a small panel below, and mark the best epoch.

    Args:
        history: one value per epoch under loss, accuracy, val_loss, val_accuracy and learning_rate (names of Keras);
            NaN in epochs without validation; keys may be missing.
        best_epoch: the epoch whose weights were restored, from 1; None if the last weights were used.
        context: of the figure.

    Returns:
        The figure.
    """
    figure = Figure(figsize=(9, 4.8), layout="constrained")
    panels = figure.subplot_mosaic([["loss", "accuracy"], ["rate", "rate"]], height_ratios=[4, 1])
    for name in ("loss", "accuracy"):
        _curve(panels[name], history.get(name, []), BLUE, "training")
        _curve(panels[name], history.get(f"val_{name}", []), VERMILION, "validation")
        panels[name].set_ylabel(name)
    _curve(panels["rate"], history.get("learning_rate", []), GRAY, "learning rate")
    panels["rate"].set_ylim(bottom=0)
    panels["rate"].set_ylabel("learning rate", fontsize=8)
    panels["accuracy"].set_ylim(top=1.01)
    _log_where_wide(panels["loss"], [*history.get("loss", []), *history.get("val_loss", [])])
    for axes in panels.values():
        _mark_epochs(axes, best_epoch)
    figure.legend(*panels["loss"].get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False)
    title(figure, "Learning curves", context)
    return figure


def _curve(axes, values, color: str, label: str) -> None:
    """Draw a line over the epochs with a value, with markers if some epochs have none."""
    values = np.asarray(values, dtype=float)
    epochs = np.flatnonzero(~np.isnan(values))
    if not epochs.size:
        return
    marker = "o" if epochs.size == 1 or epochs.size < min(len(values), 70) else None
    axes.plot(epochs + 1, values[epochs], color=color, label=label, marker=marker, markersize=3, linewidth=1.5)


def _log_where_wide(axes, values) -> None:
    """Use a logarithmic axis if the loss spans so wide a range that a linear axis would show a flat line."""
    known = np.array([value for value in values if np.isfinite(value)])
    if known.size and 0 < 20 * known.min() < known.max():
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter("{x:g}")


def _mark_epochs(axes, best_epoch: int | None) -> None:
    """Set integer ticks and a light grid, and mark the best epoch by a line."""
    if best_epoch is not None:
        label, dashes = f"best epoch: {best_epoch}", (0, (4, 2))
        axes.axvline(best_epoch, color=GREEN, linewidth=1.2, linestyle=dashes, zorder=0, label=label)
    axes.xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
    axes.set(xlabel="epoch", axisbelow=True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(True, color=FAINT, linewidth=0.6, alpha=0.7)


def confusion_matrix(labels: np.ndarray, predicted: np.ndarray, class_names, context: FigureContext) -> Figure:
    """Plot the confusion matrix: counts as numbers, fractions of the true class as colors.

    Args:
        labels: (n,) int, the true classes.
        predicted: (n,) int, the predicted classes.
        class_names: all classes; rows of classes without samples are gray.
        context: of the figure.

    Returns:
        The figure. With up to 25 classes all nonzero counts are written, with more only the 200 largest confusions.
    """
    classes = len(class_names)
    counts = np.bincount(classes * labels + predicted, minlength=classes**2).reshape(classes, classes)
    support = counts.sum(axis=1, keepdims=True)
    fractions = counts / np.maximum(support, 1)
    side = float(np.clip(2.2 + 0.42 * classes, 4.2, max(11, 0.15 * classes)))
    figure = Figure(figsize=(side + 1.8, side), layout=ConstrainedLayoutEngine(w_pad=0.2))
    axes = figure.subplots()
    # The square root makes a few confusions among many samples visible.
    image = axes.imshow(
        np.ma.masked_where(support + 0 * counts == 0, fractions), cmap="Blues", norm=PowerNorm(0.5, 0, 1)
    )
    axes.set_facecolor("#E8E8E8")
    _write_counts(axes, counts, fractions)
    _name_classes(axes, class_names, support.ravel())
    bar = figure.colorbar(image, ax=axes, shrink=0.6, aspect=25, ticks=[0, 0.05, 0.2, 0.5, 1], format="{x:.0%}")
    bar.set_label("fraction of the true class")
    bar.outline.set_visible(False)
    correct = np.trace(counts)
    title(
        figure,
        f"Confusion matrix: {correct:,} of {counts.sum():,} correct ({correct / max(counts.sum(), 1):.1%})",
        context,
    )
    return figure


def _write_counts(axes, counts: np.ndarray, fractions: np.ndarray) -> None:
    """Write the counts into their cells; with few classes also the percentages."""
    classes = len(counts)
    rows, columns = np.nonzero(counts)
    if classes > 25:
        off = rows != columns
        rows, columns = rows[off], columns[off]
        largest = np.argsort(-counts[rows, columns], kind="stable")[:200]
        rows, columns = rows[largest], columns[largest]
    size = float(np.clip(170 / classes, 5.5, 11))
    for row, column in zip(rows, columns, strict=True):
        percentage = f"{fractions[row, column]:.0%}" if fractions[row, column] >= 0.01 else "<1%"
        text = f"{counts[row, column]}\n{percentage}" if classes <= 10 else str(counts[row, column])
        color = "white" if fractions[row, column] > 0.35 else "black"
        axes.text(column, row, text, ha="center", va="center", fontsize=size, color=color)


def _name_classes(axes, class_names, support: np.ndarray) -> None:
    """Label rows and columns; long names are wrapped with few classes and truncated with many."""
    few, size = len(class_names) <= 25, float(np.clip(200 / len(class_names), 7, 10))
    plain = [" ".join(str(name).split()) for name in class_names]
    names = ["\n".join(wrapped(short(name, 60), 1.8, size)) if few else short(name, 30) for name in plain]
    rotated = max(map(len, plain)) > 3 and len(names) > 2
    axes.set_xticks(range(len(names)), names, fontsize=size, rotation=90 if rotated else 0)
    sized = [f"{name}  ({count:,})" for name, count in zip(names, support, strict=True)]
    axes.set_yticks(range(len(names)), sized, fontsize=size)
    axes.set(xlabel="predicted class", ylabel="true class (samples)")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
