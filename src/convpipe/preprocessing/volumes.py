"""Raw volumes to the input of a network: one size, and scaling."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from convpipe import config
from convpipe.data.dataset import Subset
from convpipe.data.volumes import as_volume
from convpipe.errors import ConfigError, DataError
from convpipe.preprocessing import OneShapePreprocessing, choose_size, standardized


@dataclass
class VolumePreprocessing(OneShapePreprocessing):
    """Size and scaling of volumes, fitted on a training part.

    Args:
        scaling: as in `config.VolumePreprocessingSettings`.
        size: depth, height and width of every prepared volume in voxels.
        channels: number of channels.
        mean, deviation: one number per channel; empty unless scaling is "channel".
        missing_values: as in `config.VolumePreprocessingSettings`.
    """

    modality: ClassVar[str] = "volume"

    scaling: str
    size: list[int]
    channels: int
    mean: list[float]
    deviation: list[float]
    missing_values: str = "refuse"

    @classmethod
    def fit(cls, train: Subset, settings: config.Settings, report: Callable[[str], None] = print) -> Self:
        """Learn size, channels and scaling from the training part; volumes are read one by one."""
        prepare = settings.preprocessing
        assert isinstance(prepare, config.VolumePreprocessingSettings)
        key = "preprocessing.size"
        if prepare.size and len(prepare.size) != 3:
            message = f"{key}={prepare.size} has {len(prepare.size)} numbers, expected 3"
            raise ConfigError(message, key=key, value=prepare.size, remedy=f"set {key}=[depth,height,width]")
        sizes, channels, moments = Counter[tuple[int, ...]](), 0, []
        for volume, sample_id in zip(train.inputs, train.sample_ids, strict=True):
            volume = as_volume(volume, sample_id, prepare.missing_values)
            channels = channels or volume.shape[-1]
            _check_channels(volume, channels, sample_id)
            sizes[volume.shape[:3]] += 1
            values = volume.reshape(-1, channels).astype(np.float64)
            moments.append((values.mean(axis=0), (values**2).mean(axis=0)))
        size = choose_size(prepare.size, sizes, "volumes", f"{key}=[depth,height,width]", report)
        mean, square = np.mean(moments, axis=0)
        deviation = np.sqrt(np.maximum(square - mean**2, 0))
        deviation = np.where(deviation > 1e-6 * np.maximum(np.abs(mean), 1e-6), deviation, 1.0)
        if prepare.scaling != "channel":
            mean = deviation = np.empty(0)
        return cls(prepare.scaling, list(size), channels, mean.tolist(), deviation.tolist(), prepare.missing_values)

    @property
    def input_shape(self) -> tuple[int, ...]:
        return *self.size, self.channels

    def prepared(self, values: Any, sample_id: str) -> np.ndarray:
        """Resize and scale a volume (depth, height, width, channels), or (depth, height, width) for one channel."""
        volume = as_volume(values, sample_id, self.missing_values)
        _check_channels(volume, self.channels, sample_id)
        volume = resized(volume, self.size)
        if self.scaling == "channel":
            return (volume - self.mean) / self.deviation
        if self.scaling == "volume":
            return standardized(volume, axis=(0, 1, 2))
        return volume


def resized(volume: np.ndarray, size: Sequence[int]) -> np.ndarray:
    """Resize `volume` (depth, height, width, channels) to `size` voxels along each axis, by linear interpolation.

    The outer edges of the corner voxels are aligned, not their centers.

    >>> resized(np.arange(4.0).reshape(4, 1, 1, 1), (2, 1, 1)).ravel().tolist()
    [0.5, 2.5]
    """
    if volume.shape[:3] == tuple(size):
        return volume
    from scipy.ndimage import zoom

    factors = [new / old for new, old in zip(size, volume.shape, strict=False)]
    return zoom(volume, (*factors, 1), order=1, mode="nearest", grid_mode=True)


def _check_channels(volume: np.ndarray, channels: int, sample_id: str) -> None:
    if volume.shape[-1] != channels:
        message = f"{volume.shape[-1]} channels, but the training part has {channels}"
        raise DataError(message, file=sample_id, value=volume.shape[-1])


fit, load = VolumePreprocessing.fit, VolumePreprocessing.load
