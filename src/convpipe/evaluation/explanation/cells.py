"""Map the cells of a feature map to the positions of the input of a network."""

from functools import cache, lru_cache

import numpy as np

from convpipe.cost.model_cost import Field, Reach, model_cost


@lru_cache(maxsize=4)
def field_of(network, sample_shape: tuple[int, ...], operation) -> Field | None:
    """Return the receptive field of the output cells of an operation, or None if it is unknown.

    Args:
        network: a Keras model.
        sample_shape: of one prepared sample, without the batch axis.
        operation: of the network.
    """
    rows = model_cost(network, sample_shape).rows
    return next((row.field for row in rows if row.name == operation.name), None)


def spread(scores: np.ndarray, field: Field | None, sizes: tuple[int, ...]) -> np.ndarray:
    """Spread the score of each cell of a feature map evenly over the positions that the cell covers.

    A cell covers as many positions as its stride, around the center of its receptive field; after causal convolutions,
    the last positions of the field. A score outside the input goes to the nearest position, so that the sum is
    unchanged.

    Args:
        scores: (cells..., classes).
        field: receptive field of the feature map; if None, the cells divide the positions evenly.
        sizes: number of positions along each axis.

    Returns:
        (*sizes, classes).

    >>> spread(np.array([[2.0], [4.0]]), None, (4,)).ravel().tolist()
    [1.0, 1.0, 2.0, 2.0]
    """
    reaches = field.axes if field and field.origin == sizes else (None,) * len(sizes)
    for axis, (size, reach) in enumerate(zip(sizes, reaches, strict=True)):
        shares = _shares(scores.shape[axis], size, reach)
        scores = np.moveaxis(np.tensordot(shares, scores, axes=(0, axis)), 0, axis)
    return scores


@cache
def _shares(cells: int, size: int, reach: Reach | None) -> np.ndarray:
    """Return the (cells, positions) fraction of each cell's score at each position; each row sums to one."""
    if reach is None:
        starts = np.arange(cells) * (size / cells)
        stops = starts + size / cells
    else:
        middle = (reach.low + reach.high + 1) / 2
        is_causal = middle < -reach.stride
        first = reach.high + 1 - reach.stride if is_causal else middle - reach.stride / 2
        starts = np.arange(cells) * float(reach.stride) + first
        stops = starts + reach.stride
    edges = np.arange(size + 1)
    overlaps = np.minimum(stops[:, None], edges[1:]) - np.maximum(starts[:, None], edges[:-1])
    shares = np.maximum(overlaps, 0.0)
    outside = shares.sum(axis=1) < 1e-9
    nearest = np.clip(np.round((starts + stops - 1) / 2), 0, size - 1).astype(int)
    shares[outside, nearest[outside]] = 1.0
    return shares / shares.sum(axis=1, keepdims=True)
