"""Common parts of the figures of the first kernels."""

from collections.abc import Callable

import numpy as np
from matplotlib.figure import Figure

from convpipe.evaluation.figures.context import FigureContext
from convpipe.evaluation.figures.words import title


def kernel_figures(classifier, axes: int, draw: Callable[[np.ndarray], Figure]) -> dict[str, Figure]:
    """Return the figure of the convolution that is applied to the samples, by its file name; empty without one.

    Args:
        classifier: its first network is used.
        axes: number of axes along which the kernels move.
        draw: function from kernels in the layout of Keras (kernel sizes..., channels, filters) to a figure.
    """
    channels = classifier.preprocessing.input_shape[-1]
    for layer in classifier.networks[0].layers:
        shape = getattr(getattr(layer, "kernel", None), "shape", ())
        if len(shape) == axes + 2 and shape[axes] == channels and max(shape[:axes]) > 1:
            return {"first_kernels": draw(np.asarray(layer.kernel, dtype=float))}
    return {}


def strongest(weights: np.ndarray, most: int) -> np.ndarray:
    """Return the indices of at most `most` filters (last axis), largest norm first."""
    norms = np.sqrt((weights**2).sum(axis=tuple(range(weights.ndim - 1))))
    return np.argsort(-norms, kind="stable")[:most]


def title_kernels(figure: Figure, shown: int, filters: int, size: str, context: FigureContext, note: str = "") -> None:
    """Write the title: how many kernels are shown, their size, and a note."""
    count = f"{shown} of {filters}" if shown < filters else f"{filters}"
    title(figure, f"First convolution: {count} kernels {size}, largest norm first", context, note)


def weight_scale(figure: Figure, image, panels, reach: float) -> None:
    """Add a color bar for images of weights divided by `reach`."""
    bar = figure.colorbar(image, ax=panels, shrink=0.6, aspect=25, ticks=[-1, 0, 1])
    bar.ax.set_yticklabels([f"{-reach:.2g}", "0", f"{reach:.2g}"], fontsize=7)
    bar.set_label("weight", fontsize=8)
    bar.outline.set_visible(False)
