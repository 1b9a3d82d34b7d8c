"""Hydra as a Keras layer: the kernels of a group compete at every step, and their wins are counted.

Reference: Dempster, Schmidt and Webb 2023, "Hydra: competing convolutional kernels for fast and accurate time series
classification", Data Mining and Knowledge Discovery 37, section 3.
"""

import numpy as np
from keras import ops

from convpipe.models.layers.fixed_kernels import TAPS, FixedKernels, check_size, shifted
from convpipe.models.layers.masking import register

#: Kernels per group, of which one wins at each step.
GROUP = 8
MOST_CHANNELS = 8
#: Sum of the absolute weights of a kernel before they are rounded to integers.
WEIGHT_SUM = 256


def powers_of_two(steps: int) -> list[int]:
    """Return the dilations at which a kernel fits into a series of `steps` steps; always includes 1.

    >>> powers_of_two(65)
    [1, 2, 4, 8]
    """
    return [2**exponent for exponent in range(int(np.log2(max(1, (steps - 1) / (TAPS - 1)))) + 1)]


def draw_kernels(shape: tuple[int, ...], random: np.random.Generator) -> np.ndarray:
    """Draw kernels (*shape, 9) float32 of integers with sum zero, from a normal distribution."""
    drawn = random.normal(size=(*shape, TAPS))
    drawn -= drawn.mean(axis=-1, keepdims=True)
    whole = np.round(drawn * (WEIGHT_SUM / np.abs(drawn).sum(axis=-1, keepdims=True)))
    largest = np.abs(whole).argmax(axis=-1)[..., None]  # where the relative change is smallest
    excess = whole.sum(axis=-1, keepdims=True)
    np.put_along_axis(whole, largest, np.take_along_axis(whole, largest, axis=-1) - excess, axis=-1)
    return whole.astype(np.float32)


def draw_channels(channels: int, groups: int, random: np.random.Generator) -> np.ndarray:
    """Draw how often each group of kernels adds each channel: (groups, channels) float32."""
    counts = np.zeros((groups, channels), np.float32)
    for row in counts:
        np.add.at(row, random.integers(0, channels, min(max(channels // 2, 2), MOST_CHANNELS)), 1)
    return counts


@register
class CompetingKernels(FixedKernels):
    """Counts how often, and how strongly, each kernel has the extreme output of its group.

    At every step, the kernel with the largest output adds this output to its soft count, and the kernel with the
    smallest output adds one to its hard count. Features are the square roots of the counts per step. They are ordered
    by dilation, then the series before its difference, soft counts before hard counts, and by group.

    Args:
        steps, duration: as in `FixedKernels`.
        groups: number of groups of eight kernels, an even number: half of them on the series, half on its first
            difference.
    """

    kernel_sum = 2 * (WEIGHT_SUM + 2 * TAPS)  # doubled, since a difference can be twice as large as the series

    def __init__(self, steps: int, groups: int = 64, duration: bool = False, **kwargs):
        super().__init__(steps, duration, **kwargs)
        check_size("groups", groups)
        self.groups, self.dilations = groups, powers_of_two(steps)

    @property
    def added_channels(self) -> int:
        return 1 if self.channels == 1 else min(max(self.channels // 2, 2), MOST_CHANNELS)

    def build(self, input_shape):
        super().build(input_shape)
        each = (len(self.dilations), 2, self.groups // 2)
        self.kernels = self.add_weight(shape=(*each, GROUP, TAPS), initializer="zeros", name="kernels")
        self.chosen = self.add_weight(shape=(*each, self.channels), initializer="ones", name="chosen_channels")

    def adapt(self, inputs, seed: int) -> None:
        """Draw kernels and channels from `seed`; the training part only determines the scale."""
        random = np.random.default_rng([seed, 1])
        self.adapt_scale(inputs, random)
        self.kernels.assign(draw_kernels(self.kernels.shape[:-1], random))
        if self.channels > 1:
            groups = int(np.prod(self.chosen.shape[:-1]))
            self.chosen.assign(draw_channels(self.channels, groups, random).reshape(self.chosen.shape))

    def competitions(self, inputs, mask=None):
        """Yield the counts of each kernel at each step, for each dilation, first of the series, then of its difference.

        Yields:
            Counts (2, batch, groups / 2, 8, steps) float32, soft before hard, and divisors (batch or 1, 1).
        """
        series = ops.moveaxis(self.rounded(inputs), 1, 2)
        steps = ops.arange(ops.shape(inputs)[1], dtype="int32")[None]
        ends = self.ends(inputs, mask)
        forms = [(series, ends), (ops.pad(series[:, :, 1:] - series[:, :, :-1], [[0, 0], [0, 0], [0, 1]]), ends - 1)]
        for number, dilation in enumerate(self.dilations):
            for form, (values, end) in enumerate(forms):
                inside = (steps < end)[:, None]
                values = ops.where(inside, values, 0.0)
                added = ops.einsum("gc,bcs->bgs", self.chosen[number, form], values)
                taps = ops.stack(shifted(added, dilation), axis=2)
                outputs = ops.einsum("gkt,bgts->bgks", self.kernels[number, form], taps)
                inside = inside[:, None]
                soft = ops.where(outputs == ops.max(outputs, axis=2, keepdims=True), ops.relu(outputs), 0.0)
                hard = ops.cast(outputs == ops.min(outputs, axis=2, keepdims=True), "float32")
                total = ops.maximum(end, 1) if not self.duration else max(1, self.steps - form)
                yield ops.where(inside, ops.stack([soft, hard]), 0.0), ops.cast(total, "float32")

    def call(self, inputs, mask=None):
        features = []
        for collected, total in self.competitions(inputs, mask):
            sums = ops.reshape(ops.sum(collected, axis=-1), (2, -1, self.groups // 2 * GROUP))
            features += [ops.sqrt(sums[0] / total), ops.sqrt(sums[1] / total)]
        return ops.concatenate(features, axis=1)

    def multiply_adds(self, shape) -> int:
        """Multiply-adds for a sample of `shape` (steps, channels): each kernel runs once per dilation."""
        return shape[0] * len(self.dilations) * self.groups * GROUP * TAPS

    def compute_output_shape(self, input_shape):
        return (input_shape[0], len(self.dilations) * 2 * 2 * self.groups // 2 * GROUP)
