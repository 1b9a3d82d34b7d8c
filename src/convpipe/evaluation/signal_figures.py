"""Pictures in which the signal itself is seen: the worst mistakes, and what the first layer looks for."""

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from convpipe.evaluation.figures import BLUE, FAINT, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILION

CHANNEL_COLOURS = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, "#000000")


def worst_mistakes(
    inputs, labels, probabilities, class_names, origins, sampling_rate: float | None = None, channel_names=()
) -> Figure:
    """The up to nine wrong predictions that the classifier was surest of, drawn as signals.

    One channel is drawn to its own values; several stand one above the other, each scaled by its spread over all the
    series shown, so that the panels can be compared.

    Args:
        inputs: one (steps, channels) array a sample, of any number of steps; NaN is not drawn.
        labels: (n,) int, the true classes.
        probabilities: (n, classes) float.
        class_names: the classes in the order of their indices.
        origins: where each sample came from, one line each.
        sampling_rate: steps a second in Hz; None for an axis in steps.
        channel_names: names of the channels; empty to number them.

    Returns:
        The figure; without a mistake it says so.
    """
    labels, probabilities = np.asarray(labels), np.asarray(probabilities)
    predicted, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
    wrong = np.flatnonzero(predicted != labels)
    if not wrong.size:
        return _no_mistakes(len(labels))
    worst = wrong[np.argsort(-confidence[wrong], kind="stable")[:9]]
    series = [np.asarray(inputs[i], dtype=float) for i in worst]
    figure, panels = _panels(len(worst), series[0].shape[1])
    _draw_series(panels, series, sampling_rate, channel_names)
    for axes, i in zip(panels, worst, strict=False):
        title = f"{_short(class_names[labels[i]])} → {_short(class_names[predicted[i]])}  ({_percent(confidence[i])})"
        axes.set_title(title, loc="left", fontsize=9, fontweight="bold", pad=14)
        axes.text(0, 1.02, _short(str(origins[i]), 52), transform=axes.transAxes, fontsize=6.5, color=GREY, va="bottom")
    figure.suptitle(f"Worst of {wrong.size} mistakes in {len(labels)} samples: true → predicted (probability)")
    return figure


def first_kernels(weights: np.ndarray, channel_names=()) -> Figure:
    """The first convolution's kernels as small lines on one shared scale, those of the largest norm first.

    Args:
        weights: (kernel_size, channels, filters) float, as Keras keeps them.
        channel_names: names of the channels; empty to number them.

    Returns:
        The figure; at most 64 kernels, each with the index of its filter, a line a channel.
    """
    weights = np.asarray(weights, dtype=float)
    norms = np.linalg.norm(weights, axis=(0, 1))
    order = np.argsort(-norms, kind="stable")[:64]
    reach = np.abs(weights[:, :, order]).max() or 1.0
    columns = min(8, len(order))
    rows = -(-len(order) // columns)
    figure = Figure(figsize=(max(1.15 * columns, 5.2), 0.9 * rows + 1.3), layout="constrained")
    axes = figure.subplots()
    for position, kernel in enumerate(order):
        _draw_kernel(axes, weights[:, :, kernel] / reach, position % columns, -(position // columns), str(kernel))
    axes.set(xlim=(-0.55, columns - 0.45), ylim=(0.55 - rows, 0.55))
    axes.axis("off")
    steps = f"{len(weights)} step" + "s" * (len(weights) != 1)
    axes.set_title(
        f"First convolution: {len(order)} of {len(norms)} kernels over {steps}, strongest first", loc="left",
        fontweight="bold", fontsize=10,
    )  # fmt: skip
    figure.supxlabel(f"each box spans weights from {-reach:.2g} to {reach:.2g}", fontsize=8, color=GREY)
    _channel_legend(figure, axes, weights.shape[1], channel_names)
    return figure


def _draw_kernel(axes, kernel: np.ndarray, column: int, row: int, label: str) -> None:
    """One kernel (steps, channels), scaled to -1..1, in the box round (column, row)."""
    size, channels = kernel.shape
    across = column + (np.linspace(-0.4, 0.4, size) if size > 1 else np.zeros(1))
    axes.plot([column - 0.4, column + 0.4], [row, row], color=FAINT, linewidth=0.7, zorder=0)
    lines = [np.column_stack([across, row + 0.42 * kernel[:, channel]]) for channel in range(channels)]
    if size == 1:  # a single step has no line to draw: a stroke from zero shows it
        lines = [np.array([[line[0, 0], row], line[0]]) + [0.1 * (i - (channels - 1) / 2), 0] for i, line in enumerate(lines)]
    axes.add_collection(LineCollection(lines, colors=_colours(channels), linewidths=1.3))
    axes.text(column - 0.44, row + 0.42, label, fontsize=6, color=GREY, va="top")


def _channel_legend(figure, axes, channels: int, channel_names) -> None:
    if 1 < channels <= 12:
        handles = [axes.plot([], [], color=colour)[0] for colour in _colours(channels)]
        names = _names(channels, channel_names)
        figure.legend(handles, names, loc="outside lower center", ncols=min(channels, 6), frameon=False, fontsize=8)


def _draw_series(panels, series: list[np.ndarray], sampling_rate: float | None, channel_names) -> None:
    channels = series[0].shape[1]
    stacked = np.concatenate(series)
    # Middle and spread by quantiles: one spike must not flatten everything else.
    low, middle, high = np.nanpercentile(stacked, [2, 50, 98], axis=0) if channels > 1 else ([0], [0], [1])
    lanes = np.arange(channels)[::-1] if channels > 1 else np.zeros(1)
    spread = np.maximum(np.subtract(high, low), 1e-12) * (1.1 if channels > 1 else 1)
    for axes, one in zip(panels, series, strict=False):
        time = np.arange(len(one)) / (sampling_rate or 1)
        drawn = (one - middle) / spread + lanes
        axes.add_collection(LineCollection(
            [np.column_stack([time, drawn[:, channel]]) for channel in range(channels)],
            colors=_colours(channels), linewidths=1.1,
        ))  # fmt: skip
        axes.autoscale_view()
        axes.margins(x=0)
        if channels > 1:
            _lane_ticks(axes, lanes, _names(channels, channel_names))
        axes.set_xlabel("seconds" if sampling_rate else "steps", fontsize=8)


def _lane_ticks(axes, lanes: np.ndarray, names: list[str]) -> None:
    every = -(-len(names) // 16)
    axes.set_yticks(lanes[::every], names[::every])
    axes.set_ylim(-0.8, len(names) - 0.2)
    for lane in lanes:
        axes.axhline(lane, color=FAINT, linewidth=0.5, zorder=0)


def _panels(count: int, channels: int):
    columns = min(3, count)
    rows = -(-count // columns)
    height = float(np.clip(1.3 + 0.22 * channels, 2.0, 4.5))
    figure = Figure(figsize=(max(3.7 * columns, 5), height * rows + 0.5), layout="constrained")
    panels = list(figure.subplots(rows, columns, squeeze=False).flat)
    for axes in panels:
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(labelsize=7, colors=GREY, labelcolor="black")
    for axes in panels[count:]:
        axes.set_visible(False)
    return figure, panels


def _no_mistakes(count: int) -> Figure:
    figure = Figure(figsize=(5, 2))
    figure.text(0.5, 0.58, "No mistakes", ha="center", va="center", fontsize=20, fontweight="bold", color=GREEN)
    figure.text(0.5, 0.3, f"all {count} samples right", ha="center", va="center", fontsize=11, color=GREY)
    return figure


def _percent(probability: float) -> str:
    """A percentage that never rounds a doubt away."""
    return f"{min(100 * probability, 99.9):.1f} %" if probability > 0.99 else f"{100 * probability:.0f} %"


def _short(text, limit: int = 20) -> str:
    text = str(text)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _names(channels: int, channel_names) -> list[str]:
    return [_short(name) for name in channel_names] or [f"channel {channel}" for channel in range(channels)]


def _colours(channels: int) -> list:
    """A colour a channel: told apart by name up to seven, beyond that a ramp that also reads in grey."""
    if channels <= len(CHANNEL_COLOURS):
        return list(CHANNEL_COLOURS[:channels])
    from matplotlib import colormaps

    return list(colormaps["viridis"](np.linspace(0, 0.9, channels)))
