"""Base of the layers of fixed kernels: rounding of series to integers, valid steps, standardization of features.

Nothing here is trained by gradients: `convpipe.training.linear_solver` sets the weights from the training part. Series
are rounded to integers that are small enough for float32 to add exactly. So every feature is equal to the bit for any
batch, padding, order of additions and form in which the network runs.
"""

import numpy as np
from keras import layers, ops

from convpipe.models.layers.masking import MaskEnds, register

TAPS, CENTER = 9, 4
#: Float32 represents every integer up to this one.
EXACT = 2**24
#: Values are clipped if they exceed the largest one of the training part by more than this factor.
HEADROOM = 2
#: Most that the largest value counts for the scale, as a multiple of the 0.999 quantile.
MOST_SPREAD = 32
#: Number of training series that determine the scale.
SERIES_FOR_SCALE = 256


class FixedKernels(MaskEnds):
    """Features of series from kernels that are drawn or given, not trained.

    Args:
        steps: most steps of a training series, at most `EXACT`; it limits the dilations.
        duration: divide by the steps of the longest training series instead of those of each series, so that features
            depend on the length of a series; no difference if all series have `steps` steps.

    Input: (batch, steps, channels). Output: (batch, features) float32. Masked steps are ignored. `adapt` must have set
    the weights.
    """

    #: Largest sum of the absolute weights of a kernel over one channel.
    kernel_sum: int

    def __init__(self, steps: int, duration: bool = False, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs, "trainable": False})
        check_size("steps", steps)
        self.steps, self.duration = steps, duration

    def build(self, input_shape):
        self.channels = input_shape[-1]
        self.scale = self.add_weight(shape=(), initializer="ones", name="scale")

    @property
    def added_channels(self) -> int:
        """Most channels that one kernel adds."""
        raise NotImplementedError

    @property
    def largest(self) -> int:
        """Largest integer in a series for which no sum of a kernel exceeds `EXACT`."""
        return EXACT // (self.kernel_sum * self.added_channels)

    def adapt(self, inputs, seed: int) -> None:
        """Set the weights from the training part.

        Args:
            inputs: (n, steps, channels) float32 with NaN after the end of a series, or `Ragged`.
            seed: seed of all random numbers.
        """
        raise NotImplementedError

    def adapt_scale(self, inputs, random: np.random.Generator) -> None:
        """Choose the power of two that scales values to integers, from training series drawn by `random`."""
        series = some_series(inputs, random.permutation(len(inputs))[:SERIES_FOR_SCALE])
        sizes = np.abs(np.concatenate([each.ravel() for each in series]))
        top, usual = sizes.max(initial=0.0), np.quantile(sizes, 0.999) if len(sizes) else 0.0
        if usual:
            top = min(top, MOST_SPREAD * usual)
        self.scale.assign(2.0 ** np.floor(np.log2(self.largest / (HEADROOM * top))) if top else 1.0)

    def rounded(self, inputs):
        """Scale and round `inputs`, of any shape, to integers (float32)."""
        return ops.clip(ops.round(inputs * self.scale), -self.largest, self.largest)

    def ends(self, inputs, mask):
        """Return the number of steps of each series of a batch: (batch or 1, 1) int32."""
        if mask is None:
            return ops.full((1, 1), ops.shape(inputs)[1], dtype="int32")
        return ops.sum(ops.cast(mask, "int32"), axis=1, keepdims=True)


def check_size(name: str, size: int) -> None:
    """Refuse a wrong size, which a damaged file may contain, before memory is allocated for it.

    Raises:
        ValueError: the size is not an integer from 1 to `EXACT`.
    """
    if type(size) is not int or not 1 <= size <= EXACT:
        raise ValueError(f"{name} is {str(size)[:40]}, not an integer from 1 to {EXACT:,}")


def shifted(series, dilation: int) -> list:
    """Return the inputs of each of the nine taps on zero-padded `series` (..., steps): nine arrays of its shape."""
    rank = len(series.shape)
    padded = ops.pad(series, [[0, 0]] * (rank - 1) + [[CENTER * dilation, CENTER * dilation]])
    return [padded[..., tap * dilation : (tap - TAPS + 1) * dilation or None] for tap in range(TAPS)]


def some_series(inputs, rows: np.ndarray) -> list[np.ndarray]:
    """Return some training series, each (steps, channels) without padding.

    Args:
        inputs: (n, steps, channels) with NaN after the end of a series, or `Ragged`.
        rows: indices of the series.
    """
    series = (np.asarray(inputs[int(row)], np.float32) for row in rows)
    return [each[: int((~np.isnan(each).all(axis=-1)).sum())] for each in series]


@register
class Standardization(layers.Layer):
    """Standardizes features (batch, features) by mean and standard deviation of the training part.

    `adapt` must have set the weights; a constant feature is only centered.
    """

    def __init__(self, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs, "trainable": False})

    def build(self, input_shape):
        self.mean = self.add_weight(shape=(input_shape[-1],), initializer="zeros", name="mean")
        self.deviation = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="deviation")

    def adapt(self, features: np.ndarray) -> None:
        """Compute mean and standard deviation from `features` (n, features) of the training part."""
        deviation = features.std(axis=0, dtype=np.float64)
        self.mean.assign(features.mean(axis=0, dtype=np.float64))
        self.deviation.assign(np.where(deviation > 1e-6, deviation, 1.0))

    def call(self, inputs):
        return (inputs - self.mean) / self.deviation
