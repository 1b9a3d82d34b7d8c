"""Pictures in which the volumes themselves are seen: the worst mistakes, and what the first layer looks for."""

from functools import partial

import numpy as np
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from convpipe.data.dataset import Dataset, Subset
from convpipe.data.volumes import as_volume
from convpipe.evaluation.figures.common import FAINT, grid
from convpipe.evaluation.figures.context import FigureContext
from convpipe.evaluation.figures.kernels import kernel_figures, strongest, title_kernels, weight_scale
from convpipe.evaluation.figures.mistakes import Mistakes, tail
from convpipe.evaluation.figures.words import GREY

#: How the three slices through the middle are called: each leaves one axis out.
SLICES = ("middle depth", "middle height", "middle width")
MOST_MISTAKES, MOST_KERNELS = 9, 24


def figures(dataset: Dataset, subset: Subset, predictions, classifier, context: FigureContext) -> dict[str, Figure]:
    """The worst mistakes, and the first layer's kernels where the network has any."""
    worst = worst_mistakes(subset, predictions.probabilities, dataset.class_names, context)
    return {"worst_mistakes": worst} | kernel_figures(classifier, 3, partial(first_kernels, context=context))


def middle_slices(volume: np.ndarray) -> list[np.ndarray]:
    """The three slices through the middle of `volume` (depth, height, width), across depth, height and width.

    Each is turned so that its last axis points up: with axes to the right, the front and the top, heads stand upright.
    """
    depth, height, width = (size // 2 for size in volume.shape)
    return [each.T[::-1] for each in (volume[depth], volume[:, height], volume[:, :, width])]


def worst_mistakes(subset: Subset, probabilities: np.ndarray, class_names, context: FigureContext) -> Figure:
    """The up to nine wrong predictions that the classifier was surest of, each as three slices through its middle.

    Args:
        subset: the volumes, (depth, height, width, channels), of any size; read only where one is shown, its first
            channel.
        probabilities: (n, classes) float.
        class_names: the classes in the order of their indices.
        context: of the figure.

    Returns:
        The figure; without a mistake it says so.
    """
    mistakes = Mistakes(subset.labels, probabilities, class_names, MOST_MISTAKES)
    if not mistakes:
        return mistakes.none(context)
    figure, rows, columns = grid(len(mistakes), 3, width=4.2, height=2.0, margin=0.6)
    blocks = figure.subfigures(rows, columns, squeeze=False, hspace=0.06, wspace=0.04).flat
    for block, i in zip(blocks, mistakes, strict=False):
        _draw_volume(block, as_volume(subset.inputs[i], subset.sample_ids[i], "zero")[..., 0])
        block.suptitle(mistakes.title(i), fontsize=9, fontweight="bold")
        block.supxlabel(tail(subset.sample_ids[i], 52), fontsize=6.5, color=GREY)
    mistakes.head(figure, context)
    return figure


def _draw_volume(block, volume: np.ndarray) -> None:
    """Three slices side by side on the grey scale of the whole volume."""
    low, high = float(volume.min()), float(volume.max())
    for axes, each, name in zip(block.subplots(1, 3), middle_slices(volume), SLICES, strict=True):
        axes.imshow(each, cmap="gray", vmin=low, vmax=high if high > low else low + 1, interpolation="nearest")
        axes.set(xticks=[], yticks=[])
        axes.spines[:].set_color(FAINT)
        axes.set_xlabel(name, fontsize=6.5, color=GREY)


def first_kernels(weights: np.ndarray, context: FigureContext) -> Figure:
    """The first convolution's kernels, those of the largest norm first, each as a row of its planes along the depth.

    Blue is below zero, white zero, red above, on one scale for all; of several channels their mean is shown.

    Args:
        weights: (depth, height, width, channels, filters) float, as Keras keeps them.
        context: of the figure.

    Returns:
        The figure; at most 24 kernels, each with the index of its filter.
    """
    depth, height, width, channels, filters = weights.shape
    order, kernels = strongest(weights, MOST_KERNELS), weights.mean(axis=3)
    reach = np.abs(kernels[..., order]).max() or 1.0
    layout = ConstrainedLayoutEngine(w_pad=0.15)
    figure, rows, columns = grid(len(order), 4, width=2.4, height=0.95, margin=1.0, layout=layout)
    bare = {"frame_on": False, "xticks": [], "yticks": []}
    panels = figure.subplots(rows, columns, squeeze=False, subplot_kw=bare).ravel()
    for axes, i in zip(panels, order, strict=False):
        image = axes.imshow(_planes(kernels[..., i] / reach), cmap="RdBu_r", vmin=-1, vmax=1, interpolation="nearest")
        axes.set_title(str(i), fontsize=7, color=GREY, loc="left", pad=2)
    weight_scale(figure, image, panels, reach)
    mean = f"; mean over {channels} channels" if channels > 1 else ""
    note = f"the planes of each side by side along the depth{mean}"
    title_kernels(figure, len(order), filters, f"of {depth} x {height} x {width}", context, note)
    return figure


def _planes(kernel: np.ndarray) -> np.ndarray:
    """The planes of a kernel (depth, height, width) side by side, with a gap of NaN between."""
    return np.concatenate([np.pad(plane, [(0, 0), (0, 1)], constant_values=np.nan) for plane in kernel], axis=1)[:, :-1]
