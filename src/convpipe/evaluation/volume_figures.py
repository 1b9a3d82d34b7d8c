"""Pictures in which the volumes themselves are seen: the worst mistakes, and what the first layer looks for."""

import numpy as np
from matplotlib.figure import Figure

from convpipe.data.samples import Part, Samples
from convpipe.data.volumes import as_volume
from convpipe.evaluation.figures import FAINT, GREY, first_layer
from convpipe.evaluation.mistakes import Mistakes, tail

#: How the three slices through the middle are called: each leaves one axis out.
SLICES = ("middle depth", "middle height", "middle width")
MOST_MISTAKES, MOST_KERNELS = 9, 24


def figures(samples: Samples, part: Part, predictions, classifier) -> dict[str, Figure]:
    """The worst mistakes, and the first layer's kernels where the network has any."""
    shown = (part.inputs, part.labels, predictions.probabilities, samples.class_names, part.origins)
    kernels = first_layer(classifier, axes=3)
    found = {} if kernels is None else {"first_kernels": first_kernels(kernels)}
    return {"worst_mistakes": worst_mistakes(*shown), **found}


def middle_slices(volume: np.ndarray) -> list[np.ndarray]:
    """The three slices through the middle of `volume` (depth, height, width), across depth, height and width.

    Each is turned so that its last axis points up: with axes to the right, the front and the top, heads stand upright.
    """
    depth, height, width = (size // 2 for size in volume.shape)
    return [each.T[::-1] for each in (volume[depth], volume[:, height], volume[:, :, width])]


def worst_mistakes(inputs, labels, probabilities, class_names, origins) -> Figure:
    """The up to nine wrong predictions that the classifier was surest of, each as three slices through its middle.

    Args:
        inputs: one volume a sample, (depth, height, width, channels), of any size; read only where it is shown, its
            first channel.
        labels: (n,) int, the true classes.
        probabilities: (n, classes) float.
        class_names: the classes in the order of their indices.
        origins: where each sample came from, one line each.

    Returns:
        The figure; without a mistake it says so.
    """
    mistakes = Mistakes(labels, probabilities, class_names, MOST_MISTAKES)
    if not mistakes:
        return mistakes.none()
    columns = min(3, len(mistakes))
    rows = -(-len(mistakes) // columns)
    figure = Figure(figsize=(max(4.2 * columns, 6), 2.0 * rows + 0.6), layout="constrained")
    blocks = figure.subfigures(rows, columns, squeeze=False, hspace=0.06, wspace=0.04).flat
    for block, i in zip(blocks, mistakes, strict=False):
        _draw_volume(block, as_volume(inputs[i], str(origins[i]))[..., 0])
        block.suptitle(mistakes.title(i), fontsize=9, fontweight="bold")
        block.supxlabel(tail(str(origins[i]), 52), fontsize=6.5, color=GREY)
    mistakes.head(figure)
    return figure


def _draw_volume(block, volume: np.ndarray) -> None:
    """Three slices side by side on the grey scale of the whole volume."""
    low, high = float(volume.min()), float(volume.max())
    for axes, each, name in zip(block.subplots(1, 3), middle_slices(volume), SLICES, strict=True):
        axes.imshow(each, cmap="gray", vmin=low, vmax=high if high > low else low + 1, interpolation="nearest")
        axes.set_xticks([], [])
        axes.set_yticks([], [])
        axes.spines[:].set_color(FAINT)
        axes.set_xlabel(name, fontsize=6.5, color=GREY)


def first_kernels(weights: np.ndarray) -> Figure:
    """The first convolution's kernels, those of the largest norm first, each as a row of its planes along the depth.

    Blue is below zero, white zero, red above, on one scale for all; of several channels their mean is shown.

    Args:
        weights: (depth, height, width, channels, filters) float, as Keras keeps them.

    Returns:
        The figure; at most 24 kernels, each with the index of its filter.
    """
    weights = np.asarray(weights, dtype=float)
    depth, height, width, channels, filters = weights.shape
    order = np.argsort(-np.sqrt((weights**2).sum(axis=(0, 1, 2, 3))), kind="stable")[:MOST_KERNELS]
    kernels = weights.mean(axis=3)
    reach = np.abs(kernels[..., order]).max() or 1.0
    columns = min(4, len(order))
    rows = -(-len(order) // columns)
    figure = Figure(figsize=(max(2.4 * columns, 6), 0.95 * rows + 1.0), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.15)
    panels = list(figure.subplots(rows, columns, squeeze=False).flat)
    for axes in panels:
        axes.axis("off")
    for axes, i in zip(panels, order, strict=False):
        image = axes.imshow(_planes(kernels[..., i] / reach), cmap="RdBu_r", vmin=-1, vmax=1, interpolation="nearest")
        axes.set_title(str(i), fontsize=7, color=GREY, loc="left", pad=2)
    bar = figure.colorbar(image, ax=panels, shrink=0.6, aspect=25, ticks=[-1, 0, 1])
    bar.ax.set_yticklabels([f"{-reach:.2g}", "0", f"{reach:.2g}"], fontsize=7)
    bar.outline.set_visible(False)
    count = f"{len(order)} of {filters}" if len(order) < filters else f"{filters}"
    title = f"First convolution: {count} kernels of {depth} x {height} x {width}, the strongest first"
    mean = f"; mean over {channels} channels" if channels > 1 else ""
    figure.suptitle(
        f"{title}\nthe planes of each side by side along the depth{mean}",
        x=0.01,
        ha="left",
        fontweight="bold",
        fontsize=10,
    )
    return figure


def _planes(kernel: np.ndarray) -> np.ndarray:
    """The planes of a kernel (depth, height, width) side by side, with a gap of NaN between."""
    gap = np.full((kernel.shape[1], 1), np.nan)
    pieces = [piece for plane in kernel for piece in (plane, gap)]
    return np.concatenate(pieces[:-1], axis=1)
