"""Where the cells of a feature map lie on the input of a network."""

from functools import cache, lru_cache

import numpy as np

from convpipe.cost.model_cost import Field, Reach, model_cost


@lru_cache(maxsize=4)
def field_of(network, sample_shape: tuple[int, ...], operation) -> Field | None:
    """What the cells of an operation's output see, None where it cannot be told.

    Args:
        network: a Keras model.
        sample_shape: of one prepared sample, without the batch axis.
        operation: of the network.
    """
    rows = model_cost(network, sample_shape).rows
    return next((row.field for row in rows if row.name == operation.name), None)


def spread(scores: np.ndarray, field: Field | None, sizes: tuple[int, ...]) -> np.ndarray:
    """A map at the resolution of a feature map, spread evenly over the positions that each cell covers.

    A cell covers as many positions as its stride, round the middle of what it sees; behind causal convolutions the last
    ones that it sees. What would lie outside goes to the nearest position, so that the sum stays.

    Args:
        scores: (cells..., classes).
        field: of the feature map; None: the cells cover the positions evenly.
        sizes: positions along each axis.

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
    """(cells, positions) the share of each position in each cell; each row adds up to one."""
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
