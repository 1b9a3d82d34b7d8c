"""Figures of volumes: the worst mistakes, and the kernels of the first convolution."""

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
    """Return the worst mistakes, and the kernels of the first convolution if there is one."""
    worst = worst_mistakes(subset, predictions.probabilities, dataset.class_names, context)
    return {"worst_mistakes": worst} | kernel_figures(classifier, 3, partial(first_kernels, context=context))


def middle_slices(volume: np.ndarray) -> list[np.ndarray]:
    """Return the three slices through the middle of `volume` (depth, height, width), across depth, height and width.

    The last axis of each slice points up. With axes to the right, the front and the top, heads are upright.
    """
    depth, height, width = (size // 2 for size in volume.shape)
    return [each.T[::-1] for each in (volume[depth], volume[:, height], volume[:, :, width])]


def worst_mistakes(subset: Subset, probabilities: np.ndarray, class_names, context: FigureContext) -> Figure:
    """Plot up to nine wrong predictions with the highest confidence, each as three slices through the middle.

    Args:
        subset: volumes (depth, height, width, channels), of any size; only the shown ones are read. The first channel
            is shown.
        probabilities: (n, classes) float.
        class_names: the classes in the order of their indices.
        context: of the figure.

    Returns:
        The figure; without mistakes, a figure with a message.
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
    mistakes.head(
        figure, context, f"{TRUE_TO_PREDICTED}; three slices through the middle, labeled horizontal by vertical axis"
    )
    return figure


def _draw_volume(axes, volume: np.ndarray) -> None:
    """Draw three slices side by side on one gray scale, each labeled with its horizontal and vertical axis."""
    low, high = float(volume.min()), float(volume.max())
    gap, left, places, names = 0.06 * max(volume.shape), 0.0, [], []
    for across, each in enumerate(middle_slices(volume)):
        height, width = each.shape
        look = {"cmap": "gray", "vmin": low, "vmax": high if high > low else low + 1, "interpolation": "nearest"}
        axes.imshow(each, extent=(left, left + width, 0, height), **look)
        horizontal, vertical = (f"{AXES[axis]} {volume.shape[axis]}" for axis in range(3) if axis != across)
        places.append(left + width / 2)
        names.append(f"{horizontal}\nby {vertical}")
        left += width + gap
    axes.set(xlim=(0, left - gap), ylim=(0, max(each.shape[0] for each in middle_slices(volume))), yticks=[])
    axes.set_xticks(places, names, fontsize=7, color=GRAY)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_xlabel("horizontal (voxels)", fontsize=7, color=GRAY)
    axes.set_ylabel("vertical (voxels)", fontsize=7, color=GRAY)


def first_kernels(weights: np.ndarray, context: FigureContext) -> Figure:
    """Plot the kernels of the first convolution, largest norm first, each as a row of its planes along the depth.

    Blue is below zero, white zero and red above, all on one scale; the mean over the channels is shown.

    Args:
        weights: (depth, height, width, channels, filters) float, the layout of Keras.
        context: of the figure.

    Returns:
        The figure, with at most 24 kernels, each labeled with the index of its filter.
    """
    depth, height, width, channels, filters = weights.shape
    order, kernels = strongest(weights, MOST_KERNELS), weights.mean(axis=3)
    reach = np.abs(kernels[..., order]).max() or 1.0
    layout = ConstrainedLayoutEngine(w_pad=0.15)
    figure, rows, columns = grid(len(order), 4, width=2.4, height=0.95, margin=0.5, layout=layout)
    plain = {"frame_on": False, "xticks": [], "yticks": []}
    panels = figure.subplots(rows, columns, squeeze=False, subplot_kw=plain).ravel()
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
    """Join the planes of a kernel (depth, height, width) side by side, separated by a column of NaN."""
    return np.concatenate([np.pad(plane, [(0, 0), (0, 1)], constant_values=np.nan) for plane in kernel], axis=1)[:, :-1]
