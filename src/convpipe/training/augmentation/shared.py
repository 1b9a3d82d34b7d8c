"""Functions that the augmentations of several modalities share."""

from collections.abc import Callable

import numpy as np

from convpipe.config import Augmentation


def apply(transforms: dict[str, Callable], inputs, settings: Augmentation, random: np.random.Generator) -> np.ndarray:
    """Apply `transforms` (name of the setting -> function) in this order; skip those of strength zero."""
    for name, transform in transforms.items():
        if strength := getattr(settings, name):
            inputs = transform(inputs, strength, random)
    return inputs


def rotations(angles: np.ndarray, axes: np.ndarray) -> np.ndarray:
    """Return matrices (..., 3, 3) of rotations by `angles` (...) in radians about `axes` (..., 3) of any length.

    The formula is that of Rodrigues.
    """
    axes = axes / np.linalg.norm(axes, axis=-1, keepdims=True)
    cross = np.cross(axes[..., None, :], np.eye(3))
    angles = angles[..., None, None]
    return np.eye(3) + np.sin(angles) * cross + (1 - np.cos(angles)) * (cross @ cross)
