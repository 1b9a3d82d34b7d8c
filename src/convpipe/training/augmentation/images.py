"""Random changes to batches of images.

A batch is (batch, height, width, channels) float32. All randomness comes from the generator that is handed in: the same
state gives the same batch, to the bit.
"""

import numpy as np

from convpipe.config import Augmentation
from convpipe.training.augmentation.shared import apply


def augment_images(inputs: np.ndarray, settings: Augmentation, random: np.random.Generator) -> np.ndarray:
    """A changed copy of a training batch: shifted, cropped, flipped, lit differently, cut out, in this order.

    `settings.mixup` is not applied here, for it changes the targets too: see `mixup`. Cutting out follows DeVries and
    Taylor (2017), "Improved regularization of convolutional neural networks with cutout".

    Args:
        inputs: (batch, height, width, channels) float32.
        settings: strengths; a change of strength zero is left out and draws nothing from `random`.
        random: the source of all randomness; it moves on.

    Returns:
        (batch, height, width, channels) float32; `inputs` itself where every strength is zero.

    >>> batch = np.ones((2, 4, 4, 1), np.float32)
    >>> augment_images(batch, Augmentation(), np.random.default_rng(0)) is batch
    True
    >>> int((augment_images(batch, Augmentation(cutout=0.5), np.random.default_rng(0))[0] == 0).sum())
    4
    """
    changes = {"translation": _shift, "crop": _crop, "flip": _flip, "brightness_contrast": _light, "cutout": _cut_out}
    return apply(changes, inputs, settings, random)


def _shift(inputs, share: float, random) -> np.ndarray:
    """Move each image by whole pixels, one at least as the largest way, up to `share` of its height and width.

    What comes in at an edge repeats that edge: zero would be gray once images are scaled by their mean, a frame that no
    validation image has.
    """
    count, height, width, _ = inputs.shape
    down, right = (_moved(count, size, max(1, round(share * size)), random) for size in (height, width))
    return inputs[np.arange(count)[:, None, None], down[:, :, None], right[:, None, :]]


def _moved(count: int, size: int, most: int, random) -> np.ndarray:
    """(count, size): the place that each place is read from, after a move of up to `most`."""
    ways = random.integers(-most, most + 1, size=(count, 1))
    return np.clip(np.arange(size) + ways, 0, size - 1)


def _crop(inputs, share: float, random) -> np.ndarray:
    """Cut a random part out of each image, up to `share` of each edge less, and stretch it back (bilinear)."""
    count, height, width, _ = inputs.shape
    kept = random.uniform(1 - share, 1, size=(count, 1))  # one for both edges, so that shapes stay
    low, high, part = _places(height, kept, random)
    every, part = np.arange(count)[:, None], part[..., None, None]
    inputs = inputs[every, low] * (1 - part) + inputs[every, high] * part
    low, high, part = (each[:, None, :] for each in _places(width, kept, random))
    every, row, part = np.arange(count)[:, None, None], np.arange(height)[None, :, None], part[..., None]
    return inputs[every, row, low] * (1 - part) + inputs[every, row, high] * part


def _places(size: int, kept: np.ndarray, random) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where each of `size` pixels is read from along one edge: the pixel before, the one after, the share of that."""
    positions = random.uniform(0, 1 - kept) * (size - 1) + kept * np.arange(size)
    low = np.minimum(positions.astype(np.intp), size - 1)
    return low, np.minimum(low + 1, size - 1), (positions - low).astype(np.float32)


def _flip(inputs, _: bool, random) -> np.ndarray:
    """Mirror a random half of the images left to right."""
    chosen = random.random(len(inputs)) < 0.5
    return np.where(chosen[:, None, None, None], inputs[:, :, ::-1], inputs)


def _light(inputs, strength: float, random) -> np.ndarray:
    """Contrast and brightness: each image times a factor round 1, plus an offset in deviations of the batch."""
    factor, offset = random.normal(0, strength, size=(2, len(inputs), 1, 1, 1)).astype(np.float32)
    return inputs * (1 + factor) + offset * inputs.std(axis=(0, 1, 2))


def _cut_out(inputs, share: float, random) -> np.ndarray:
    """Blank a square of `share` of the shorter edge, wholly inside each image, with zero: the mean of scaled images."""
    count, height, width, _ = inputs.shape
    edge = max(1, round(share * min(height, width)))
    rows, columns = (_inside(count, size, edge, random) for size in (height, width))
    return inputs * ~(rows[:, :, None, None] & columns[:, None, :, None])


def _inside(count: int, size: int, edge: int, random) -> np.ndarray:
    """(count, size) bool: `edge` neighbors at a random place."""
    start = random.integers(0, size - edge + 1, size=(count, 1))
    return (np.arange(size) >= start) & (np.arange(size) < start + edge)
