"""Samples and kernels made for the lesson page: small whole numbers with a pattern to detect."""

import numpy as np

FILTERS = 8  # filters of most examples


def drawn_kernels(first: np.ndarray, largest: int, seed: int, filters: int = FILTERS, scale: float = 1) -> np.ndarray:
    """(*largest, channels, filters): the first filter starts with `first` (*size, channels, 1), the rest is random."""
    axes = first.ndim - 2
    drawn = np.random.default_rng(seed).integers(-2, 3, (largest,) * axes + (first.shape[-2], filters)) * scale
    kernel = drawn.round(1) if scale != 1 else drawn
    kernel[..., 0][tuple(slice(size) for size in first.shape[:-1])] = first[..., 0]
    return kernel


def spectrogram() -> np.ndarray:
    """(6 bands, 10 steps): a rising tone, then the same tone three bands higher."""
    bands = np.zeros((6, 10), int)
    for step, band in enumerate((5, 4, 3)):
        bands[band, 1 + step] = bands[band - 3, 6 + step] = 9
    return bands


def own_data(axes: int) -> np.ndarray:
    """(*size, channels): small whole numbers; the first channel has a pattern to detect."""
    data = np.random.default_rng(axes).integers(0, 10, ({1: 12, 2: 6, 3: 4}[axes],) * axes + (3,))
    if axes == 1:
        data[:, 0] = [0, 1, 0, 2, 5, 8, 9, 6, 3, 1, 0, 1]  # a bump
    if axes == 2:
        data[..., 0] = [0, 0, 1, 8, 9, 9]  # an edge from top to bottom
    return data


def own_kernel(axes: int) -> np.ndarray:
    """(5, ..., channels, filters): the first filter detects a rise, or an edge (Sobel)."""
    first = {1: [-1, 0, 1], 2: [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]}.get(axes)
    kernel = drawn_kernels(np.ones((1,) * axes + (3, 1), int), 5, seed=10 + axes)
    if first is not None:
        kernel[(slice(3),) * axes + (0, 0)] = first
    return kernel


def scan() -> np.ndarray:
    """(5, 5, 5, 1): a bright ball in the middle of a dark block."""
    distance = ((np.indices((5, 5, 5)) - 2) ** 2).sum(axis=0)
    return np.select([distance <= 4, distance == 5], [9, 2], 0)[..., None]
