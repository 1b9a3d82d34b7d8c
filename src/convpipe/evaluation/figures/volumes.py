"""Pictures in which the volumes themselves are seen: the worst mistakes, and what the first layer looks for."""

from functools import partial

import numpy as np
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from convpipe.data.dataset import Dataset, Subset
from convpipe.data.volumes import as_volume
from convpipe.evaluation.figures.common import grid
from convpipe.evaluation.figures.context import FigureContext
from convpipe.evaluation.figures.kernels import kernel_figures, strongest, title_kernels, weight_scale
from convpipe.evaluation.figures.mistakes import TRUE_TO_PREDICTED, Mistakes
from convpipe.evaluation.figures.words import GRAY

AXES = ("depth", "height", "width")
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
    mistakes = Mistakes(subset, probabilities, class_names, MOST_MISTAKES)
    if not mistakes:
        return mistakes.none(context)
    captions = mistakes.captions(3.9)
    figure, rows, columns = grid(len(mistakes), 3, width=4.2, height=1.9 + captions.height, margin=0.1)
    panels = figure.subplots(rows, columns, squeeze=False, subplot_kw={"anchor": "NW"}).ravel()
    for axes in panels[len(mistakes) :]:
        axes.set_visible(False)
    for axes, i in zip(panels, mistakes, strict=False):
        _draw_volume(axes, as_volume(subset.inputs[i], subset.sample_ids[i], "zero")[..., 0])
        captions.write(axes, i)
    mistakes.head(figure, context, f"{TRUE_TO_PREDICTED}; three slices through the middle, across by up")
    return figure


def _draw_volume(axes, volume: np.ndarray) -> None:
    """Three slices side by side on the gray scale of the whole volume, each named by its axes: across by up."""
    low, high = float(volume.min()), float(volume.max())
    gap, left, places, names = 0.06 * max(volume.shape), 0.0, [], []
    for out, each in enumerate(middle_slices(volume)):
        height, width = each.shape
        look = {"cmap": "gray", "vmin": low, "vmax": high if high > low else low + 1, "interpolation": "nearest"}
        axes.imshow(each, extent=(left, left + width, 0, height), **look)
        across, up = (f"{AXES[axis]} {volume.shape[axis]}" for axis in range(3) if axis != out)
        places.append(left + width / 2)
        names.append(f"{across}\nby {up}")
        left += width + gap
    axes.set(xlim=(0, left - gap), ylim=(0, max(each.shape[0] for each in middle_slices(volume))), yticks=[])
    axes.set_xticks(places, names, fontsize=7, color=GRAY)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_xlabel("across (voxels)", fontsize=7, color=GRAY)
    axes.set_ylabel("up (voxels)", fontsize=7, color=GRAY)


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
    figure, rows, columns = grid(len(order), 4, width=2.4, height=0.95, margin=0.5, layout=layout)
    bare = {"frame_on": False, "xticks": [], "yticks": []}
    panels = figure.subplots(rows, columns, squeeze=False, subplot_kw=bare).ravel()
    figure.supxlabel(f"width ({width} voxels each), plane by plane along the depth ({depth})", fontsize=8)
    figure.supylabel(f"height ({height} voxels each)", fontsize=8)
    for axes, i in zip(panels, order, strict=False):
        image = axes.imshow(_planes(kernels[..., i] / reach), cmap="RdBu_r", vmin=-1, vmax=1, interpolation="nearest")
        axes.set_title(str(i), fontsize=7, color=GRAY, loc="left", pad=2)
    weight_scale(figure, image, panels, reach)
    note = f"mean over {channels} channels" if channels > 1 else ""
    title_kernels(figure, len(order), filters, f"of {depth} x {height} x {width}", context, note)
    return figure


def _planes(kernel: np.ndarray) -> np.ndarray:
    """The planes of a kernel (depth, height, width) side by side, with a gap of NaN between."""
    return np.concatenate([np.pad(plane, [(0, 0), (0, 1)], constant_values=np.nan) for plane in kernel], axis=1)[:, :-1]
