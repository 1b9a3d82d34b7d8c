"""The figure of an explanation: the sample colored by the contributions to a class; for a text, an HTML fragment.

Blue is evidence for the class, vermilion against it. Positions without a contribution are gray in signals and
transparent in images.
"""

from html import escape

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure

from convpipe.evaluation.explanation import Explanation
from convpipe.evaluation.explanation.result import relative_to_others
from convpipe.evaluation.figures.common import BLUE, FAINT, GRAY, VERMILION
from convpipe.evaluation.figures.context import FigureContext
from convpipe.evaluation.figures.mistakes import percent, short, tail
from convpipe.evaluation.figures.text import colored_words

#: For signals, which must be visible where the contribution is zero.
LINES = LinearSegmentedColormap.from_list("explanation", [VERMILION, "#B8B8B8", BLUE])
#: For images, whose cells are transparent where the contribution is zero.
OVERLAY = LinearSegmentedColormap.from_list("explanation overlay", [VERMILION, "white", BLUE])
#: Light grays below the colors: for images and volumes, and for spectrograms, in which silence is white.
PALE = LinearSegmentedColormap.from_list("pale", ["#5a5a5a", "white"])
LOUD = LinearSegmentedColormap.from_list("loud", ["white", "#3a3a3a"])
#: Maximum number of channels in a figure.
MOST_CHANNELS = 24


def explanation_figure(explanation: Explanation, context: FigureContext) -> Figure:
    """Plot an explanation: a series as signals, an image with an overlay, a volume as three slices through the voxel
    with the largest contribution, a sound as waveform and spectrogram.

    Args:
        explanation: of a sample that is not a text.
        context: the source of the sample, for the second line of the title.

    Returns:
        The figure. For any other modality, only the map is drawn.
    """
    if explanation.modality == "image":
        figure = _image(explanation)
    elif explanation.modality == "volume":
        figure = _volume(explanation)
    elif explanation.modality in ("series", "sound"):
        figure = _recording(explanation)
    else:
        figure = _map_alone(explanation)
    _title(figure, explanation, context)
    return figure


def explanation_html(explanation: Explanation) -> str:
    """Return an HTML fragment for a text: class, runner-up, method and colored words; all names are escaped."""
    names, label, rival = explanation.class_names, explanation.label, explanation.rival
    probabilities = [percent(explanation.probabilities[each]) for each in (label, rival)]
    relation = "then" if label == explanation.predicted else "predicted:"
    head = f"<b>{escape(names[label])}</b> {probabilities[0]}, {relation} {escape(names[rival])} {probabilities[1]}"
    about = f"{explanation.method_line}: contribution of each word to the class, relative to the mean of the others"
    style = (
        ".explanation .for,.explanation .against{border-radius:.2em;padding:.08em 0}"
        ".explanation .for{background:rgb(0 114 178/var(--a))}"
        ".explanation .against{background:rgb(213 94 0/var(--a))}"
    )
    text = colored_words(explanation, label)
    lines = f"<p>{head}<br><small>{escape(about)}</small></p>"
    return f'<div class="explanation"><style>{style}</style>{lines}<div>{text}</div></div>'


def _title(figure: Figure, explanation: Explanation, context: FigureContext) -> None:
    """Write the class and the runner-up in bold, and below them the source of the sample and the method."""
    names, label, rival = explanation.class_names, explanation.label, explanation.rival
    relation = "then" if label == explanation.predicted else "predicted:"
    first, second = (
        f"{short(names[each], 28)} ({percent(explanation.probabilities[each])})" for each in (label, rival)
    )
    under = str(context)
    if explanation.sample_id:
        room = int(15 * figure.get_figwidth()) - len(under)
        under += (", " if room > 20 else "\n") + tail(explanation.sample_id, room if room > 20 else 100)
    under += f"\n{explanation.method_line}: contributions to the logit of the class, relative to the mean of the others"
    for kernel in explanation.kernels[:2]:
        contribution = f"{relative_to_others(kernel.scores, label):+.2f}"
        steps = f"steps {kernel.start} to {kernel.stop - 1}"
        under += f"\n{contribution} by {kernel.name}, dilation {kernel.dilation}, most at {steps}"
    height, margin = figure.get_figheight(), 0.06
    figure.text(0.01, 1 - margin / height, f"{first}, {relation} {second}", va="top", fontsize=11, fontweight="bold")
    figure.text(0.01, 1 - (margin + 0.24) / height, under, va="top", fontsize=8, color=GRAY, linespacing=1.4)
    above = margin + 0.34 + 0.16 * (1 + under.count("\n"))
    engine = figure.get_layout_engine()
    assert engine is not None
    engine.set(rect=(0, 0, 1, 1 - above / height))  # type: ignore[call-arg]


def _reach(values: np.ndarray) -> float:
    return float(np.abs(values).max()) or 1.0


def _bar(figure: Figure, axes, reach: float, explanation: Explanation, cmap=OVERLAY) -> None:
    """Add the color bar of the contributions."""
    mappable = ScalarMappable(Normalize(-reach, reach), cmap)
    bar = figure.colorbar(mappable, ax=axes, shrink=0.8, aspect=25, pad=0.02)
    bar.outline.set_visible(False)
    bar.ax.tick_params(labelsize=7)
    bar.set_label(f"contribution to logit of {short(explanation.class_names[explanation.label], 20)}", fontsize=8)


def _recording(explanation: Explanation) -> Figure:
    """Plot the signals colored by contribution, and below them the contribution of each step, or the spectrogram."""
    values, axes = explanation.values, explanation.axes
    time, sample = axes[0], np.asarray(explanation.sample, float)
    by_channel = values.ndim == 2 and axes[1].name == "channel"
    over_time = values.sum(axis=1) if values.ndim == 2 else values
    channels = sample.shape[1]
    shown = np.arange(channels)
    if channels > MOST_CHANNELS:
        weight = np.abs(values).sum(axis=0) if by_channel else np.nanstd(sample, axis=0)
        shown = np.sort(np.argsort(-weight, kind="stable")[:MOST_CHANNELS])
    signal_height = 2.0 if channels == 1 else float(np.clip(0.5 + 0.42 * len(shown), 1.6, 9))
    below = 1.9 if explanation.spectrogram else 1.1
    figure = Figure(figsize=(9, signal_height + below + 1.1), layout="constrained")
    above, under = figure.subplots(2, 1, sharex=True, height_ratios=[signal_height, below])
    steps = _step_edges(explanation)
    resolved = _on_steps(over_time, time.edges, steps)
    drawn = values[:, shown] if by_channel else np.repeat(resolved[:, None], len(shown), axis=1)
    reach = _reach(drawn)
    _draw_channels(above, sample[:, shown], steps, drawn, reach, [_channel(explanation, at) for at in shown.tolist()])
    _bar(figure, above, reach, explanation, LINES)
    if explanation.spectrogram:
        _draw_spectrogram(figure, under, explanation, over_time)
    else:
        centers = (time.edges[1:] + time.edges[:-1]) / 2
        under.fill_between(centers, np.maximum(over_time, 0), step="mid", color=BLUE, linewidth=0)
        under.fill_between(centers, np.minimum(over_time, 0), step="mid", color=VERMILION, linewidth=0)
        under.axhline(0, color=GRAY, linewidth=0.6)
        under.set_ylabel("contribution\nto logit", fontsize=8)
    padded = ", with padding around the recording" if time.edges[0] < 0 else ""
    under.set_xlabel(f"time ({'s' if time.unit == 's' else 'steps'}){padded}", fontsize=8)
    under.set_xlim(min(steps[0], time.edges[0]), max(steps[-1], time.edges[-1]))
    for each in (above, under):
        each.spines[["top", "right"]].set_visible(False)
        each.tick_params(labelsize=7, colors=GRAY, labelcolor="black")
    return figure


def _step_edges(explanation: Explanation) -> np.ndarray:
    """Return the (steps + 1,) edges of the steps of the sample in the unit of the time axis."""
    return np.arange(len(explanation.sample) + 1) / (explanation.sampling_rate or 1)


def _on_steps(values: np.ndarray, edges: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Resample a map over time (positions,) to the steps of a signal."""
    if len(edges) == len(steps):
        return values
    middles = (steps[1:] + steps[:-1]) / 2
    at = np.searchsorted(edges, middles, side="right") - 1
    return np.where((at >= 0) & (at < len(values)), values[at.clip(0, len(values) - 1)], 0.0)


def _channel(explanation: Explanation, number: int) -> str:
    names = explanation.channel_names
    return short(names[number]) if len(names) == np.shape(explanation.sample)[1] else f"channel {number}"


def _draw_channels(axes, sample: np.ndarray, steps: np.ndarray, values: np.ndarray, reach: float, names) -> None:
    """Draw the signals one above the other, each line colored by `values` (steps, channels)."""
    channels = sample.shape[1]
    middles = (steps[1:] + steps[:-1]) / 2
    low, high = np.nanmin(sample, axis=0), np.nanmax(sample, axis=0)
    spread = np.where(high > low, high - low, 1.0)
    lanes = np.arange(channels)[::-1]
    for number in range(channels):
        line = sample[:, number]
        if channels > 1:
            line = 0.85 * (line - (low[number] + high[number]) / 2) / spread[number] + lanes[number]
        points = np.column_stack([middles, line])
        # A segment has the color of the stronger of its two steps.
        pairs = np.stack([values[:-1, number], values[1:, number]])
        colors = np.take_along_axis(pairs, np.abs(pairs).argmax(axis=0)[None], 0)[0] if len(values) > 1 else pairs[0]
        width = 1.8 if len(points) < 2000 else 0.9
        segments = list(np.stack([points[:-1], points[1:]], axis=1))
        lines = LineCollection(segments, cmap=LINES, linewidths=width, capstyle="round")
        lines.set_array(colors)
        lines.set_clim(-reach, reach)
        axes.add_collection(lines)
    axes.autoscale_view()
    if channels > 1:
        axes.set_yticks(lanes, names)
        axes.set_ylim(-0.6, channels - 0.4)
        for lane in lanes:
            axes.axhline(lane, color=FAINT, linewidth=0.5, zorder=0)


def _draw_spectrogram(figure: Figure, axes, explanation: Explanation, over_time: np.ndarray) -> None:
    """Draw the spectrogram in gray, and over it the contributions of its cells or of the steps."""
    spectrogram, values = explanation.spectrogram, explanation.values
    assert spectrogram is not None
    rows = np.arange(len(spectrogram.frequencies))
    axes.pcolormesh(spectrogram.times, rows, spectrogram.values.T, cmap=LOUD, shading="flat", rasterized=True)
    is_band = len(explanation.axes) > 1 and explanation.axes[1].name == "frequency"
    if is_band:
        edges, shown, heights = explanation.axes[0].edges, values, rows
    else:
        edges, heights = spectrogram.times, np.array([rows[0], rows[-1]])
        shown = _summed(over_time, explanation.axes[0].edges, edges)[:, None]
    _overlay(axes, edges, heights, shown.T)
    _bar(figure, axes, _reach(shown), explanation)
    ticks = _round_frequencies(spectrogram.frequencies)
    unit = "Hz" if explanation.axes[0].unit == "s" else "cycles per step"
    axes.set_yticks(np.interp(ticks, spectrogram.frequencies, rows), [f"{hertz:g}" for hertz in ticks])
    axes.set_ylabel(f"frequency ({unit})", fontsize=8)


def _round_frequencies(edges: np.ndarray) -> list[float]:
    """Return octaves within the bands; for a linear axis without Hz, five evenly spaced values."""
    octaves = [float(hertz) for hertz in 125 * 2.0 ** np.arange(12) if edges[0] <= hertz <= edges[-1]]
    return octaves if len(octaves) > 2 else np.linspace(edges[0], edges[-1], 5).round(3).tolist()


def _summed(values: np.ndarray, edges: np.ndarray, new_edges: np.ndarray) -> np.ndarray:
    """Sum a map over time over new intervals."""
    total = np.concatenate([[0.0], np.cumsum(values)])
    return np.diff(np.interp(new_edges, edges, total))


def _overlay(axes, columns: np.ndarray, rows: np.ndarray, values: np.ndarray) -> None:
    """Draw cells with the color of their sign and the opacity of their size; edges (columns + 1,), (rows + 1,)."""
    shares = values / _reach(values)
    axes.pcolormesh(columns, rows, _rgba(shares), shading="flat", rasterized=True)


def _rgba(shares: np.ndarray) -> np.ndarray:
    """Convert contributions from -1 to 1 to colors (..., 4)."""
    from matplotlib.colors import to_rgb

    colors = np.where((shares > 0)[..., None], to_rgb(BLUE), to_rgb(VERMILION))
    return np.concatenate([colors, 0.85 * np.abs(shares)[..., None] ** 0.8], axis=-1)


def _gray(image: np.ndarray) -> np.ndarray:
    return image[..., :3].mean(axis=-1) if image.shape[-1] == 3 else image[..., 0]


def _image(explanation: Explanation) -> Figure:
    """Plot the image, and next to it the contributions of its pixels over a pale copy."""
    image, values = np.asarray(explanation.sample, float), explanation.values
    height, width = image.shape[:2]
    figure = Figure(figsize=(8.4, float(np.clip(3.7 * height / width, 1.6, 6)) + 1.2), layout="constrained")
    alone, beside = figure.subplots(1, 2)
    shown = np.rint(image).astype(np.uint8) if image.shape[2] == 3 else image[..., 0]
    extent = (0, width, height, 0)
    alone.imshow(shown, cmap="gray", vmin=0, vmax=255, interpolation="nearest", extent=extent)
    beside.imshow(_gray(image), cmap=PALE, vmin=0, vmax=255, interpolation="nearest", extent=extent)
    beside.imshow(_rgba(values / _reach(values)), interpolation="nearest", extent=extent)
    for axes in (alone, beside):
        axes.tick_params(labelsize=7, colors=GRAY, labelcolor="black")
        axes.spines[:].set_color(FAINT)
    alone.set_xlabel("column (px)", fontsize=8)
    beside.set_xlabel("column (px)", fontsize=8)
    alone.set_ylabel("row (px)", fontsize=8)
    _bar(figure, beside, _reach(values), explanation)
    return figure


def _volume(explanation: Explanation) -> Figure:
    """Plot three slices through the voxel with the largest absolute contribution, marked by crossing lines."""
    values, volume = explanation.values, np.asarray(explanation.sample, float)[..., 0]
    peak = np.unravel_index(np.abs(values).argmax(), values.shape)
    scale = [whole / size for whole, size in zip(volume.shape, values.shape, strict=True)]
    place = [int((at + 0.5) * each) for at, each in zip(peak, scale, strict=True)]
    reach, low, high = _reach(values), float(volume.min()), float(volume.max())
    figure = Figure(figsize=(9.5, 7), layout="constrained")
    panels, names = figure.subplots(2, 3), [axis.name for axis in explanation.axes]
    shown = {"vmin": low, "vmax": high if high > low else low + 1}
    for across, (plain, axes) in enumerate(panels.T):
        across_axis, up = [axis for axis in range(3) if axis != across]
        # As in the figures of the worst mistakes, the last axis points up.
        extent = (0, volume.shape[across_axis], 0, volume.shape[up])
        back, front = np.take(volume, place[across], across).T[::-1], np.take(values, peak[across], across).T[::-1]
        plain.imshow(back, cmap="gray", extent=extent, **shown)
        plain.set(xticks=[], yticks=[])
        plain.spines[:].set_color(FAINT)
        axes.imshow(back, cmap=PALE, extent=extent, **shown)
        axes.imshow(_rgba(front / reach), interpolation="nearest", extent=extent)
        axes.axvline(place[across_axis] + 0.5, color="black", linewidth=0.5, linestyle=(0, (2, 3)))
        axes.axhline(place[up] + 0.5, color="black", linewidth=0.5, linestyle=(0, (2, 3)))
        axes.set_xlabel(f"{names[across_axis]} (voxels)\nat {names[across]} {place[across]}", fontsize=8)
        axes.set_ylabel(names[up], fontsize=8)
        axes.tick_params(labelsize=7, colors=GRAY, labelcolor="black")
        axes.spines[:].set_color(FAINT)
    _bar(figure, list(panels[1]), reach, explanation)
    return figure


def _map_alone(explanation: Explanation) -> Figure:
    values = explanation.values
    flat = np.atleast_2d(values if values.ndim < 3 else values.reshape(len(values), -1))
    figure = Figure(figsize=(8, 3.5), layout="constrained")
    axes = figure.subplots()
    axes.imshow(_rgba(flat / _reach(flat)), aspect="auto", interpolation="nearest")
    axes.set_xlabel(explanation.axes[-1].name, fontsize=8)
    _bar(figure, axes, _reach(flat), explanation)
    return figure
