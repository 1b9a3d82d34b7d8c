"""The map of a network, on the positions of its input."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from convpipe.evaluation.explanation.result import KernelShare


@dataclass(frozen=True)
class NetworkMap:
    """The contribution of each position of one prepared sample to each logit of one network.

    Args:
        scores: (positions..., classes) float64.
        constant: (classes,) float64, the part of the logits that belongs to no position.
        method: name of the method.
        exact: whether scores and constant add up to the logits.
        front: the layer whose output defines the positions; None for those of the input.
        kernels: contributions of the strongest fixed kernels.
        logits: (classes,) of the network.
    """

    scores: np.ndarray
    constant: np.ndarray
    method: str
    exact: bool
    front: Any = None
    kernels: list[KernelShare] = field(default_factory=list)
    logits: np.ndarray = field(default_factory=lambda: np.zeros(0))
