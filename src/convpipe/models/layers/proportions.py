"""MiniRocket as a Keras network: fixed kernels, the share of positive outputs, a linear layer.

Reference: Dempster, Schmidt and Webb 2021, "MiniRocket: a very fast (almost) deterministic transform for time series
classification", KDD, section 3. Nothing here is trained by gradients: `convpipe.training.linear_solver` sets the biases
and the output layer from the training part.
"""

from itertools import combinations

import keras
import numpy as np
from keras import layers, ops

from convpipe.models.layers.masking import MaskEnds, register

#: All kernels of nine taps of which three weigh 2 and six weigh -1: (84, 9) float32, each adds up to zero.
KERNELS = np.full((84, 9), -1, np.float32)
KERNELS[np.arange(84)[:, None], list(combinations(range(9), 3))] = 2
TAPS, CENTRE = 9, 4
MOST_DILATIONS = 32
MOST_CHANNELS = 9
#: Below every output and every bias: what an output outside the series counts as.
NOWHERE = -3e38


def dilation_plan(steps: int, per_kernel: int) -> dict[int, int]:
    """Dilations, and how many biases each kernel has at each: evenly spaced exponents up to the whole series.

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
    """(count,) numbers that fill 0 to 1 evenly however many are taken: the multiples of the golden ratio, modulo 1."""
    return np.arange(1, count + 1) * ((np.sqrt(5) + 1) / 2) % 1


def draw_channels(channels: int, kernels: int, random: np.random.Generator) -> np.ndarray:
    """Which channels each kernel adds up: (kernels, slots) int32, an unused slot holds `channels`.

    The number is drawn so that few are likelier than many (its logarithm is uniform), and is at most nine.
    """
    slots = min(channels, MOST_CHANNELS)
    chosen = np.full((kernels, slots), channels, np.int32)
    for row in chosen:
        count = int(2 ** random.uniform(0, np.log2(slots + 1)))
        row[:count] = np.sort(random.permutation(channels)[:count])
    return chosen


def responses(series, dilation: int):
    """Outputs of the kernels over zero-padded `series` (batch, 84 or 1, steps): (batch, 84, steps).

    The weights add up to zero, so each tap may count from the centre tap: where a series stands still the output is
    then exactly zero, on any machine. Sums are written out since a matrix product adds in an order that depends on the
    size of the batch, and the last bit decides whether an output exceeds a bias.
    """
    padded = ops.pad(series, [[0, 0], [0, 0], [CENTRE * dilation, CENTRE * dilation]])
    total = 0.0
    for tap in set(range(TAPS)) - {CENTRE}:
        shifted = padded[:, :, tap * dilation : (tap - TAPS + 1) * dilation or None]
        total = total + ops.multiply(KERNELS[:, tap, None], shifted - series)
    return total


def counted(steps, ends, dilation: int, number: int):
    """Which outputs count: (series, 84, steps) bool for series that end before step `ends` (series, 1).

    Kernels in turn count every step of the series, or only those where the whole kernel lies inside it; all steps
    again where the series is too short for that. The turn begins otherwise at every other dilation (`number`).
    """
    margin = CENTRE * dilation
    inside = steps < ends
    whole = ops.logical_and(steps >= margin, steps < ends - margin)
    whole = ops.where(ends > 2 * margin, whole, inside)
    padding = (np.arange(len(KERNELS)) + number) % 2 == 0
    return ops.where(padding[None, :, None], inside[:, None], whole[:, None])


@register
class ProportionOfPositiveValues(MaskEnds):
    """Share of a series' steps at which the output of a fixed kernel exceeds a bias, for some 10,000 of them.

    Args:
        steps: most steps of a training series; dilations reach up to it.
        features: kernels times biases; rounded down to a multiple of 84, at least 84.
        duration: divide by the steps of the longest training series instead of the series' own, so that features also
            tell how long a series lasts; no difference where all have `steps` steps.

    Input: (batch, steps, channels). Output: (batch, features) float32: dilation after dilation, bias after bias,
    kernel after kernel. A mask leaves each series its own steps. `adapt` must have set the weights.
    """

    def __init__(self, steps: int, features: int = 10_000, duration: bool = False, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs, "trainable": False})
        self.steps, self.duration = steps, duration
        self.plan = dilation_plan(steps, max(1, features // len(KERNELS)))

    def build(self, input_shape):
        self.channels = input_shape[-1]
        total = sum(self.plan.values())
        self.biases = self.add_weight(shape=(total, len(KERNELS)), initializer="zeros", name="biases")
        if self.channels > 1:
            shape = (len(self.plan), len(KERNELS), min(self.channels, MOST_CHANNELS))
            self.chosen = self.add_weight(shape=shape, initializer="zeros", dtype="int32", name="chosen_channels")

    def adapt(self, inputs: np.ndarray, seed: int) -> None:
        """Draw the channels from `seed`, and the biases from outputs over training series.

        Args:
            inputs: (n, steps, channels) float32, NaN after the end of a series.
            seed: of the channels, and of the series that each kernel and dilation takes its biases from.
        """
        random = np.random.default_rng(seed)
        quantiles, biases = low_discrepancy(sum(self.plan.values()) * len(KERNELS)), []
        if self.channels > 1:
            self.chosen.assign([draw_channels(self.channels, len(KERNELS), random) for _ in self.plan])
        for number, (dilation, count) in enumerate(self.plan.items()):
            drawn = inputs[random.integers(0, len(inputs), len(KERNELS))]
            ends = (~np.isnan(drawn[:, :, 0])).sum(1)[:, None]
            summed = self._summed(ops.moveaxis(ops.convert_to_tensor(np.nan_to_num(drawn)), 1, 2), number)
            # Kernel k looks at the k-th series drawn.
            own = ops.convert_to_numpy(summed)[np.arange(len(KERNELS)), np.arange(len(KERNELS)) % summed.shape[1]]
            outputs = ops.convert_to_numpy(responses(ops.convert_to_tensor(own[None]), dilation))[0]
            counts = ops.convert_to_numpy(counted(np.arange(drawn.shape[1])[None], ends, dilation, number))
            shares, quantiles = np.split(quantiles, [len(KERNELS) * count])
            rows = enumerate(shares.reshape(len(KERNELS), count))
            found = [np.quantile(outputs[kernel][counts[kernel, kernel]], share) for kernel, share in rows]
            biases.append(np.stack(found, axis=1))
        self.biases.assign(np.concatenate(biases))

    def _summed(self, series, number: int):
        """What each kernel of dilation `number` looks at: (batch, 84 or 1, steps) of (batch, channels, steps)."""
        if self.channels == 1:
            return series
        series = ops.pad(series, [[0, 0], [0, 1], [0, 0]])
        slots = [ops.take(series, self.chosen[number, :, slot], axis=1) for slot in range(self.chosen.shape[2])]
        return sum(slots[1:], slots[0])

    def exceeding(self, inputs, mask=None):
        """Where outputs exceed their bias, one bias after another, so that memory does not grow with their number.

        Yields:
            (batch, 84, steps) float32 of 0 and 1, and (batch or 1, 84) float32 numbers to divide by.
        """
        series = ops.moveaxis(inputs, 1, 2)
        steps = ops.arange(ops.shape(inputs)[1], dtype="int32")[None]
        ends = ops.max(steps, axis=1, keepdims=True) + 1
        if mask is not None:
            ends = ops.sum(ops.cast(mask, "int32"), axis=1, keepdims=True)
        row = 0
        for number, (dilation, count) in enumerate(self.plan.items()):
            inside = counted(steps, ends, dilation, number)
            outputs = ops.where(inside, responses(self._summed(series, number), dilation), NOWHERE)
            if self.duration:
                inside = counted(np.arange(self.steps)[None], np.array([[self.steps]]), dilation, number)
            total = ops.maximum(ops.sum(ops.cast(inside, "float32"), axis=-1), 1.0)
            for bias in range(row, row + count):
                yield ops.cast(outputs > self.biases[bias][:, None], "float32"), total
            row += count

    def call(self, inputs, mask=None):
        shares = [ops.sum(exceeds, axis=-1) / total for exceeds, total in self.exceeding(inputs, mask)]
        return ops.concatenate(shares, axis=1)

    def step_scores(self, inputs, weights, mask=None):
        """What each step adds to `weights` (features, classes) times the features: (batch, steps, classes)."""
        total = 0.0
        for number, (exceeds, counts) in enumerate(self.exceeding(inputs, mask)):
            own = weights[number * len(KERNELS) : (number + 1) * len(KERNELS)]
            total = total + ops.einsum("bkt,kc->btc", exceeds / counts[..., None], own)
        return total

    def multiply_adds(self, shape) -> int:
        """Of one sample of `shape` (steps, channels): each kernel runs once at each dilation."""
        return shape[0] * len(self.plan) * len(KERNELS) * TAPS

    def compute_output_shape(self, input_shape):
        return (input_shape[0], sum(self.plan.values()) * len(KERNELS))


@register
class Standardization(layers.Layer):
    """Each feature less its mean over its deviation, both of the training part: (batch, features) in and out.

    `adapt` must have set the weights; a feature that does not vary is only centred.
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


def step_scores(network: keras.Model, inputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """An exact class activation map: what each step of a series adds to each logit.

    Args:
        network: a `mini_rocket`, with its weights set.
        inputs: (n, steps, channels) float32, NaN after the end of a series.

    Returns:
        (n, steps, classes) float32, and (classes,) float32 so that the sum over all steps plus it is the logit. A step
        stands for the kernels that are centred on it; with their dilation they reach up to half a series away.
    """
    proportions, standard, output = (network.get_layer(n) for n in ("proportions", "standardization", "logits"))
    weights = ops.convert_to_numpy(output.kernel) / ops.convert_to_numpy(standard.deviation)[:, None]
    constant = ops.convert_to_numpy(output.bias) - ops.convert_to_numpy(standard.mean) @ weights
    mask = ~np.isnan(inputs).all(axis=-1)
    steps = proportions.step_scores(ops.convert_to_tensor(np.nan_to_num(inputs)), weights, ops.convert_to_tensor(mask))
    return ops.convert_to_numpy(steps), constant
