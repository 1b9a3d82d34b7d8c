"""Raw volumes to the array that a network takes: one size, and scaling."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from convpipe import config
from convpipe.data.samples import Part
from convpipe.data.volumes import as_volume
from convpipe.errors import DataError
from convpipe.models import Shape
from convpipe.preprocessing import Preprocessing, named


@dataclass
class VolumePreprocessing(Preprocessing):
    """Size and scaling of volumes, as fitted on a training part.

    Args:
        scaling: as in `config.PrepareVolumes`.
        size: depth, height and width in voxels that every volume is brought to.
        channels: of a raw volume.
        mean, deviation: one number a channel, empty unless scaling is "channel".
    """

    kind = "volume"

    scaling: str
    size: list[int]
    channels: int
    mean: list[float]
    deviation: list[float]

    @classmethod
    def fit(
        cls, train: Part, settings: config.Settings, report: Callable[[str], None] = print
    ) -> "VolumePreprocessing":
        """Learn size, channels and scaling from the training part; volumes are read one after the other."""
        prepare = settings.preprocessing
        sizes, channels, moments = Counter(), None, []
        for volume, origin in zip(train.inputs, train.origins, strict=True):
            volume = as_volume(volume, origin)
            channels = channels or volume.shape[-1]
            _check_channels(volume, channels, origin)
            sizes[volume.shape[:3]] += 1
            values = volume.reshape(-1, channels).astype(np.float64)
            moments.append((values.mean(axis=0), (values**2).mean(axis=0)))
        size = _size(prepare.size, sizes, report)
        mean, square = np.mean(moments, axis=0)
        deviation = np.sqrt(np.maximum(square - mean**2, 0))
        deviation = np.where(deviation > 1e-6 * np.maximum(np.abs(mean), 1e-6), deviation, 1.0)
        learnt = (mean.tolist(), deviation.tolist()) if prepare.scaling == "channel" else ([], [])
        return cls(prepare.scaling, list(size), channels, *learnt)

    def shape(self, classes: int) -> Shape:
        return Shape(tuple(self.size), self.channels, classes)

    @property
    def input_shape(self) -> tuple[int, ...]:
        return *self.size, self.channels

    def check(self, inputs: Sequence, origins: Sequence[str]) -> None:
        for volume, origin in zip(inputs, origins, strict=True):
            _check_channels(as_volume(volume, origin), self.channels, origin)

    def transform(self, inputs: Sequence, origins: Sequence[str] | None = None) -> np.ndarray:
        """The array for the network.

        Args:
            inputs: n volumes, (depth, height, width, channels) each, or (depth, height, width) for one channel; arrays
                or nested lists, of any size.
            origins: what to call each in an error; its number by default.

        Returns:
            (n, depth, height, width, channels) float32.

        Raises:
            DataError: a volume of other channels, with NaN or infinity, or that is none.
        """
        origins = named(self.kind, len(inputs)) if origins is None else origins
        prepared = np.empty((len(inputs), *self.input_shape), np.float32)
        for row, volume, origin in zip(prepared, inputs, origins, strict=True):
            volume = as_volume(volume, origin)
            _check_channels(volume, self.channels, origin)
            row[:] = self._scaled(resized(volume, self.size))
        return prepared

    def _scaled(self, volume: np.ndarray) -> np.ndarray:
        if self.scaling == "channel":
            return (volume - np.asarray(self.mean)) / np.asarray(self.deviation)
        if self.scaling == "volume":
            deviation = volume.std(axis=(0, 1, 2), dtype=np.float64)
            centred = volume - volume.mean(axis=(0, 1, 2), dtype=np.float64)
            return centred / np.where(deviation > 1e-12, deviation, 1.0)
        return volume


def resized(volume: np.ndarray, size: Sequence[int]) -> np.ndarray:
    """`volume` (depth, height, width, channels) with `size` voxels along each axis, by linear interpolation.

    The edges of the volume stay where they are, not the middles of its outermost voxels.

    >>> resized(np.arange(4.0).reshape(4, 1, 1, 1), (2, 1, 1)).ravel().tolist()
    [0.5, 2.5]
    """
    if volume.shape[:3] == tuple(size):
        return volume
    from scipy.ndimage import zoom

    factors = [wanted / found for wanted, found in zip(size, volume.shape, strict=False)]
    return zoom(volume, (*factors, 1), order=1, mode="nearest", grid_mode=True)


def _check_channels(volume: np.ndarray, channels: int, origin: str) -> None:
    if volume.shape[-1] != channels:
        raise DataError(f"{origin}: {volume.shape[-1]} channels, but the training part has {channels}")


def _size(asked: list[int] | None, sizes: Counter, report: Callable[[str], None]) -> tuple[int, ...]:
    """The size asked for, else the most frequent (of several the largest), with a line where volumes are resized."""
    size = tuple(asked) if asked else max(sizes, key=lambda each: (sizes[each], each))
    if len(size) != 3:
        raise DataError(f"preprocessing.size={list(size)} must be three numbers: depth, height and width")
    others = sizes.total() - sizes[size]
    if others:
        found = "" if asked else ", the most common size; preprocessing.size=[depth,height,width] sets another"
        report(f"{others} of {sizes.total()} training volumes are resized to {' x '.join(map(str, size))}{found}")
    return size
