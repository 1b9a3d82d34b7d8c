"""The features of fixed kernels, compiled by XLA: equal to those of the layers, but many times faster.

One loop runs over the dilations, so a shape compiles in about a second. A sum over steps is unrolled over blocks of
`LANES` steps and only then reduced, because XLA does not vectorize a reduction over the last axis.

The graphs of the layers can be exported and run anywhere. These functions run on the CPU, where float32 keeps integers
exact.
"""

from collections.abc import Callable
from functools import cache

import numpy as np

from convpipe.models.layers.competing import GROUP, CompetingKernels
from convpipe.models.layers.fixed_kernels import CENTER, TAPS, FixedKernels
from convpipe.models.layers.proportions import EXCLUDED, KERNELS, ProportionOfPositiveValues

#: Steps that are added at once, and most blocks of them that are unrolled.
LANES, MOST_BLOCKS = 32, 16
#: The three taps of each kernel whose weight is 2: (84, 3).
POSITIVE_TAPS = np.nonzero(KERNELS > 0)[1].reshape(-1, 3)
#: Number of biases in one pass of the loop.
BIASES = 4


def compiled(layer: FixedKernels) -> Callable:
    """Return a compiled function from NumPy arrays to features.

    Args:
        layer: a layer whose weights are set.

    Returns:
        A function of series (batch, steps, channels) float32 of integers, zero after their end, and of their steps
        (batch,) int32. It returns features (batch, features) float32. Each new shape is compiled once per process, for
        all layers of the same sizes.
    """
    return {ProportionOfPositiveValues: _proportions, CompetingKernels: _competing}[type(layer)](layer)


def _proportions(layer: ProportionOfPositiveValues) -> Callable:
    passes = [(number, dilation, row, min(BIASES, count - row)) for number, (dilation, count) in
              enumerate(layer.plan.items()) for row in range(0, count, BIASES)]  # fmt: skip
    starts = dict(zip(layer.plan, np.cumsum([0, *layer.plan.values()]), strict=False))
    layer_biases, biases = np.array(layer.biases), np.zeros((len(passes), BIASES, len(KERNELS)), np.float32)
    for row, (_, dilation, first, count) in enumerate(passes):
        biases[row, :count] = layer_biases[starts[dilation] + first :][:count]
    used = np.flatnonzero([number < count for *_, count in passes for number in range(BIASES)]).astype(np.int32)
    numbers = np.array([number for number, *_ in passes], np.int32)
    dilations, chosen = np.array(list(layer.plan), np.int32)[numbers], np.array(layer.chosen)[numbers]
    arguments = (dilations, numbers % 2, biases, chosen, used, _duration(layer), max(layer.plan))
    program = _programs()[0]
    return lambda series, steps: program(series, steps, *arguments).numpy()


def _competing(layer: CompetingKernels) -> Callable:
    kernels, chosen = np.array(layer.kernels), np.array(layer.chosen)
    flat = (each.reshape(-1, *each.shape[2:]) for each in (kernels, chosen))
    arguments = (np.array(layer.dilations, np.int32), *flat, _duration(layer), max(layer.dilations))
    program = _programs()[1]
    return lambda series, steps: program(series, steps, *arguments).numpy()


def _duration(layer: FixedKernels) -> int:
    """Return the number of steps by which features are divided; 0 for the steps of each series."""
    return layer.steps if layer.duration else 0


@cache
def _programs():
    """Return the compiled functions; TensorFlow is imported only now."""
    import tensorflow as tf
    from tensorflow.compiler.tf2xla.python import xla

    class Blocks:
        """Steps of a batch in blocks of `LANES`, with padding for every tap on both sides."""

        def __init__(self, series, widest: int):
            self.batch, self.steps, self.channels = series.shape
            blocks = -(-self.steps // LANES)
            self.outer = -(-blocks // MOST_BLOCKS)
            self.inner = -(-blocks // self.outer)
            self.length, self.margin = self.outer * self.inner * LANES, CENTER * widest
            self.series = tf.transpose(series, [0, 2, 1])
            self.positions = tf.range(self.length)[None]

        def padded(self, values):
            """Pad `values` (batch, n, steps) with zeros on both sides."""
            missing = self.length - values.shape[-1]
            return tf.pad(values, [[0, 0], [0, 0], [self.margin, self.margin + missing]])

        def taps(self, padded, dilation):
            """Return the inputs of each of the nine taps: (batch, n, length) each."""
            starts = (self.margin + (tap - CENTER) * dilation for tap in range(TAPS))
            return [tf.slice(padded, [0, 0, start], [*padded.shape[:2], self.length]) for start in starts]

        def split(self, values):
            """Split (..., length) into `inner` arrays (..., outer, LANES)."""
            values = tf.reshape(values, [*values.shape[:-1], self.outer, self.inner, LANES])
            return [values[..., number, :] for number in range(self.inner)]

        @staticmethod
        def total(terms):
            """Sum over the blocks, then over the remaining axes of the steps."""
            return tf.reduce_sum(sum(terms[1:], terms[0]), [-1, -2])

    def counted_masks(positions, ends, margin, turn):
        """`proportions.counted` for kernels 0, 2, 4, ... and for kernels 1, 3, 5, ...: (batch, 2, length)."""
        inside = positions < ends
        whole = (positions >= margin) & (positions < ends - margin) | (inside & (ends <= 2 * margin))
        return tf.where(turn == 0, tf.stack([inside, whole], axis=1), tf.stack([whole, inside], axis=1))

    def of_each_kernel(pairs):
        """Repeat values for even and odd kernels (batch, 2, ...), such as `counted_masks`: (batch, 84, ...)."""
        return tf.gather(pairs, np.arange(len(KERNELS)) % 2, axis=1)

    def sparse_outputs(taps):
        """Return the outputs (batch, 84, length) of kernels of -1 and 2 from the inputs of the nine taps.

        An output is three times the sum of the taps of weight 2, minus the sum of all nine. The barriers keep XLA from
        computing the taps and their sum again for each kernel.
        """
        taps = xla.optimization_barrier(taps)[0]
        scaled, total = xla.optimization_barrier(3.0 * taps, tf.reduce_sum(taps, 1, keepdims=True))
        first, second, third = (tf.gather(scaled, row, axis=1) for row in POSITIVE_TAPS.T)
        return first + second + third - total

    @tf.function(jit_compile=True, autograph=False)
    def proportions(series, steps, dilations, turns, biases, chosen, used, duration, widest):
        blocks, count = Blocks(series, widest), dilations.shape[0]
        single = blocks.padded(blocks.series)

        def one(number, results):
            dilation = dilations[number]
            if blocks.channels == 1:
                outputs = sparse_outputs(tf.concat(blocks.taps(single, dilation), 1))
            else:
                added = blocks.padded(tf.einsum("kc,bcs->bks", chosen[number], blocks.series))
                taps = enumerate(blocks.taps(added, dilation))
                outputs = sum(KERNELS[:, tap, None] * each for tap, each in taps)
            masks = counted_masks(blocks.positions, steps[:, None], CENTER * dilation, turns[number])
            parts = blocks.split(tf.where(of_each_kernel(masks), outputs, EXCLUDED))
            sums = []
            for bias in range(BIASES):
                threshold = biases[number, bias][None, :, None, None]
                sums.append(blocks.total([tf.cast(part > threshold, tf.int32) for part in parts]))
            if duration:
                longest = tf.constant([[duration]])
                masks = counted_masks(tf.range(duration)[None], longest, CENTER * dilation, turns[number])
            total = tf.reduce_sum(tf.cast(masks, tf.int32), -1)
            total = of_each_kernel(tf.cast(tf.maximum(total, 1), tf.float32))[:, None]
            return number + 1, results.write(number, tf.cast(tf.stack(sums, 1), tf.float32) / total)

        shape = [blocks.batch, BIASES, len(KERNELS)]
        results = tf.TensorArray(tf.float32, size=count, element_shape=shape)
        _, results = tf.while_loop(lambda number, _: number < count, one, [0, results])
        every = tf.reshape(tf.transpose(results.stack(), [1, 0, 2, 3]), [blocks.batch, count * BIASES, len(KERNELS)])
        return tf.reshape(tf.gather(every, used, axis=1), [blocks.batch, -1])

    @tf.function(jit_compile=True, autograph=False)
    def competing(series, steps, dilations, kernels, chosen, duration, widest):
        blocks, groups = Blocks(series, widest), kernels.shape[1]
        changes = tf.pad(blocks.series[:, :, 1:] - blocks.series[:, :, :-1], [[0, 0], [0, 0], [0, 1]])
        forms, count = tf.stack([blocks.series, changes]), 2 * dilations.shape[0]
        own_steps = tf.range(blocks.steps)[None]

        def one(number, results):
            form, dilation = number % 2, dilations[number // 2]
            ends = (steps - form)[:, None]
            values = tf.where((own_steps < ends)[:, None], forms[form], 0.0)
            if blocks.channels == 1:
                taps = tf.concat(blocks.taps(blocks.padded(values), dilation), 1)
                outputs = tf.einsum("kt,bts->bks", tf.reshape(kernels[number], [groups * GROUP, TAPS]), taps)
                outputs = tf.reshape(outputs, [blocks.batch, groups, GROUP, blocks.length])
            else:
                added = blocks.padded(tf.einsum("gc,bcs->bgs", chosen[number], values))
                outputs = tf.einsum("gkt,bgts->bgks", kernels[number], tf.stack(blocks.taps(added, dilation), 2))
            inside = (blocks.positions < ends)[:, None]
            rivals = [outputs[:, :, each] for each in range(GROUP)]
            highest, lowest = rivals[0], rivals[0]
            for each in rivals[1:]:
                highest, lowest = tf.maximum(highest, each), tf.minimum(lowest, each)
            highest = tf.where(inside, highest, -EXCLUDED)[:, :, None]
            lowest = tf.where(inside, lowest, EXCLUDED)[:, :, None]
            outputs, highest, lowest = (blocks.split(each) for each in (outputs, highest, lowest))
            pairs = list(zip(outputs, highest, strict=True))
            soft = blocks.total([tf.where(each == most, tf.nn.relu(each), 0.0) for each, most in pairs])
            pairs = list(zip(outputs, lowest, strict=True))
            hard = blocks.total([tf.cast(each == least, tf.int32) for each, least in pairs])
            total = tf.maximum(duration - form, 1) if duration else tf.maximum(ends, 1)[..., None]
            sums = tf.stack([soft, tf.cast(hard, tf.float32)], 1) / tf.cast(total, tf.float32)[..., None]
            return number + 1, results.write(number, tf.sqrt(sums))

        results = tf.TensorArray(tf.float32, size=count, element_shape=[blocks.batch, 2, groups, GROUP])
        _, results = tf.while_loop(lambda number, _: number < count, one, [0, results])
        return tf.reshape(tf.transpose(results.stack(), [1, 0, 2, 3, 4]), [blocks.batch, -1])

    return proportions, competing
