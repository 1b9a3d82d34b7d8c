"""Occlusion: the drop in each logit when a part of the sample is hidden (Zeiler and Fergus 2014, section 4.2).

It needs predictions only. It ignores interactions between positions.
"""

from itertools import product

import numpy as np

from convpipe.evaluation.explanation.network_map import NetworkMap
from convpipe.inference.logits import predict_logits

#: Maximum number of parts of a sample; in a larger sample the parts are larger.
MOST_HIDDEN = 400


def occlusion_map(network, batch: np.ndarray, tokens: list[str] | None) -> NetworkMap:
    """Compute the drop in each logit when each part is hidden; positions of one part share it evenly.

    Args:
        network: of a classifier.
        batch: (1, ...) one prepared sample without padding.
        tokens: of a text; they are replaced by the unknown token (their vectors by zeros). If None, parts are set to
            zero.
    """
    sizes = batch.shape[1:2] if tokens is not None else batch.shape[1:-1]
    parts: list = [(each,) for each in pieces(tokens)] if tokens is not None else blocks(sizes)
    hidden = np.repeat(batch, len(parts), axis=0)
    for row, places in zip(hidden, parts, strict=True):
        row[np.ix_(*places)] = 1 if batch.ndim == 2 else 0.0
    logits = predict_logits(network, batch)[0]
    drops = logits - predict_logits(network, hidden)
    scores = np.zeros((*sizes, len(logits)))
    for drop, places in zip(drops, parts, strict=True):
        scores[np.ix_(*places)] = drop / np.prod([len(each) for each in places])
    constant = logits - scores.sum(axis=tuple(range(len(sizes))))
    return NetworkMap(scores, constant, "occlusion", False)


def blocks(sizes: tuple[int, ...]) -> list[tuple[np.ndarray, ...]]:
    """Divide a sample into at most about `MOST_HIDDEN` equal blocks, and return their positions.

    >>> [tuple(map(len, each)) for each in blocks((2, 3))][:2], len(blocks((100, 100)))
    ([(1, 1), (1, 1)], 400)
    """
    along = int(MOST_HIDDEN ** (1 / len(sizes)) + 1e-9)
    parts = [np.array_split(np.arange(size), min(size, along)) for size in sizes]
    return list(product(*parts))


def pieces(tokens: list[str]) -> list[np.ndarray]:
    """Group the tokens to hide together: each token separately, single characters by word, larger groups in long texts.

    >>> [each.tolist() for each in pieces(["a", "b", " ", "c"])], len(pieces(["word"] * 1000))
    ([[0, 1], [2], [3]], 334)
    """
    edges = np.arange(len(tokens))
    if all(len(token) <= 1 for token in tokens):
        spaces = np.array([not token.strip() for token in tokens])
        edges = np.flatnonzero(np.append(True, spaces[1:] | spaces[:-1]))
    edges = edges[:: -(-len(edges) // MOST_HIDDEN)]
    return np.split(np.arange(len(tokens)), edges[1:])
