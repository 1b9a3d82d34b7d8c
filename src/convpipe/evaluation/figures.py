"""Pictures of a run, each a matplotlib Figure that needs neither a screen nor pyplot's state.

Colours are those of Okabe and Ito (2008), "Color universal design", which people with any colour vision tell apart.
"""

import numpy as np
from matplotlib.figure import Figure

BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY = "#0072B2", "#D55E00", "#009E73", "#E69F00", "#CC79A7", "#56B4E9"
GREY, FAINT = "#666666", "#D9D9D9"


def learning_curves(history: dict[str, list], best_epoch: int | None) -> Figure:
    """Loss and accuracy over the epochs, the learning rate small below, the best epoch marked.

    Args:
        history: one value an epoch under loss, accuracy, val_loss, val_accuracy and learning_rate (Keras' names); NaN
            at epochs without validation; keys may be missing.
        best_epoch: the epoch whose weights were kept, counted from 1; None where the last one was.

    Returns:
        The figure.
    """
    figure = Figure(figsize=(9, 4.6), layout="constrained")
    loss, accuracy, rate_left, rate_right = figure.subplots(2, 2, height_ratios=[4, 1], sharex=True).flat
    for axes, name in ((loss, "loss"), (accuracy, "accuracy")):
        _curve(axes, history.get(name, []), BLUE, "training")
        _curve(axes, history.get(f"val_{name}", []), VERMILION, "validation")
        axes.set_title(name.capitalize(), loc="left", fontweight="bold")
    for axes in (rate_left, rate_right):
        _curve(axes, history.get("learning_rate", []), GREY, "learning rate")
        axes.set_xlabel("epoch")
        axes.set_ylim(bottom=0)
    rate_left.set_ylabel("learning rate", color=GREY)
    values = np.array([*history.get("loss", []), *history.get("val_loss", [])], float)
    if np.nanmin(values, initial=np.inf) > 0 and np.nanmax(values, initial=0) > 20 * np.nanmin(values, initial=np.inf):
        loss.set_yscale("log")
    accuracy.set_ylim(top=1.01)
    _mark_best((loss, accuracy, rate_left, rate_right), best_epoch)
    for axes in (loss, accuracy):
        axes.legend(frameon=False)
    for axes in figure.axes:
        _tidy(axes)
    return figure


def _curve(axes, values, colour: str, label: str) -> None:
    """A line over the epochs that have a value; dots too where these are few."""
    values = np.asarray(values, dtype=float)
    epochs = np.flatnonzero(~np.isnan(values))
    if epochs.size:
        marker = "o" if epochs.size <= 60 and label == "validation" or epochs.size == 1 else None
        axes.plot(epochs + 1, values[epochs], color=colour, label=label, marker=marker, markersize=3, linewidth=1.5)


def _mark_best(panels, best_epoch: int | None) -> None:
    if best_epoch is None:
        return
    for axes in panels:
        axes.axvline(best_epoch, color=GREEN, linewidth=1.2, linestyle=(0, (4, 2)), zorder=0)
    for axes in panels[:2]:
        axes.plot([], [], color=GREEN, linestyle=(0, (4, 2)), label=f"kept: epoch {best_epoch}")


def _tidy(axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(True, color=FAINT, linewidth=0.6, alpha=0.7)
    axes.set_axisbelow(True)


def confusion_matrix(labels: np.ndarray, predicted: np.ndarray, class_names) -> Figure:
    """How often each class was taken for which: counts as numbers, shares of the true class as colour.

    Args:
        labels: (n,) int, the true classes.
        predicted: (n,) int, the classes predicted.
        class_names: all classes, also those without samples (their rows are hatched).

    Returns:
        The figure; up to 25 classes every count that is not zero is written, beyond that the 200 largest confusions.
    """
    classes = len(class_names)
    counts = np.zeros((classes, classes), dtype=int)
    np.add.at(counts, (labels, predicted), 1)
    support = counts.sum(axis=1, keepdims=True)
    shares = counts / np.maximum(support, 1)
    side = float(np.clip(2.2 + 0.42 * classes, 4.2, 11))
    figure = Figure(figsize=(side + 1.2, side), layout="constrained")
    axes = figure.subplots()
    # The square root lets a few confusions among many samples be seen.
    image = axes.imshow(np.ma.masked_where(support + 0 * counts == 0, shares), cmap="Blues", norm=_root_norm())
    axes.set_facecolor("#F0F0F0")
    _write_counts(axes, counts, shares)
    _name_classes(axes, class_names, support.ravel())
    bar = figure.colorbar(image, ax=axes, shrink=0.6, aspect=25, ticks=[0, 0.05, 0.2, 0.5, 1])
    bar.set_label("share of the true class")
    bar.outline.set_visible(False)
    right = np.trace(counts)
    axes.set_title(f"{right} of {counts.sum()} right ({right / max(counts.sum(), 1):.1%})", loc="left", fontweight="bold")
    return figure


def _root_norm():
    from matplotlib.colors import PowerNorm

    return PowerNorm(0.5, vmin=0, vmax=1)


def _write_counts(axes, counts: np.ndarray, shares: np.ndarray) -> None:
    """Counts in their cells; with few classes the share stands below."""
    classes = len(counts)
    rows, columns = np.nonzero(counts)
    if classes > 25:
        off = rows != columns
        rows, columns = rows[off], columns[off]
        largest = np.argsort(-counts[rows, columns], kind="stable")[:200]
        rows, columns = rows[largest], columns[largest]
    size = float(np.clip(110 / classes, 5, 11))
    for row, column in zip(rows, columns, strict=True):
        text = f"{counts[row, column]}\n{shares[row, column]:.0%}" if classes <= 10 else str(counts[row, column])
        colour = "white" if shares[row, column] > 0.35 else "black"
        axes.text(column, row, text, ha="center", va="center", fontsize=size, color=colour)


def _name_classes(axes, class_names, support: np.ndarray) -> None:
    names = [name if len(name) <= 20 else name[:19] + "…" for name in map(str, class_names)]
    size = float(np.clip(200 / len(names), 6, 10))
    turned = max(map(len, names)) > 3 and len(names) > 2
    axes.set_xticks(range(len(names)), names, fontsize=size, rotation=90 if turned else 0)
    axes.set_yticks(range(len(names)), [f"{name}  ({n})" for name, n in zip(names, support, strict=True)], fontsize=size)
    axes.set_xlabel("predicted")
    axes.set_ylabel("true (samples)")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
