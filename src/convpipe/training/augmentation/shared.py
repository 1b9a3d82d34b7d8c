"""What the changes of several modalities have in common."""

from collections.abc import Callable

import numpy as np

from convpipe.config import Augmentation


def apply(changes: dict[str, Callable], inputs, settings: Augmentation, random: np.random.Generator) -> np.ndarray:
    """Each change of `changes`, by the name of its strength, in this order; one of strength zero is left out."""
    for name, change in changes.items():
        if strength := getattr(settings, name):
            inputs = change(inputs, strength, random)
    return inputs


def rotations(angles: np.ndarray, axes: np.ndarray) -> np.ndarray:
    """(..., 3, 3) matrices that turn by `angles` (...) in radians about `axes` (..., 3) of any length (Rodrigues)."""
    axes = axes / np.linalg.norm(axes, axis=-1, keepdims=True)
    cross = np.cross(axes[..., None, :], np.eye(3))
    angles = angles[..., None, None]
    return np.eye(3) + np.sin(angles) * cross + (1 - np.cos(angles)) * (cross @ cross)
