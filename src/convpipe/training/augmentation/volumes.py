"""Data augmentation of batches of volumes.

A batch is (batch, depth, height, width, channels) float32. All random numbers come from the generator that is passed
in: the same state gives the same batch, to the bit.
"""

import math
from functools import lru_cache

import numpy as np

from convpipe.config import Augmentation
from convpipe.training.augmentation.shared import apply, rotations

#: Number of voxels that are interpolated at once.
CACHED = 2**14


def augment_volumes(inputs: np.ndarray, settings: Augmentation, random: np.random.Generator) -> np.ndarray:
    """Apply rotation and translation, in one interpolation, then brightness and contrast.

    `settings.mixup` is not applied here, because it changes the targets too: see `mixup`.

    Args:
        inputs: (batch, depth, height, width, channels) float32.
        settings: strengths; a transform of strength zero is skipped and draws nothing from `random`.
        random: source of all random numbers; its state advances.

    Returns:
        An augmented copy (batch, depth, height, width, channels) float32; `inputs` itself if all strengths are zero.

    >>> batch = np.ones((2, 3, 3, 3, 1), np.float32)
    >>> augment_volumes(batch, Augmentation(), np.random.default_rng(0)) is batch
    True
    >>> bool(np.allclose(augment_volumes(batch, Augmentation(rotation=90), np.random.default_rng(0)), 1))
    True
    """
    if settings.rotation or settings.translation:
        inputs = _move(inputs, settings.rotation, settings.translation, random)
    return apply({"brightness_contrast": _brightness_contrast}, inputs, settings, random)


def _move(inputs, degrees: float, shift: float, random) -> np.ndarray:
    """Rotate each volume about its center and translate it; the voxels of the edge are repeated."""
    sizes = np.array(inputs.shape[1:4])
    moves = random.uniform(-shift, shift, size=(len(inputs), 3)) * sizes if shift else np.zeros((len(inputs), 3))
    matrices = np.tile(np.eye(3), (len(inputs), 1, 1))
    if degrees:
        angles = np.radians(random.uniform(-degrees, degrees, size=len(inputs)))
        matrices = rotations(angles, random.normal(size=(len(inputs), 3)))
    places = matrices.astype(np.float32) @ _grid(*sizes.tolist())
    places += (moves + (sizes - 1) / 2).astype(np.float32)[:, :, None]
    return read_at(inputs, places)


@lru_cache(maxsize=4)
def _grid(depth: int, height: int, width: int) -> np.ndarray:
    """Return the coordinates (3, voxels) float32 of all voxels relative to the center of a volume."""
    axes = [np.arange(size, dtype=np.float32) - (size - 1) / 2 for size in (depth, height, width)]
    return np.stack(np.meshgrid(*axes, indexing="ij")).reshape(3, -1).astype(np.float32)


def read_at(inputs: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return the values of volumes at fractional voxels, by trilinear interpolation.

    Args:
        inputs: (batch, depth, height, width, channels) float32.
        places: coordinates (batch, 3, depth * height * width) float32; those outside a volume are moved to its edge.

    Returns:
        An array of the shape and dtype of `inputs`.
    """
    outputs = np.empty_like(inputs)
    # A few volumes at a time: temporary arrays that fit into the cache are several times faster than large ones.
    count = max(1, CACHED // places.shape[2])
    for start in range(0, len(inputs), count):
        rows = slice(start, start + count)
        outputs[rows] = _read_few(inputs[rows], places[rows])
    return outputs


def _read_few(inputs: np.ndarray, places: np.ndarray) -> np.ndarray:
    batch, *sizes, channels = inputs.shape
    start, shares = np.arange(batch)[:, None], []
    for axis, size in enumerate(sizes):
        place = np.clip(places[:, axis], 0, size - 1)
        # The last voxel is interpolated from the one before it, with weight one.
        low = np.minimum(place.astype(np.intp), max(size - 2, 0))
        shares.append((place - low.astype(np.float32))[..., None])
        start = start * size + low
    strides = [math.prod(sizes[axis + 1 :]) * (sizes[axis] > 1) for axis in range(3)]
    values = inputs.reshape(-1, channels)

    def along(axis: int, start: np.ndarray) -> np.ndarray:
        if axis == 3:
            return values.take(start, axis=0)
        before = along(axis + 1, start)
        return before + shares[axis] * (along(axis + 1, start + strides[axis]) - before)

    return along(0, start).reshape(inputs.shape)


def _brightness_contrast(inputs, strength: float, random) -> np.ndarray:
    """Apply gamma, factor and offset to the gray values of each volume, as if another scanner had been used.

    Gamma acts between the lowest and highest value of the volume; its logarithm has the standard deviation `strength`.
    The factor is drawn around 1, the offset in standard deviations of the batch.
    """
    shape = (len(inputs), 1, 1, 1, 1)
    gamma = np.exp(random.normal(0, strength, size=shape)).astype(np.float32)
    factor = random.normal(1, strength, size=shape).astype(np.float32)
    offset = (random.normal(0, strength, size=shape) * inputs.std()).astype(np.float32)
    least = inputs.min(axis=(1, 2, 3, 4), keepdims=True)
    span = np.maximum(inputs.max(axis=(1, 2, 3, 4), keepdims=True) - least, np.float32(1e-6))
    return (least + span * ((inputs - least) / span) ** gamma) * factor + offset
