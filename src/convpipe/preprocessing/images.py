"""Raw images to the array that a network takes: one size, one number of channels, scaled."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from convpipe import config
from convpipe.data.samples import Part
from convpipe.errors import DataError
from convpipe.models import Shape
from convpipe.preprocessing import Preprocessing, named

#: Values of the images that are looked at together.
STACK = 2**18


@dataclass
class ImagePreprocessing(Preprocessing):
    """Size and scaling of images, as fitted on a training part.

    Args:
        height, width: pixels of every prepared image.
        channels: of a raw image; a grey one is repeated where there are more.
        mean, deviation: one number a channel of pixels from 0 to 1, empty where scaling is "none".
    """

    kind = "image"

    height: int
    width: int
    channels: int
    mean: list[float]
    deviation: list[float]

    @classmethod
    def fit(cls, train: Part, settings: config.Settings, report: Callable[[str], None] = print) -> "ImagePreprocessing":
        """Learn size, channels and scaling from the training part, each image looked at once.

        The size is the one that is set, or the most common one, the larger of equally common ones. Mean and deviation
        are those of the raw pixels, every image counting alike, whatever its size.
        """
        prepare = settings.preprocessing
        shapes, means, squares = [], [], []
        for stack in _stacks(train.inputs, train.origins):
            pixels = stack.astype(np.float64) / 255
            shapes += [stack.shape[1:]] * len(stack)
            means.append(pixels.mean(axis=(1, 2)).sum(axis=0))
            squares.append((pixels**2).mean(axis=(1, 2)).sum(axis=0))
        channels = max(shape[2] for shape in shapes)
        height, width = prepare.size or _most_common([shape[:2] for shape in shapes], report)
        fitted = cls(height, width, channels, [], [])
        for shape, origin in zip(shapes, train.origins, strict=True):
            fitted.check_channels(shape[2], origin)
        if prepare.scaling == "channel":
            mean, square = (
                sum(np.broadcast_to(each, channels) for each in sums) / len(shapes) for sums in (means, squares)
            )
            deviation = np.sqrt(np.maximum(square - mean**2, 0))
            fitted.mean, fitted.deviation = mean.tolist(), np.where(deviation > 1e-6, deviation, 1.0).tolist()
        return fitted

    def shape(self, classes: int) -> Shape:
        return Shape((self.height, self.width), self.channels, classes)

    @property
    def input_shape(self) -> tuple[int, ...]:
        return self.height, self.width, self.channels

    def check(self, inputs: Sequence, origins: Sequence[str]) -> None:
        for values, origin in zip(inputs, origins, strict=True):
            self.check_channels(as_image(values, origin).shape[2], origin)

    def check_channels(self, channels: int, origin: str) -> None:
        """Raise DataError unless an image of so many channels can be taken: as many as learnt, or one to repeat."""
        if channels not in (1, self.channels):
            raise DataError(f"{origin}: {channels} channels, but the classifier takes {self.channels}")

    def transform(self, inputs: Sequence, origins: Sequence[str] | None = None) -> np.ndarray:
        """The array for the network.

        An image of another size is resized by Pillow, bilinear, and smoothed first where it shrinks. One channel is
        repeated where the network takes more.

        Args:
            inputs: n images, (height, width, channels) or (height, width), of whole numbers or fractions from 0 to
                255; nested lists will do.
            origins: what to call each in an error; its number by default.

        Returns:
            (n, height, width, channels) float32.

        Raises:
            DataError: an image that cannot be used.
        """
        origins = named(self.kind, len(inputs)) if origins is None else origins
        prepared = np.empty((len(inputs), *self.input_shape), np.float32)
        for row, values, origin in zip(prepared, inputs, origins, strict=True):
            image = as_image(values, origin)
            self.check_channels(image.shape[2], origin)
            row[:] = resized(image, self.height, self.width)  # repeats a single channel
        prepared /= 255
        if self.mean:
            prepared -= np.asarray(self.mean, np.float32)
            prepared /= np.asarray(self.deviation, np.float32)
        return prepared


def _stacks(inputs: Sequence, origins: Sequence[str]) -> Iterator[np.ndarray]:
    """The checked images in their order, neighbours of one shape as one array (some, height, width, channels): many
    small images cost little more than one large one."""
    held, pixels = [], 0
    for values, origin in zip(inputs, origins, strict=True):
        image = as_image(values, origin)
        if held and (image.shape != held[0].shape or pixels > STACK):
            yield np.stack(held)
            held, pixels = [], 0
        held.append(image)
        pixels += image.size
    yield np.stack(held)


def _most_common(sizes: list[tuple[int, int]], report: Callable[[str], None]) -> tuple[int, int]:
    counts = Counter(sizes)
    height, width = max(counts, key=lambda size: (counts[size], size))
    others = len(sizes) - counts[height, width]
    if others:
        report(
            f"{others} of {len(sizes)} training images are resized to {height} x {width} pixels, the most common size; "
            "preprocessing.size=[height,width] sets another"
        )
    return height, width


def as_image(values, origin: str) -> np.ndarray:
    """`values` as (height, width, channels), uint8 or float32; (height, width) becomes one channel.

    Raises:
        DataError: not an array of numbers from 0 to 255 of that shape, or fewer than 2 x 2 pixels.

    >>> as_image([[0, 255], [10, 20]], "image 0").shape
    (2, 2, 1)
    """
    try:
        image = np.asarray(values)
    except ValueError:
        image = np.empty(0, object)
    if image.dtype.kind not in "buif":
        raise DataError(f"{origin}: not an array of numbers of shape (height, width, channels)")
    image = image[..., None] if image.ndim == 2 else image
    if image.ndim != 3 or not image.size:
        raise DataError(f"{origin}: shape {image.shape}, but an image is (height, width, channels) or (height, width)")
    if min(image.shape[:2]) < 2:
        height, width, _ = image.shape
        raise DataError(f"{origin}: an image of {height} x {width} pixels; at least 2 x 2 are needed")
    return image if image.dtype == np.uint8 else _checked_values(image, origin)


def _checked_values(image: np.ndarray, origin: str) -> np.ndarray:
    if not np.isfinite(image).all():
        raise DataError(f"{origin}: a pixel that is missing (NaN) or infinite; mend the image")
    low, high = float(image.min()), float(image.max())
    if low < 0 or high > 255:
        raise DataError(f"{origin}: pixels from {low:g} to {high:g}, but they go from 0 (black) to 255 (full)")
    if image.dtype.kind in "fb" and 0 < high <= 1:
        raise DataError(f"{origin}: pixels from {low:g} to {high:g}, which would all be black; multiply them by 255")
    return image.astype(np.float32)


def resized(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """The image (rows, columns, channels) at another size, channel by channel, without rounding to whole numbers."""
    if image.shape[:2] == (height, width):
        return image
    from PIL import Image

    planes = [Image.fromarray(plane.astype(np.float32)) for plane in np.moveaxis(image, 2, 0)]
    return np.stack([np.asarray(plane.resize((width, height), Image.Resampling.BILINEAR)) for plane in planes], axis=2)
