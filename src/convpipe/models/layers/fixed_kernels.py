"""What networks of fixed kernels share: series of whole numbers, the steps that count, the scale of the features.

Nothing here is trained by gradients: `convpipe.training.linear_solver` sets the weights from the training part. Series
are rounded to whole numbers so small that float32 adds them up without an error. So every feature is the same to the
bit, whatever the batch, the padding, the order of the additions and the form in which the network runs.
"""

import numpy as np
from keras import layers, ops

from convpipe.models.layers.masking import MaskEnds, register

TAPS, CENTER = 9, 4
#: Float32 holds every whole number up to here.
EXACT = 2**24
#: How far a value may exceed the largest one of the training part before it is clipped.
HEADROOM = 2
#: The largest value that the scale is made for, as a multiple of the value that one in a thousand exceeds.
MOST_SPREAD = 32
#: Training series that the scale is made for.
SERIES_FOR_SCALE = 256


class FixedKernels(MaskEnds):
    """Features of series by kernels that are drawn or given, not trained.

    Args:
        steps: most steps of a training series, at most `EXACT`; dilations reach up to it.
        duration: divide by the steps of the longest training series instead of the series' own, so that features also
            tell how long a series lasts; no difference where all have `steps` steps.

    Input: (batch, steps, channels). Output: (batch, features) float32. A mask leaves each series its own steps. `adapt`
    must have set the weights.
    """

    #: The largest sum of a kernel's weights, signs left out, over one channel.
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
        """Most channels that one kernel adds up."""
        raise NotImplementedError

    @property
    def largest(self) -> int:
        """The largest whole number of a series: no sum of a kernel exceeds `EXACT`."""
        return EXACT // (self.kernel_sum * self.added_channels)

    def adapt(self, inputs, seed: int) -> None:
        """Set the weights from the training part.

        Args:
            inputs: (n, steps, channels) float32 with NaN after the end of a series, or `Ragged`.
            seed: of everything that is drawn.
        """
        raise NotImplementedError

    def adapt_scale(self, inputs, random: np.random.Generator) -> None:
        """Choose the power of two that makes whole numbers of the values of training series drawn by `random`."""
        series = some_series(inputs, random.permutation(len(inputs))[:SERIES_FOR_SCALE])
        sizes = np.abs(np.concatenate([each.ravel() for each in series]))
        top, usual = sizes.max(initial=0.0), np.quantile(sizes, 0.999) if len(sizes) else 0.0
        if usual:
            top = min(top, MOST_SPREAD * usual)
        self.scale.assign(2.0 ** np.floor(np.log2(self.largest / (HEADROOM * top))) if top else 1.0)

    def rounded(self, inputs):
        """The whole numbers (float32) of `inputs`, of any shape."""
        return ops.clip(ops.round(inputs * self.scale), -self.largest, self.largest)

    def ends(self, inputs, mask):
        """Steps of each series of a batch: (batch or 1, 1) int32."""
        if mask is None:
            return ops.full((1, 1), ops.shape(inputs)[1], dtype="int32")
        return ops.sum(ops.cast(mask, "int32"), axis=1, keepdims=True)


def check_size(name: str, size: int) -> None:
    """Refuse a size that a damaged file may state, before anything is planned for it.

    Raises:
        ValueError: it is no whole number from 1 to `EXACT`.
    """
    if type(size) is not int or not 1 <= size <= EXACT:
        raise ValueError(f"{name} is {str(size)[:40]}, not a whole number from 1 to {EXACT:,}")


def shifted(series, dilation: int) -> list:
    """What each tap of a kernel of nine sees of zero-padded `series` (..., steps): nine arrays of the same shape."""
    rank = len(series.shape)
    padded = ops.pad(series, [[0, 0]] * (rank - 1) + [[CENTER * dilation, CENTER * dilation]])
    return [padded[..., tap * dilation : (tap - TAPS + 1) * dilation or None] for tap in range(TAPS)]


def some_series(inputs, rows: np.ndarray) -> list[np.ndarray]:
    """Training series, each (steps, channels) without padding.

    Args:
        inputs: (n, steps, channels) with NaN after the end of a series, or `Ragged`.
        rows: which of them.
    """
    found = (np.asarray(inputs[int(row)], np.float32) for row in rows)
    return [each[: int((~np.isnan(each).all(axis=-1)).sum())] for each in found]


@register
class Standardization(layers.Layer):
    """Each feature less its mean over its deviation, both of the training part: (batch, features) in and out.

    `adapt` must have set the weights; a feature that does not vary is only centered.
    """

    def __init__(self, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs, "trainable": False})

    def build(self, input_shape):
        self.mean = self.add_weight(shape=(input_shape[-1],), initializer="zeros", name="mean")
        self.deviation = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="deviation")

    def adapt(self, features: np.ndarray) -> None:
        """Take mean and deviation from `features` (n, features) of the training part."""
        deviation = features.std(axis=0, dtype=np.float64)
        self.mean.assign(features.mean(axis=0, dtype=np.float64))
        self.deviation.assign(np.where(deviation > 1e-6, deviation, 1.0))

    def call(self, inputs):
        return (inputs - self.mean) / self.deviation
