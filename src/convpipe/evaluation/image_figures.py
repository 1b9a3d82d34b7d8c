"""Pictures in which the images themselves are seen: the worst mistakes, and what the first layer looks for."""

import numpy as np
from matplotlib.figure import Figure

from convpipe.data.samples import Part, Samples
from convpipe.evaluation.figures import FAINT, GREY, first_layer
from convpipe.evaluation.mistakes import Mistakes, tail
from convpipe.preprocessing.images import as_image


def figures(samples: Samples, part: Part, predictions, classifier) -> dict[str, Figure]:
    """The worst mistakes, and the first layer's kernels where the network has any."""
    shown = (part.inputs, part.labels, predictions.probabilities, samples.class_names, part.origins)
    kernels = first_layer(classifier, axes=2)
    found = {} if kernels is None else {"first_kernels": first_kernels(kernels, samples.channel_names)}
    return {"worst_mistakes": worst_mistakes(*shown), **found}


def worst_mistakes(inputs, labels, probabilities, class_names, origins) -> Figure:
    """The up to twelve wrong predictions that the classifier was surest of, as the images that it was given.

    Args:
        inputs: one image a sample, (height, width, channels) from 0 to 255, of any size; read only where it is shown.
        labels: (n,) int, the true classes.
        probabilities: (n, classes) float.
        class_names: the classes in the order of their indices.
        origins: where each sample came from, one line each.

    Returns:
        The figure; without a mistake it says so.
    """
    mistakes = Mistakes(labels, probabilities, class_names, most=12)
    if not mistakes:
        return mistakes.none()
    images = [as_image(inputs[i], str(origins[i])) for i in mistakes]
    figure, panels = _panels(images)
    for axes, image, i in zip(panels, images, mistakes, strict=False):
        _draw(axes, image)
        axes.set_title(mistakes.title(i, 11), loc="left", fontsize=8.5, fontweight="bold", pad=4)
        axes.text(0, -0.03, tail(str(origins[i])), transform=axes.transAxes, fontsize=6.5, color=GREY, va="top")
    mistakes.head(figure)
    return figure


def _panels(images: list[np.ndarray]):
    """A figure with a panel an image, in rows as tall as the tallest image needs."""
    columns = min(4, len(images))
    rows = -(-len(images) // columns)
    tall = float(np.clip(max(image.shape[0] / image.shape[1] for image in images), 0.3, 1.5))
    figure = Figure(figsize=(max(2.5 * columns, 6), (2.4 * tall + 0.5) * rows + 0.4), layout="constrained")
    panels = list(figure.subplots(rows, columns, squeeze=False).flat)
    for axes in panels:
        axes.axis("off")
        axes.set_anchor("NW")
    return figure, panels


def _draw(axes, image: np.ndarray) -> None:
    """The image with its pixels as squares; of two channels, or more than three, the first is shown."""
    if image.shape[2] == 3:
        axes.imshow(np.rint(image).astype(np.uint8), interpolation="nearest")
    else:
        axes.imshow(image[:, :, 0], cmap="gray", vmin=0, vmax=255, interpolation="nearest")


def first_kernels(weights: np.ndarray, channel_names=()) -> Figure:
    """The first convolution's kernels as small images, those of the largest norm first.

    Of one channel: blue below zero, white at zero, red above, on one scale for all. Of three channels: as colours,
    grey at zero. Of any other number: their mean over the channels, as of one.

    Args:
        weights: (height, width, channels, filters) float, as Keras keeps them.
        channel_names: names of the channels; empty where unknown.

    Returns:
        The figure; at most 64 kernels, each with the index of its filter.
    """
    weights = np.asarray(weights, dtype=float)
    norms = np.sqrt((weights**2).sum(axis=(0, 1, 2)))
    order = np.argsort(-norms, kind="stable")[:64]
    kernels = weights if weights.shape[2] in (1, 3) else weights.mean(axis=2, keepdims=True)
    reach = np.abs(kernels[..., order]).max() or 1.0
    columns = min(8, len(order))
    rows, tall = -(-len(order) // columns), weights.shape[0] / weights.shape[1]
    figure = Figure(figsize=(max(0.95 * columns, 5.5), (0.4 + 0.75 * tall) * rows + 0.8), layout="constrained")
    axes = figure.subplots()
    axes.axis("off")
    for position, i in enumerate(order):
        left, top = 1.2 * (position % columns), -(tall + 0.3) * (position // columns)
        shown = _draw_kernel(axes, kernels[..., i] / reach, (left, left + 1, top - tall, top))
        axes.text(left, top + 0.03, str(i), fontsize=7, color=GREY, va="bottom")
    axes.set(xlim=(-0.05, 1.2 * columns - 0.15), ylim=(0.25 - (tall + 0.3) * rows, 0.25), aspect="equal")
    figure.suptitle(_kernels_title(weights.shape, len(order), reach), x=0.01, ha="left", fontweight="bold", fontsize=10)
    if kernels.shape[2] == 1:
        bar = figure.colorbar(shown, ax=axes, shrink=0.6, aspect=25, ticks=[-1, 0, 1])
        bar.ax.set_yticklabels([f"{-reach:.2g}", "0", f"{reach:.2g}"], fontsize=7)
        bar.outline.set_visible(False)
    return figure


def _draw_kernel(axes, kernel: np.ndarray, extent: tuple[float, float, float, float]):
    """A kernel (height, width, 1 or 3) of weights from -1 to 1, framed, as a weight of zero is as white as the page."""
    left, right, bottom, top = extent
    axes.plot([left, right, right, left, left], [bottom, bottom, top, top, bottom], color=FAINT, linewidth=1)
    if kernel.shape[2] == 3:
        return axes.imshow((kernel + 1) / 2, interpolation="nearest", extent=extent)
    return axes.imshow(kernel[:, :, 0], cmap="RdBu_r", vmin=-1, vmax=1, interpolation="nearest", extent=extent)


def _kernels_title(shape: tuple[int, ...], shown: int, reach: float) -> str:
    height, width, channels, filters = shape
    count = f"{shown} of {filters}" if shown < filters else f"{filters}"
    title = f"First convolution: {count} kernels of {height} x {width}, the strongest first"
    if channels == 3:
        return f"{title}\nweights of red, green and blue from {-reach:.2g} (dark) to {reach:.2g} (bright), grey at zero"
    return title if channels == 1 else f"{title}\nmean over {channels} channels"
