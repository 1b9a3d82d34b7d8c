"""Data augmentation of batches of images.

A batch is (batch, height, width, channels) float32. All random numbers come from the generator that is passed in: the
same state gives the same batch, to the bit.
"""

import numpy as np

from convpipe.config import Augmentation
from convpipe.training.augmentation.shared import apply


def augment_images(inputs: np.ndarray, settings: Augmentation, random: np.random.Generator) -> np.ndarray:
    """Apply translation, crop, flip, brightness and contrast, and cutout, in this order.

    `settings.mixup` is not applied here, because it changes the targets too: see `mixup`. Cutout follows DeVries and
    Taylor (2017), "Improved regularization of convolutional neural networks with cutout".

    Args:
        inputs: (batch, height, width, channels) float32.
        settings: strengths; a transform of strength zero is skipped and draws nothing from `random`.
        random: source of all random numbers; its state advances.

    Returns:
        An augmented copy (batch, height, width, channels) float32; `inputs` itself if all strengths are zero.

    >>> batch = np.ones((2, 4, 4, 1), np.float32)
    >>> augment_images(batch, Augmentation(), np.random.default_rng(0)) is batch
    True
    >>> int((augment_images(batch, Augmentation(cutout=0.5), np.random.default_rng(0))[0] == 0).sum())
    4
    """
    transforms = {
        "translation": _translate,
        "crop": _crop,
        "flip": _flip,
        "brightness_contrast": _brightness_contrast,
        "cutout": _cutout,
    }
    return apply(transforms, inputs, settings, random)


def _translate(inputs, fraction: float, random) -> np.ndarray:
    """Move each image by whole pixels, up to `fraction` of its height and width, or up to one pixel if that is more.

    The pixels of the edge are repeated. Zeros would be gray after scaling by the mean, a border that no validation
    image has.
    """
    count, height, width, _ = inputs.shape
    down, right = (_moved(count, size, max(1, round(fraction * size)), random) for size in (height, width))
    return inputs[np.arange(count)[:, None, None], down[:, :, None], right[:, None, :]]


def _moved(count: int, size: int, most: int, random) -> np.ndarray:
    """Return the source index (count, size) of each pixel along an axis after a move of up to `most` pixels."""
    offsets = random.integers(-most, most + 1, size=(count, 1))
    return np.clip(np.arange(size) + offsets, 0, size - 1)


def _crop(inputs, fraction: float, random) -> np.ndarray:
    """Crop each image at random, by up to `fraction` of each edge, and resize it back (bilinear)."""
    count, height, width, _ = inputs.shape
    kept = random.uniform(1 - fraction, 1, size=(count, 1))  # the same for both edges, to keep the aspect ratio
    low, high, part = _crop_positions(height, kept, random)
    every, part = np.arange(count)[:, None], part[..., None, None]
    inputs = inputs[every, low] * (1 - part) + inputs[every, high] * part
    low, high, part = (each[:, None, :] for each in _crop_positions(width, kept, random))
    every, row, part = np.arange(count)[:, None, None], np.arange(height)[None, :, None], part[..., None]
    return inputs[every, row, low] * (1 - part) + inputs[every, row, high] * part


def _crop_positions(size: int, kept: np.ndarray, random) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the source of each of `size` pixels along an edge: the pixel before, the one after, and its weight."""
    positions = random.uniform(0, 1 - kept) * (size - 1) + kept * np.arange(size)
    low = np.minimum(positions.astype(np.intp), size - 1)
    return low, np.minimum(low + 1, size - 1), (positions - low).astype(np.float32)


def _flip(inputs, _: bool, random) -> np.ndarray:
    """Flip each image left to right with probability one half."""
    flipped = random.random(len(inputs)) < 0.5
    return np.where(flipped[:, None, None, None], inputs[:, :, ::-1], inputs)


def _brightness_contrast(inputs, strength: float, random) -> np.ndarray:
    """Multiply each image by a factor around 1 and add an offset in standard deviations of the batch."""
    factor, offset = random.normal(0, strength, size=(2, len(inputs), 1, 1, 1)).astype(np.float32)
    return inputs * (1 + factor) + offset * inputs.std(axis=(0, 1, 2))


def _cutout(inputs, fraction: float, random) -> np.ndarray:
    """Set a random square inside each image, of `fraction` of its shorter edge, to zero: the mean of scaled images."""
    count, height, width, _ = inputs.shape
    edge = max(1, round(fraction * min(height, width)))
    rows, columns = (_random_interval(count, size, edge, random) for size in (height, width))
    return inputs * ~(rows[:, :, None, None] & columns[:, None, :, None])


def _random_interval(count: int, size: int, edge: int, random) -> np.ndarray:
    """Return masks (count, size) bool, true at `edge` neighboring positions at a random place."""
    start = random.integers(0, size - edge + 1, size=(count, 1))
    return (np.arange(size) >= start) & (np.arange(size) < start + edge)
