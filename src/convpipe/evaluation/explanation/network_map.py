"""What a network's map is, before it is laid onto the sample."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from convpipe.evaluation.explanation.result import KernelShare


@dataclass(frozen=True)
class NetworkMap:
    """What each position of one prepared sample adds to each logit of one network.

    Args:
        scores: (positions..., classes) float64.
        constant: (classes,) float64: what no position adds; with the scores' sum it is the logits where the map is
            exact.
        method: its name.
        exact: whether scores and constant add up to the logits.
        front: the layer whose output the positions are of; None: those of the input.
        kernels: of fixed kernels, what each of them adds.
        logits: (classes,) of the network.
    """

    scores: np.ndarray
    constant: np.ndarray
    method: str
    exact: bool
    front: Any = None
    kernels: list[KernelShare] = field(default_factory=list)
    logits: np.ndarray = field(default_factory=lambda: np.zeros(0))
