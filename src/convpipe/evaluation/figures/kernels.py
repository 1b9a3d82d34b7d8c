"""What the pictures of a network's first kernels have in common."""

from collections.abc import Callable

import numpy as np
from matplotlib.figure import Figure

from convpipe.evaluation.figures.context import FigureContext
from convpipe.evaluation.figures.words import title


def kernel_figures(classifier, axes: int, draw: Callable[[np.ndarray], Figure]) -> dict[str, Figure]:
    """The picture of the convolution that sees the samples themselves, by its name; empty where there is none.

    Args:
        classifier: its first network is looked at.
        axes: along which the kernels move.
        draw: takes the kernels as Keras keeps them: a kernel size for each axis, channels, filters.
    """
    channels = classifier.preprocessing.input_shape[-1]
    for layer in classifier.networks[0].layers:
        shape = getattr(getattr(layer, "kernel", None), "shape", ())
        if len(shape) == axes + 2 and shape[axes] == channels and max(shape[:axes]) > 1:
            return {"first_kernels": draw(np.asarray(layer.kernel, dtype=float))}
    return {}


def strongest(weights: np.ndarray, most: int) -> np.ndarray:
    """The filters (last axis) of the largest norm, at most so many, the largest first."""
    norms = np.sqrt((weights**2).sum(axis=tuple(range(weights.ndim - 1))))
    return np.argsort(-norms, kind="stable")[:most]


def title_kernels(figure: Figure, shown: int, filters: int, size: str, context: FigureContext, note: str = "") -> None:
    """Say above the figure how many of the kernels are shown, their size, and a note."""
    count = f"{shown} of {filters}" if shown < filters else f"{filters}"
    title(figure, f"First convolution: {count} kernels {size}, the strongest first", context, note)


def weight_scale(figure: Figure, image, panels, reach: float) -> None:
    """A bar that tells which weight has which color, for images of weights divided by `reach`."""
    bar = figure.colorbar(image, ax=panels, shrink=0.6, aspect=25, ticks=[-1, 0, 1])
    bar.ax.set_yticklabels([f"{-reach:.2g}", "0", f"{reach:.2g}"], fontsize=7)
    bar.set_label("weight", fontsize=8)
    bar.outline.set_visible(False)
