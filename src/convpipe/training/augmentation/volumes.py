"""Random changes to batches of volumes.

A batch is (batch, depth, height, width, channels) float32. All randomness comes from the generator that is handed in:
the same state gives the same batch, to the bit.
"""

import math
from functools import lru_cache

import numpy as np

from convpipe.config import Augmentation
from convpipe.training.augmentation.shared import apply, rotations

#: Voxels that are interpolated at once.
CACHED = 2**14


def augment_volumes(inputs: np.ndarray, settings: Augmentation, random: np.random.Generator) -> np.ndarray:
    """A changed copy of a training batch: turned and moved in one interpolation, then lit differently.

    `settings.mixup` is not applied here, for it changes the targets too: see `mixup`.

    Args:
        inputs: (batch, depth, height, width, channels) float32.
        settings: strengths; a change of strength zero is left out and draws nothing from `random`.
        random: the source of all randomness; it moves on.

    Returns:
        (batch, depth, height, width, channels) float32; `inputs` itself where every strength is zero.

    >>> batch = np.ones((2, 3, 3, 3, 1), np.float32)
    >>> augment_volumes(batch, Augmentation(), np.random.default_rng(0)) is batch
    True
    >>> bool(np.allclose(augment_volumes(batch, Augmentation(rotation=90), np.random.default_rng(0)), 1))
    True
    """
    if settings.rotation or settings.translation:
        inputs = _move(inputs, settings.rotation, settings.translation, random)
    return apply({"brightness_contrast": _light}, inputs, settings, random)


def _move(inputs, degrees: float, shift: float, random) -> np.ndarray:
    """Turn each volume about its middle and move it; what comes in from outside repeats the edge."""
    sizes = np.array(inputs.shape[1:4])
    moves = random.uniform(-shift, shift, size=(len(inputs), 3)) * sizes if shift else np.zeros((len(inputs), 3))
    turns = np.tile(np.eye(3), (len(inputs), 1, 1))
    if degrees:
        angles = np.radians(random.uniform(-degrees, degrees, size=len(inputs)))
        turns = rotations(angles, random.normal(size=(len(inputs), 3)))
    places = turns.astype(np.float32) @ _grid(*sizes.tolist())
    places += (moves + (sizes - 1) / 2).astype(np.float32)[:, :, None]
    return read_at(inputs, places)


@lru_cache(maxsize=4)
def _grid(depth: int, height: int, width: int) -> np.ndarray:
    """(3, voxels) float32: where each voxel lies from the middle of a volume."""
    axes = [np.arange(size, dtype=np.float32) - (size - 1) / 2 for size in (depth, height, width)]
    return np.stack(np.meshgrid(*axes, indexing="ij")).reshape(3, -1).astype(np.float32)


def read_at(inputs: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Values of volumes at fractional voxels, by trilinear interpolation.

    Args:
        inputs: (batch, depth, height, width, channels) float32.
        places: (batch, 3, depth * height * width) float32; outside of a volume the nearest voxel of its edge counts.

    Returns:
        As `inputs`.
    """
    outputs = np.empty_like(inputs)
    # A few volumes at a time: temporary arrays that fit the cache are several times quicker than large ones.
    some = max(1, CACHED // places.shape[2])
    for start in range(0, len(inputs), some):
        rows = slice(start, start + some)
        outputs[rows] = _read_few(inputs[rows], places[rows])
    return outputs


def _read_few(inputs: np.ndarray, places: np.ndarray) -> np.ndarray:
    batch, *sizes, channels = inputs.shape
    start, shares = np.arange(batch)[:, None], []
    for axis, size in enumerate(sizes):
        place = np.clip(places[:, axis], 0, size - 1)
        # The last voxel is reached as a share of one from the one before it.
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


def _light(inputs, strength: float, random) -> np.ndarray:
    """Bend the scale of gray values of each volume, stretch it and move it, as another scanner would.

    The bend is a power (gamma) between the volume's own least and greatest value, whose logarithm has the deviation
    `strength`; the factor is drawn round 1, the offset in deviations of the batch.
    """
    shape = (len(inputs), 1, 1, 1, 1)
    gamma = np.exp(random.normal(0, strength, size=shape)).astype(np.float32)
    factor = random.normal(1, strength, size=shape).astype(np.float32)
    offset = (random.normal(0, strength, size=shape) * inputs.std()).astype(np.float32)
    least = inputs.min(axis=(1, 2, 3, 4), keepdims=True)
    span = np.maximum(inputs.max(axis=(1, 2, 3, 4), keepdims=True) - least, np.float32(1e-6))
    return (least + span * ((inputs - least) / span) ** gamma) * factor + offset
