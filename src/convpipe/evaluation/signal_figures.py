"""Pictures in which the signal itself is seen: the worst mistakes, and what the first layer looks for."""

import numpy as np
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure

from convpipe.data.samples import Part, Samples
from convpipe.evaluation.figures import BLUE, FAINT, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILION, first_layer
from convpipe.evaluation.mistakes import Mistakes, short

CHANNEL_COLOURS = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, "#000000")


def figures(samples: Samples, part: Part, predictions, classifier) -> dict[str, Figure]:
    """The worst mistakes, and the first layer's kernels where the network has any."""
    mistakes = worst_mistakes(
        part.inputs,
        part.labels,
        predictions.probabilities,
        samples.class_names,
        part.origins,
        samples.sampling_rate,
        samples.channel_names,
    )
    kernels = first_layer(classifier, axes=1)
    found = {} if kernels is None else {"first_kernels": first_kernels(kernels, samples.channel_names)}
    return {"worst_mistakes": mistakes, **found}


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
    mistakes = Mistakes(labels, probabilities, class_names, most=9)
    if not mistakes:
        return mistakes.none()
    series = [np.asarray(inputs[i], dtype=float) for i in mistakes]
    channels = series[0].shape[1]
    figure, panels = _panels(len(mistakes), channels)
    _draw_series(panels, series, sampling_rate)
    if channels > 1:
        _name_lanes(panels, min(3, len(mistakes)), _names(channels, channel_names))
    for axes, i in zip(panels, mistakes, strict=False):
        axes.set_title(mistakes.title(i), loc="left", fontsize=9, fontweight="bold", pad=14)
        axes.text(0, 1.02, short(origins[i], 52), transform=axes.transAxes, fontsize=6.5, color=GREY, va="bottom")
    mistakes.head(figure)
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
    figure = Figure(figsize=(max(1.15 * columns, 5.5), 0.85 * rows + 1.2), layout="constrained")
    axes = figure.subplots()
    axes.set(xlim=(-0.5, columns - 0.5), ylim=(0.5 - rows, 0.5))
    axes.axis("off")
    places = [(position % columns, -(position // columns)) for position in range(len(order))]
    _draw_boxes(axes, places, order)
    lines = [line for place, i in zip(places, order, strict=True) for line in _lines(weights[:, :, i] / reach, *place)]
    axes.add_collection(LineCollection(lines, colors=_colours(weights.shape[1]), linewidths=1.3))  # colours repeat
    shown = f"{len(order)} of {len(norms)}" if len(order) < len(norms) else f"{len(norms)}"
    steps = "1 step" if len(weights) == 1 else f"{len(weights)} steps"
    title = f"First convolution: {shown} kernels over {steps}, the strongest first"
    figure.suptitle(title, x=0.01, ha="left", fontweight="bold", fontsize=10)
    axes.set_title(f"each box spans weights from {-reach:.2g} to {reach:.2g}", loc="left", fontsize=8, color=GREY)
    _channel_legend(figure, axes, weights.shape[1], channel_names)
    return figure


def _draw_boxes(axes, places, names) -> None:
    """A pale box with a line at zero round each place, and the filter's index in its corner."""
    corners = np.array([[-0.46, -0.45], [0.46, -0.45], [0.46, 0.45], [-0.46, 0.45]])
    axes.add_collection(PolyCollection([corners + place for place in places], facecolors="#F4F4F4", zorder=0))
    zeros = [[(column - 0.46, row), (column + 0.46, row)] for column, row in places]
    axes.add_collection(LineCollection(zeros, colors=FAINT, linewidths=0.8, zorder=1))
    for (column, row), name in zip(places, names, strict=True):
        axes.text(column - 0.44, row + 0.42, str(name), fontsize=6, color=GREY, va="top")


def _lines(kernel: np.ndarray, column: int, row: int) -> list[np.ndarray]:
    """The line of each channel of a kernel (steps, channels), scaled to -1..1, in the box round (column, row)."""
    size, channels = kernel.shape
    heights = row + 0.43 * kernel
    if size == 1:  # a single step has no line to draw: a stroke from zero shows it
        across = column + 0.6 * ((np.arange(channels) + 0.5) / channels - 0.5)
        return [np.array([[x, row], [x, height]]) for x, height in zip(across, heights[0], strict=True)]
    across = column + np.linspace(-0.4, 0.4, size)
    return [np.column_stack([across, heights[:, channel]]) for channel in range(channels)]


def _channel_legend(figure, axes, channels: int, channel_names) -> None:
    if 1 < channels <= 12:
        handles = [axes.plot([], [], color=colour)[0] for colour in _colours(channels)]
        names = _names(channels, channel_names)
        figure.legend(handles, names, loc="outside lower center", ncols=min(channels, 6), frameon=False, fontsize=8)


def _draw_series(panels, series: list[np.ndarray], sampling_rate: float | None) -> None:
    channels = series[0].shape[1]
    middle, spread = _common_scale(series)
    for axes, one in zip(panels, series, strict=False):
        time = np.arange(len(one)) / (sampling_rate or 1)
        drawn = (one - middle) / spread + np.arange(channels)[::-1]
        lines = [np.column_stack([time, drawn[:, channel]]) for channel in range(channels)]
        axes.add_collection(LineCollection(lines, colors=_colours(channels), linewidths=1.1))
        axes.autoscale_view()
        present = np.flatnonzero(~np.isnan(one).all(axis=1))
        axes.set_xlim(0, max(time[present[-1]] if present.size else 0, time[min(1, len(time) - 1)]) or 1)
        axes.set_xlabel("seconds" if sampling_rate else "steps", fontsize=8)


def _common_scale(series: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Middle and spread of each channel over all series; one channel alone keeps its own values."""
    if series[0].shape[1] == 1:
        return np.zeros(1), np.ones(1)
    # By quantiles: one spike must not flatten everything else.
    low, middle, high = np.nanpercentile(np.concatenate(series), [2, 50, 98], axis=0)
    return middle, 1.1 * np.where(high > low, high - low, 1.0)


def _name_lanes(panels, columns: int, names: list[str]) -> None:
    """Channel names on the left of each row, and a line where the middle of each channel stands."""
    every = -(-len(names) // 16)
    lanes = np.arange(len(names))[::-1]
    for position, axes in enumerate(panels):
        axes.set_yticks(lanes[::every], names[::every] if position % columns == 0 else [""] * len(lanes[::every]))
        axes.set_ylim(-0.9, len(names) - 0.1)
        for lane in lanes:
            axes.axhline(lane, color=FAINT, linewidth=0.5, zorder=0)


def _panels(count: int, channels: int):
    columns = min(3, count)
    rows = -(-count // columns)
    height = float(np.clip(1.3 + 0.22 * channels, 2.0, 4.5))
    figure = Figure(figsize=(max(3.7 * columns, 6), height * rows + 0.5), layout="constrained")
    panels = list(figure.subplots(rows, columns, squeeze=False).flat)
    for axes in panels:
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(labelsize=7, colors=GREY, labelcolor="black")
    for axes in panels[count:]:
        axes.set_visible(False)
    return figure, panels


def _names(channels: int, channel_names) -> list[str]:
    return [short(name) for name in channel_names] or [f"channel {channel}" for channel in range(channels)]


def _colours(channels: int) -> list:
    """A colour a channel: told apart by name up to seven, beyond that a ramp that also reads in grey."""
    if channels <= len(CHANNEL_COLOURS):
        return list(CHANNEL_COLOURS[:channels])
    from matplotlib import colormaps

    return list(colormaps["viridis"](np.linspace(0, 0.9, channels)))
