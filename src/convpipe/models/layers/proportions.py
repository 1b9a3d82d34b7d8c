"""MiniRocket as a Keras layer: fixed kernels and the proportion of positive outputs.

Reference: Dempster, Schmidt and Webb 2021, "MiniRocket: a very fast (almost) deterministic transform for time series
classification", KDD, section 3.
"""

from itertools import combinations

import numpy as np
from keras import ops

from convpipe.models.layers.fixed_kernels import CENTER, TAPS, FixedKernels, check_size, shifted
from convpipe.models.layers.masking import register

#: All kernels with three weights of 2 and six of -1: (84, 9) float32, each with sum zero.
KERNELS = np.full((84, TAPS), -1, np.float32)
KERNELS[np.arange(84)[:, None], list(combinations(range(TAPS), 3))] = 2
MOST_DILATIONS = 32
MOST_CHANNELS = 9
#: Value of outputs that do not count, below every output and every bias.
EXCLUDED = -3e38


def dilation_plan(steps: int, per_kernel: int) -> dict[int, int]:
    """Return dilations with evenly spaced exponents up to the whole series, and the biases per kernel at each.

    >>> dilation_plan(65, 10)
    {1: 3, 2: 2, 3: 1, 4: 1, 5: 1, 6: 1, 8: 1}
    """
    most = min(per_kernel, MOST_DILATIONS)
    longest = max(0.0, np.log2(max(steps - 1, 1) / (TAPS - 1)))
    dilations, counts = np.unique(np.logspace(0, longest, most, base=2).astype(int), return_counts=True)
    counts = (counts * (per_kernel / most)).astype(int)
    for number in range(per_kernel - counts.sum()):
        counts[number % len(counts)] += 1
    return dict(zip(dilations.tolist(), counts.tolist(), strict=True))


def low_discrepancy(count: int) -> np.ndarray:
    """Return the first `count` multiples of the golden ratio, modulo 1, which fill 0 to 1 evenly for any count."""
    return np.arange(1, count + 1) * ((np.sqrt(5) + 1) / 2) % 1


def draw_channels(channels: int, kernels: int, random: np.random.Generator) -> np.ndarray:
    """Draw the channels that each kernel adds: (kernels, channels) float32 of 0 and 1.

    The number of channels is at most nine and its logarithm is uniform, so small numbers are more likely.
    """
    chosen = np.zeros((kernels, channels), np.float32)
    for row in chosen:
        count = int(2 ** random.uniform(0, np.log2(min(channels, MOST_CHANNELS) + 1)))
        row[random.permutation(channels)[:count]] = 1
    return chosen


def step_masks(steps, ends, dilation: int):
    """Return masks of the steps of each series, and of those where the whole kernel is inside: (series, steps) bool.

    Both are equal if a series is shorter than the kernel.
    """
    margin = CENTER * dilation
    inside = steps < ends
    whole = (steps >= margin) & (steps < ends - margin)
    return inside, whole | (inside & (ends <= 2 * margin))


def padded_kernels(number: int) -> np.ndarray:
    """Return the kernels that count every step (84,) bool: the even ones if `number` (of the dilation) is even."""
    return (np.arange(len(KERNELS)) + number) % 2 == 0


def counted(steps, ends, dilation: int, number: int):
    """Return the mask (series, 84, steps) bool of outputs that count, for series that end before `ends` (series, 1)."""
    inside, whole = step_masks(steps, ends, dilation)
    return ops.where(padded_kernels(number)[None, :, None], inside[:, None], whole[:, None])


def quantiles(values: np.ndarray, counts: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Return quantiles of each row, interpolated linearly as in `numpy.quantile`.

    Args:
        values: (rows, most); infinite entries are padding.
        counts: (rows,) numbers of finite entries, at least one.
        shares: (rows, n) from 0 to 1.

    Returns:
        Quantiles (rows, n).
    """
    values = np.sort(values, axis=1)
    places = shares * (counts[:, None] - 1)
    below = np.floor(places).astype(int)
    above = np.minimum(below + 1, counts[:, None] - 1)
    low, high = (np.take_along_axis(values, each, axis=1) for each in (below, above))
    return low + (places - below) * (high - low)


@register
class ProportionOfPositiveValues(FixedKernels):
    """The proportion of steps at which the output of a fixed kernel exceeds a bias, for about 10,000 such pairs.

    Features are ordered by dilation, then by bias, then by kernel.

    Args:
        steps, duration: as in `FixedKernels`.
        features: kernels times biases; rounded down to a multiple of 84, at least 84.
    """

    kernel_sum = int(np.abs(KERNELS).sum(1).max())

    def __init__(self, steps: int, features: int = 10_000, duration: bool = False, **kwargs):
        super().__init__(steps, duration, **kwargs)
        check_size("features", features)
        self.plan = dilation_plan(steps, max(1, features // len(KERNELS)))

    @property
    def added_channels(self) -> int:
        return min(self.channels, MOST_CHANNELS)

    def build(self, input_shape):
        super().build(input_shape)
        total = sum(self.plan.values())
        self.biases = self.add_weight(shape=(total, len(KERNELS)), initializer="zeros", name="biases")
        shape = (len(self.plan), len(KERNELS), self.channels)
        self.chosen = self.add_weight(shape=shape, initializer="ones", name="chosen_channels")

    def adapt(self, inputs, seed: int) -> None:
        """Draw channels from `seed`; the biases are quantiles of outputs on training series drawn from it."""
        random = np.random.default_rng(seed)
        shares, biases = low_discrepancy(sum(self.plan.values()) * len(KERNELS)), []
        self.adapt_scale(inputs, random)
        if self.channels > 1:
            self.chosen.assign([draw_channels(self.channels, len(KERNELS), random) for _ in self.plan])
        scale, chosen = float(self.scale), ops.convert_to_numpy(self.chosen)
        for number, (dilation, count) in enumerate(self.plan.items()):
            # Kernel k uses the k-th series drawn.
            drawn = np.asarray(inputs[random.integers(0, len(inputs), len(KERNELS))], np.float32)
            present = np.asarray(~np.isnan(drawn).all(axis=-1))
            ends, steps = present.sum(1, keepdims=True), np.arange(drawn.shape[1])
            whole = np.clip(np.round(drawn * scale), -self.largest, self.largest)
            series = np.einsum("ksc,kc->ks", np.where(present[..., None], whole, 0), chosen[number])
            outputs, reach = np.zeros_like(series), CENTER * dilation
            padded = np.pad(series, [(0, 0), (reach, reach)])
            for tap in range(TAPS):
                outputs += KERNELS[:, tap, None] * padded[:, tap * dilation :][:, : len(steps)]
            inside, whole_kernel = step_masks(steps[None], ends, dilation)
            mask = np.where(padded_kernels(number)[:, None], inside, whole_kernel)
            own_shares, shares = np.split(shares, [len(KERNELS) * count])
            values = np.where(mask, outputs, np.inf)
            biases.append(quantiles(values, mask.sum(1), own_shares.reshape(len(KERNELS), count)).T)
        self.biases.assign(np.concatenate(biases))

    def _outputs(self, series, number: int, dilation: int):
        """Return the outputs of all kernels (batch, 84, steps) on series (batch, channels, steps)."""
        if self.channels == 1:
            taps = ops.concatenate(shifted(series, dilation), axis=1)
            return ops.einsum("kt,bts->bks", KERNELS, taps)
        added = ops.einsum("kc,bcs->bks", self.chosen[number], series)
        return sum(KERNELS[:, tap, None] * each for tap, each in enumerate(shifted(added, dilation)))

    def exceeding(self, inputs, mask=None):
        """Yield where outputs exceed their bias, one bias at a time, so that memory does not grow with their number.

        Yields:
            (batch, 84, steps) float32 of 0 and 1, and divisors (batch or 1, 84) float32.
        """
        series = ops.moveaxis(self.rounded(inputs), 1, 2)
        steps = ops.arange(ops.shape(inputs)[1], dtype="int32")[None]
        ends, row = self.ends(inputs, mask), 0
        for number, (dilation, count) in enumerate(self.plan.items()):
            inside = counted(steps, ends, dilation, number)
            outputs = ops.where(inside, self._outputs(series, number, dilation), EXCLUDED)
            if self.duration:
                inside = counted(np.arange(self.steps)[None], np.array([[self.steps]]), dilation, number)
            total = ops.maximum(ops.sum(ops.cast(inside, "float32"), axis=-1), 1.0)
            for bias in range(row, row + count):
                yield ops.cast(outputs > self.biases[bias][:, None], "float32"), total
            row += count

    def call(self, inputs, mask=None):
        shares = [ops.sum(exceeds, axis=-1) / total for exceeds, total in self.exceeding(inputs, mask)]
        return ops.concatenate(shares, axis=1)

    def multiply_adds(self, shape) -> int:
        """Multiply-adds for a sample of `shape` (steps, channels): each kernel runs once per dilation."""
        return shape[0] * len(self.plan) * len(KERNELS) * TAPS

    def compute_output_shape(self, input_shape):
        return (input_shape[0], sum(self.plan.values()) * len(KERNELS))
