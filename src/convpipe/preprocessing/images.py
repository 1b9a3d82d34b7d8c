"""Raw images to the input of a network: one size, one number of channels, scaled."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from convpipe import config
from convpipe.data.dataset import Subset
from convpipe.errors import DataError
from convpipe.preprocessing import OneShapePreprocessing, choose_size

#: Most pixel values of a stack of images that `fit` processes at once.
STACK = 2**18


@dataclass
class ImagePreprocessing(OneShapePreprocessing):
    """Size and scaling of images, fitted on a training part.

    Args:
        height, width: pixels of every prepared image.
        channels: number of channels; gray images are repeated if it is more than one.
        mean, deviation: one number per channel, for pixels from 0 to 1; empty if scaling is "none".
        deep: whether a training image was uint16, from 0 to 65,535.
    """

    modality: ClassVar[str] = "image"

    height: int
    width: int
    channels: int
    mean: list[float]
    deviation: list[float]
    deep: bool = False

    @classmethod
    def fit(cls, train: Subset, settings: config.Settings, report: Callable[[str], None] = print) -> Self:
        """Learn size, channels and scaling from the training part; each image is read once.

        The size is preprocessing.size or the most common one (the largest of ties). Mean and standard deviation are
        those of the raw pixels, with equal weight for every image, whatever its size.
        """
        prepare = settings.preprocessing
        assert isinstance(prepare, config.ImagePreprocessingSettings)
        shapes, means, squares, types = [], [], [], set[np.dtype]()
        for stack in _stacks(train.inputs, train.sample_ids, types):
            pixels = stack.astype(np.float64) / 255
            shapes += [stack.shape[1:]] * len(stack)
            means.append(pixels.mean(axis=(1, 2)).sum(axis=0))
            squares.append((pixels**2).mean(axis=(1, 2)).sum(axis=0))
        channels = max(shape[2] for shape in shapes)
        sizes, key = Counter(shape[:2] for shape in shapes), "preprocessing.size=[height,width]"
        height, width = prepare.size or choose_size(None, sizes, "images", key, report)
        fitted = cls(height, width, channels, [], [], np.dtype(np.uint16) in types)
        for shape, sample_id in zip(shapes, train.sample_ids, strict=True):
            fitted._check_channels(shape[2], sample_id)
        if prepare.scaling == "channel":
            mean, square = (sum(each, np.zeros(channels)) / len(shapes) for each in (means, squares))
            deviation = np.sqrt(np.maximum(square - mean**2, 0))
            fitted.mean, fitted.deviation = mean.tolist(), np.where(deviation > 1e-6, deviation, 1.0).tolist()
        return fitted

    @property
    def input_shape(self) -> tuple[int, ...]:
        return self.height, self.width, self.channels

    def _check_channels(self, channels: int, sample_id: str) -> None:
        """Raise DataError unless an image has the fitted number of channels, or one to repeat."""
        if channels not in (1, self.channels):
            message = f"{channels} channels, but the classifier expects {self.channels}"
            raise DataError(message, file=sample_id, value=channels)

    def prepared(self, values: Any, sample_id: str) -> np.ndarray:
        """Resize an image (height, width, channels) or (height, width), integer or floating point from 0 to 255.

        A uint16 image has values from 0 to 65,535 instead, and is divided by 257. Pillow resizes with bilinear
        interpolation, and with antialiasing when it shrinks. One channel is repeated if the network has more.
        """
        if not self.deep and getattr(values, "dtype", None) == np.uint16 and 0 < values.max() <= 255:
            message = f"uint16 pixels up to {values.max()} would all be black, since this type ranges to 65,535"
            raise DataError(message, file=sample_id, value=int(values.max()), remedy="convert them to uint8")
        image = as_image(values, sample_id)
        self._check_channels(image.shape[2], sample_id)
        return resized(image, self.height, self.width)

    def transform(self, inputs: Sequence, sample_ids: Sequence[str] | None = None) -> np.ndarray:
        pixels = super().transform(inputs, sample_ids)
        pixels /= 255  # all images at once, which is faster for small ones
        if self.mean:
            pixels -= np.asarray(self.mean, np.float32)
            pixels /= np.asarray(self.deviation, np.float32)
        return pixels


def _stacks(inputs: Sequence, sample_ids: Sequence[str], types: set[np.dtype]) -> Iterator[np.ndarray]:
    """Yield the checked images in order, consecutive ones of equal shape as one array (n, height, width, channels),
    which is faster for small images. Their types are added to `types`."""
    stack: list[np.ndarray] = []
    for values, sample_id in zip(inputs, sample_ids, strict=True):
        image = as_image(values, sample_id)
        types.add(np.asarray(values).dtype)
        if stack and (image.shape != stack[0].shape or len(stack) * image.size > STACK):
            yield np.stack(stack)
            stack = []
        stack.append(image)
    yield np.stack(stack)


def as_image(values, sample_id: str) -> np.ndarray:
    """Return `values` as (height, width, channels), uint8 or float32 from 0 to 255; (height, width) gets one channel.

    A uint16 array ranges from 0 to 65,535 and becomes float32 from 0 to 255.

    Raises:
        DataError: values of another type, range or shape, or fewer than 2 x 2 pixels.

    >>> as_image([[0, 255], [10, 20]], "image 0").shape
    (2, 2, 1)
    """
    try:
        image = np.asarray(values)
    except ValueError:
        image = np.empty(0, object)
    if image.dtype.kind not in "buif":
        raise DataError("not an array of numbers of shape (height, width, channels)", file=sample_id)
    image = image[..., None] if image.ndim == 2 else image
    if image.ndim != 3 or not image.size:
        message = f"shape {image.shape}, but an image is (height, width, channels) or (height, width)"
        raise DataError(message, file=sample_id, value=image.shape)
    if min(image.shape[:2]) < 2:
        message = f"an image of {image.shape[0]} x {image.shape[1]} pixels, but at least 2 x 2 are needed"
        raise DataError(message, file=sample_id, value=image.shape[:2])
    if image.dtype == np.uint16:
        return image.astype(np.float32) / 257
    return image if image.dtype == np.uint8 else _checked_values(image, sample_id)


def _checked_values(image: np.ndarray, sample_id: str) -> np.ndarray:
    if not np.isfinite(image).all():
        raise DataError("a pixel is missing (NaN) or infinite", file=sample_id, remedy="correct the image")
    low, high = float(image.min()), float(image.max())
    if low < 0 or high > 255:
        message = f"pixels from {low:g} to {high:g}, but the range is 0 (black) to 255 (full intensity)"
        raise DataError(message, file=sample_id, value=(low, high))
    if image.dtype.kind in "fb" and 0 < high <= 1:
        message = f"pixels from {low:g} to {high:g} would all be black"
        raise DataError(message, file=sample_id, value=(low, high), remedy="multiply the pixels by 255")
    return image.astype(np.float32)


def resized(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """Resize an image (height, width, channels), each channel in float32, so that values are not rounded."""
    if image.shape[:2] == (height, width):
        return image
    from PIL import Image

    planes = [Image.fromarray(plane.astype(np.float32)) for plane in np.moveaxis(image, 2, 0)]
    return np.stack([np.asarray(plane.resize((width, height), Image.Resampling.BILINEAR)) for plane in planes], axis=2)


fit, load = ImagePreprocessing.fit, ImagePreprocessing.load
