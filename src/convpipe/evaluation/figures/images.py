"""Figures of images: the worst mistakes, and the kernels of the first convolution."""

from functools import partial

import numpy as np
from matplotlib.figure import Figure

from convpipe.data.dataset import Dataset, Subset
from convpipe.evaluation.figures.common import FAINT, grid
from convpipe.evaluation.figures.context import FigureContext
from convpipe.evaluation.figures.kernels import kernel_figures, strongest, title_kernels, weight_scale
from convpipe.evaluation.figures.mistakes import TRUE_TO_PREDICTED, Mistakes
from convpipe.evaluation.figures.words import GRAY
from convpipe.preprocessing.images import as_image


def figures(dataset: Dataset, subset: Subset, predictions, classifier, context: FigureContext) -> dict[str, Figure]:
    """Return the worst mistakes, and the kernels of the first convolution if there is one."""
    worst = worst_mistakes(subset, predictions.probabilities, dataset.class_names, context)
    return {"worst_mistakes": worst} | kernel_figures(classifier, 2, partial(first_kernels, context=context))


def worst_mistakes(subset: Subset, probabilities: np.ndarray, class_names, context: FigureContext) -> Figure:
    """Plot up to twelve wrong predictions with the highest confidence as images.

    Args:
        subset: images (height, width, channels) from 0 to 255, of any size; only the shown images are read.
        probabilities: (n, classes) float.
        class_names: the classes in the order of their indices.
        context: of the figure.

    Returns:
        The figure; without mistakes, a figure with a message.
    """
    mistakes = Mistakes(subset, probabilities, class_names, most=12)
    if not mistakes:
        return mistakes.none(context)
    images = [as_image(subset.inputs[i], subset.sample_ids[i]) for i in mistakes]
    tall = float(np.clip(max(image.shape[0] / image.shape[1] for image in images), 0.3, 1.5))
    captions = mistakes.captions(2.1)
    figure, rows, columns = grid(len(images), 4, width=2.5, height=2.15 * tall + 0.4 + captions.height, margin=0.1)
    panels = figure.subplots(rows, columns, squeeze=False, subplot_kw={"anchor": "NW"}).ravel()
    for axes, image, i in zip(panels, images, mistakes, strict=False):
        _draw(axes, image)
        captions.write(axes, i)
        height, width = image.shape[:2]
        axes.set(xticks=[], yticks=[])
        axes.set_xlabel(f"width ({width} pixels)", fontsize=7, color=GRAY, labelpad=3)
        axes.set_ylabel(f"height ({height})", fontsize=7, color=GRAY, labelpad=3)
        axes.spines[:].set_color(FAINT)
    for axes in panels[len(images) :]:
        axes.set_visible(False)
    mistakes.head(figure, context, TRUE_TO_PREDICTED)
    return figure


def _draw(axes, image: np.ndarray) -> None:
    """Draw an image without interpolation; with other than one or three channels, only the first."""
    if image.shape[2] == 3:
        axes.imshow(np.rint(image).astype(np.uint8), interpolation="nearest")
    else:
        axes.imshow(image[:, :, 0], cmap="gray", vmin=0, vmax=255, interpolation="nearest")


def first_kernels(weights: np.ndarray, context: FigureContext) -> Figure:
    """Plot the kernels of the first convolution as small images, largest norm first.

    Kernels of one channel are blue below zero, white at zero and red above, all on one scale. Kernels of three channels
    are shown as RGB, gray at zero. For any other number of channels, the mean over the channels is shown.

    Args:
        weights: (height, width, channels, filters) float, the layout of Keras.
        context: of the figure.

    Returns:
        The figure, with at most 64 kernels, each labeled with the index of its filter.
    """
    height, width, channels, filters = weights.shape
    order, tall = strongest(weights, 64), height / width
    kernels = weights if channels in (1, 3) else weights.mean(axis=2, keepdims=True)
    reach = np.abs(kernels[..., order]).max() or 1.0
    figure, rows, columns = grid(len(order), 8, width=0.95, height=0.4 + 0.75 * tall, margin=0.5, least=5.5)
    axes = figure.subplots()
    axes.set(xticks=[], yticks=[], anchor="NW")
    axes.set_xlabel(f"width ({width} pixels each)", fontsize=8)
    axes.set_ylabel(f"height ({height} pixels each)", fontsize=8)
    axes.spines[:].set_visible(False)
    for position, i in enumerate(order):
        left, top = 1.2 * (position % columns), -(tall + 0.3) * (position // columns)
        shown = _draw_kernel(axes, kernels[..., i] / reach, (left, left + 1, top - tall, top))
        axes.text(left, top + 0.03, str(i), fontsize=7, color=GRAY, va="bottom")
    axes.set(xlim=(-0.05, 1.2 * columns - 0.15), ylim=(0.25 - (tall + 0.3) * rows, 0.25), aspect="equal")
    notes = {
        1: "",
        3: f"RGB weights from {-reach:.2g} (dark) to {reach:.2g} (bright), gray at zero",
    }
    note = notes.get(channels, f"mean over {channels} channels")
    title_kernels(figure, len(order), filters, f"of {height} x {width}", context, note)
    if channels != 3:
        weight_scale(figure, shown, axes, reach)
    return figure


def _draw_kernel(axes, kernel: np.ndarray, extent: tuple[float, float, float, float]):
    """Draw a kernel (height, width, 1 or 3) of weights from -1 to 1, with a frame, as zero weights are white."""
    left, right, bottom, top = extent
    axes.plot([left, right, right, left, left], [bottom, bottom, top, top, bottom], color=FAINT, linewidth=1)
    if kernel.shape[2] == 3:
        return axes.imshow((kernel + 1) / 2, interpolation="nearest", extent=extent)
    return axes.imshow(kernel[:, :, 0], cmap="RdBu_r", vmin=-1, vmax=1, interpolation="nearest", extent=extent)
