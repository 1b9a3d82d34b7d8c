"""Figures of series: the worst mistakes, and the kernels of the first convolution."""

from collections.abc import Sequence
from functools import partial

import numpy as np
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure

from convpipe.data.dataset import Dataset, Subset
from convpipe.evaluation.figures.common import BLUE, FAINT, GREEN, ORANGE, PURPLE, SKY, VERMILION, grid
from convpipe.evaluation.figures.context import FigureContext
from convpipe.evaluation.figures.kernels import kernel_figures, strongest, title_kernels, weight_scale
from convpipe.evaluation.figures.mistakes import TRUE_TO_PREDICTED, Mistakes
from convpipe.evaluation.figures.words import GRAY, short

CHANNEL_COLORS = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, "#000000")


def figures(dataset: Dataset, subset: Subset, predictions, classifier, context: FigureContext) -> dict[str, Figure]:
    """Return the worst mistakes, and the kernels of the first convolution if there is one."""
    names = dataset.channel_names
    worst = worst_mistakes(subset, predictions.probabilities, dataset.class_names, context, names)
    draw = partial(first_kernels, context=context, channel_names=names)
    return {"worst_mistakes": worst} | kernel_figures(classifier, 1, draw)


def worst_mistakes(
    subset: Subset, probabilities: np.ndarray, class_names, context: FigureContext, channel_names=()
) -> Figure:
    """Plot up to nine wrong predictions with the highest confidence as signals.

    A single channel is drawn with its values. Several channels are drawn one above the other, each scaled by its range
    over all shown series, so that the panels are comparable.

    Args:
        subset: one (steps, channels) array per sample, of any number of steps; NaN is not drawn. Without a sampling
            rate the time axis is in steps.
        probabilities: (n, classes) float.
        class_names: the classes in the order of their indices.
        context: of the figure.
        channel_names: names of the channels; if empty, they are numbered.

    Returns:
        The figure; without mistakes, a figure with a message.
    """
    mistakes = Mistakes(subset, probabilities, class_names, most=9)
    if not mistakes:
        return mistakes.none(context)
    series = [np.asarray(subset.inputs[i], dtype=float) for i in mistakes]
    channels, captions = series[0].shape[1], mistakes.captions(2.7)
    figure, stacks = signal_panels(len(mistakes), float(np.clip(1.0 + 0.22 * channels, 1.6, 4.5)) + captions.height)
    panels = stacks[:, 0]
    _draw_series(panels, series, subset.sampling_rate)
    note = TRUE_TO_PREDICTED
    if channels > 1:
        _name_lanes(panels, min(3, len(mistakes)), _names(channels, channel_names))
        note += "; each channel has its own scale, shared by all panels"
    else:
        for axes in panels:
            axes.set_ylabel("value", fontsize=8)
    for axes, i in zip(panels, mistakes, strict=True):
        captions.write(axes, i)
    mistakes.head(figure, context, note)
    return figure


def signal_panels(count: int, height: float, ratios: Sequence[int] = (1,)) -> tuple[Figure, np.ndarray]:
    """Create a figure with a stack of axes for each sample.

    Args:
        count: number of samples.
        height: total height of a stack, in inches.
        ratios: relative heights of the axes of a stack.

    Returns:
        The figure, and its axes (count, len(ratios)).
    """
    figure, rows, columns = grid(count, 3, width=3.7, height=height, margin=0.5)
    panels = figure.subplots(len(ratios) * rows, columns, squeeze=False, height_ratios=[*ratios] * rows)
    stacks = panels.reshape(rows, len(ratios), columns).swapaxes(1, 2).reshape(-1, len(ratios))
    for axes in stacks.flat:
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(labelsize=7, colors=GRAY, labelcolor="black")
    for axes in stacks[count:].flat:
        axes.set_visible(False)
    return figure, stacks[:count]


def first_kernels(weights: np.ndarray, context: FigureContext, channel_names=()) -> Figure:
    """Plot the kernels of the first convolution on one shared scale, largest norm first.

    Kernels of one channel are drawn as lines, those of several channels as heat maps (channels by steps).

    Args:
        weights: (kernel_size, channels, filters) float, at least two steps, the layout of Keras.
        context: of the figure.
        channel_names: names of the channels; if empty, they are numbered.

    Returns:
        The figure, with at most 64 kernels, each labeled with the index of its filter.
    """
    size, channels, filters = weights.shape
    order = strongest(weights, 64)
    reach = np.abs(weights[:, :, order]).max() or 1.0
    shown = weights[:, :, order] / reach
    tall = 1.0 if channels == 1 else float(np.clip(0.2 * channels, 0.9, 3))
    figure, rows, columns = grid(len(order), 8, width=1.15, height=0.85 * tall, margin=0.5, least=5.5)
    axes = figure.subplots()
    axes.set(xlim=(-0.5, columns - 0.5), ylim=(0.5 - rows, 0.5), xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    axes.set_xlabel(f"step in the kernel (0 to {size - 1} in each box)", fontsize=8)
    places = [(position % columns, -(position // columns)) for position in range(len(order))]
    if channels == 1:
        _draw_lines(axes, places, shown[:, 0])
        axes.set_ylabel("weight", fontsize=8)
        note = f"each box spans weights from {-reach:.2g} to {reach:.2g}"
    else:
        image = _draw_maps(axes, places, shown)
        _name_rows(axes, rows, _names(channels, channel_names))
        weight_scale(figure, image, axes, reach)
        note = "in each box: channels from top to bottom, steps from left to right"
    for (column, row), number in zip(places, order, strict=True):
        axes.text(column - 0.46, row + 0.46, str(number), fontsize=7, color=GRAY, va="center")
    title_kernels(figure, len(order), filters, f"over {size} steps", context, note)
    return figure


def _draw_lines(axes, places, kernels: np.ndarray) -> None:
    """Draw each kernel of (steps, places) as a line in a light box, with a line at zero."""
    corners = np.array([[-0.46, -0.42], [0.46, -0.42], [0.46, 0.38], [-0.46, 0.38]])
    axes.add_collection(PolyCollection([corners + place for place in places], facecolors="#F4F4F4", zorder=0))
    zeros = [[(column - 0.46, row - 0.02), (column + 0.46, row - 0.02)] for column, row in places]
    axes.add_collection(LineCollection(zeros, colors=FAINT, linewidths=0.8, zorder=1))
    across = np.linspace(-0.42, 0.42, len(kernels))
    lines = [
        np.column_stack([column + across, row - 0.02 + 0.38 * kernel])
        for (column, row), kernel in zip(places, kernels.T, strict=True)
    ]
    axes.add_collection(LineCollection(lines, colors=BLUE, linewidths=1.3))


def _draw_maps(axes, places, kernels: np.ndarray):
    """Draw each kernel of (steps, channels, places) as a heat map, channels top to bottom and steps left to right."""
    for (column, row), kernel in zip(places, np.moveaxis(kernels, 2, 0), strict=True):
        box = (column - 0.46, column + 0.46, row - 0.42, row + 0.38)
        look = {"cmap": "RdBu_r", "vmin": -1, "vmax": 1, "interpolation": "nearest", "aspect": "auto"}
        image = axes.imshow(kernel.T, extent=box, **look)
        left, right, bottom, top = box
        axes.plot([left, right, right, left, left], [bottom, bottom, top, top, bottom], color=FAINT, linewidth=1)
    axes.set(xlim=axes.get_xlim(), ylim=axes.get_ylim())
    return image


def _name_rows(axes, rows: int, names: list[str]) -> None:
    """Label the channels of the first map of each row; if there are many, only every n-th."""
    every = slice(None, None, -(-len(names) // 15))
    middles = 0.38 - 0.8 * (np.arange(len(names)) + 0.5) / len(names)
    places = [
        (middle - row, name) for row in range(rows) for middle, name in zip(middles[every], names[every], strict=True)
    ]
    axes.set_yticks([place for place, _ in places], [name for _, name in places], fontsize=7)
    axes.tick_params(length=0)
    axes.set_ylabel("channel", fontsize=8)


def _draw_series(panels, series: list[np.ndarray], sampling_rate: float | None) -> None:
    channels = series[0].shape[1]
    middle, spread = _common_scale(series)
    for axes, one in zip(panels, series, strict=True):
        time = np.arange(len(one)) / (sampling_rate or 1)
        drawn = (one - middle) / spread + np.arange(channels)[::-1]
        lines = [np.column_stack([time, values]) for values in drawn.T]
        axes.add_collection(LineCollection(lines, colors=_colors(channels), linewidths=1.1))
        axes.autoscale_view()
        present = np.flatnonzero(~np.isnan(one).all(axis=1))
        axes.set_xlim(0, max(time[present[-1]] if present.size else 0, time[min(1, len(time) - 1)]) or 1)
        axes.set_xlabel("time (s)" if sampling_rate else "time (steps)", fontsize=8)


def _common_scale(series: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return the median and the range of each channel over all series; a single channel is not scaled."""
    if series[0].shape[1] == 1:
        return np.zeros(1), np.ones(1)
    # Quantiles, so that a single spike does not flatten everything else.
    low, middle, high = np.nanpercentile(np.concatenate(series), [2, 50, 98], axis=0)
    return middle, 1.1 * np.where(high > low, high - low, 1.0)


def _name_lanes(panels, columns: int, names: list[str]) -> None:
    """Write the channel names left of each row, and draw a line at the median of each channel."""
    every = -(-len(names) // 16)
    lanes = np.arange(len(names))[::-1]
    for position, axes in enumerate(panels):
        axes.set_yticks(lanes[::every], names[::every] if position % columns == 0 else [""] * len(lanes[::every]))
        axes.set_ylim(-0.9, len(names) - 0.1)
        for lane in lanes:
            axes.axhline(lane, color=FAINT, linewidth=0.5, zorder=0)


def _names(channels: int, channel_names) -> list[str]:
    """Return the name of each channel; the derived copies of all channels that preprocessing may add are numbered."""
    if not channel_names or channels % len(channel_names):
        return [f"channel {channel}" for channel in range(channels)]
    forms = ["", *(f" ({form})" for form in range(2, channels // len(channel_names) + 1))]
    return [short(name) + form for form in forms for name in channel_names]


def _colors(channels: int) -> list:
    """Return one color per channel: distinct colors for up to seven, else a colormap that also works in grayscale."""
    if channels <= len(CHANNEL_COLORS):
        return list(CHANNEL_COLORS[:channels])
    from matplotlib import colormaps

    return list(colormaps["viridis"](np.linspace(0, 0.9, channels)))
