"""Layers that the models share: convolution, pooling and averaging that honor the end of each series.

A batch of series of unequal numbers of steps is padded with NaN. `SeriesEnd` turns the padding into zeros and a mask,
which Keras hands from layer to layer; every layer here keeps padded steps out of its result, so that a prediction does
not depend on who shares the batch. Backend-neutral: Keras layers and `keras.ops` only.
"""

import keras
from keras import layers, ops

register = keras.saving.register_keras_serializable(package="convpipe")
#: Below every value of a network: what a padded step counts as where a maximum is taken.
LOWEST = -1e30


def filled(inputs, mask, value=0.0):
    """`inputs` (batch, ..., channels) with `value` where `mask` (batch, ...) is False; untouched without a mask."""
    return inputs if mask is None else ops.where(mask[..., None], inputs, ops.cast(value, inputs.dtype))


def window_mask(mask, extent: int, strides: int, padding: str):
    """Which outputs of a sliding window stand inside the series.

    Args:
        mask: (batch, steps) bool, or None.
        extent: steps that the window covers, dilation included.
        strides: steps from one window to the next.
        padding: "same" and "causal" have an output for each stride that starts inside the series; "valid" only where
            the whole window lies inside it.
    """
    if mask is None:
        return None
    return mask[:, extent - 1 :: strides] if padding == "valid" else mask[:, ::strides]


def same_padding(extent: int) -> tuple[int, int]:
    """Steps put before and after a series so that stride one keeps their number.

    Keras' own "same" puts a number before the series that depends on its number of steps once the stride exceeds one;
    this one does not, so a series gives the same output in any padded batch.
    """
    return (extent - 1) // 2, extent - 1 - (extent - 1) // 2


def without_nan(inputs):
    """`inputs` with zeros where they are NaN."""
    return ops.where(ops.isnan(inputs), ops.cast(0, inputs.dtype), inputs)


@register
class SeriesEnd(layers.Layer):
    """NaN steps at the end of a series become zeros, and a mask that says so.

    Input and output: (batch, steps, channels) floating; the mask is (batch, steps) bool.
    """

    def call(self, inputs):
        return without_nan(inputs)

    def compute_mask(self, inputs, previous_mask=None):
        return ops.logical_not(ops.all(ops.isnan(inputs), axis=-1))


@register
class FixedSteps(layers.Layer):
    """Series of at most `steps` steps, zeros after their end, flat: for networks that look at all steps at once.

    Input: (batch, steps or fewer, channels), NaN after a series' end. Output: (batch, steps * channels).
    """

    def __init__(self, steps: int, **kwargs):
        super().__init__(**kwargs)
        self.steps = steps

    def call(self, inputs):
        missing = self.steps - ops.shape(inputs)[1]
        padded = ops.pad(without_nan(inputs), [[0, 0], [0, missing], [0, 0]])
        return ops.reshape(padded, (-1, self.steps * inputs.shape[-1]))

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.steps * input_shape[-1])


def most_steps(network) -> int | None:
    """The most steps that `network` takes, None where any number will do."""
    return next((layer.steps for layer in network.layers if isinstance(layer, FixedSteps)), None)


class _SlidingWindow:
    """What a convolution adds to its Keras layer: padded steps are zero before it and masked after it."""

    dilation_rate: tuple[int, ...]
    kernel_size: tuple[int, ...]
    padding: str

    @property
    def extent(self) -> int:
        """Steps that the kernel covers, dilation included."""
        return self.dilation_rate[0] * (self.kernel_size[0] - 1) + 1

    @property
    def pads(self) -> tuple[tuple[int, int]] | None:
        """Steps put (before, after) a series by "same" padding, for the arithmetic of costs."""
        return (same_padding(self.extent),) if self.padding == "same" else None

    def call(self, inputs, mask=None):
        return super().call(filled(inputs, mask))

    def compute_mask(self, inputs, previous_mask=None):
        return window_mask(previous_mask, self.extent, self.strides[0], self.padding)


@register
class Conv1D(_SlidingWindow, layers.Conv1D):
    """Conv1D that keeps padded steps out, with a "same" padding that does not depend on the number of steps.

    Arguments as in `keras.layers.Conv1D`; (batch, steps, channels) in, (batch, outputs, filters) out.
    """

    def call(self, inputs, mask=None):
        if self.padding != "same" or self.strides[0] == 1:
            return super().call(inputs, mask)
        inputs = ops.pad(filled(inputs, mask), [[0, 0], list(same_padding(self.extent)), [0, 0]])
        outputs = ops.conv(inputs, self.kernel, self.strides, "valid", dilation_rate=self.dilation_rate)
        return self.activation(outputs + self.bias if self.use_bias else outputs)


@register
class SeparableConv1D(_SlidingWindow, layers.SeparableConv1D):
    """Depthwise then pointwise convolution of stride one that keeps padded steps out; arguments as in Keras."""


@register
class MaxPooling1D(layers.MaxPooling1D):
    """Maximum over a sliding window in which padded steps never win.

    Arguments as in `keras.layers.MaxPooling1D`; "same" has an output for each stride that starts inside the series,
    and as many steps before it however long it is. (batch, steps, channels) in, (batch, outputs, channels) out.
    """

    @property
    def pads(self) -> tuple[tuple[int, int]] | None:
        """Steps put (before, after) a series by "same" padding, for the arithmetic of costs."""
        return (same_padding(self.pool_size[0]),) if self.padding == "same" else None

    def call(self, inputs, mask=None):
        inputs = filled(inputs, mask, LOWEST)
        if self.padding != "same" or self.strides[0] == 1:
            return super().call(inputs)
        pads = [[0, 0], list(same_padding(self.pool_size[0])), [0, 0]]
        return ops.max_pool(ops.pad(inputs, pads, constant_values=LOWEST), self.pool_size, self.strides, "valid")

    def compute_mask(self, inputs, previous_mask=None):
        return window_mask(previous_mask, self.pool_size[0], self.strides[0], self.padding)


class MaskEnds(layers.Layer):
    """A layer that takes the mask of its input and hands none on."""

    def compute_mask(self, inputs, previous_mask=None):
        return None


@register
class GlobalMaximum(MaskEnds):
    """The largest value of each channel over the steps of a series; padded steps never win.

    Input: (batch, steps, channels). Output: (batch, channels); zero for a series without a step.
    """

    def call(self, inputs, mask=None):
        largest = ops.max(filled(inputs, mask, LOWEST), axis=1)
        return largest if mask is None else filled(largest, ops.any(mask, axis=1))


@register
class SegmentAverage(MaskEnds):
    """Mean over each of a number of equal parts of the series; one part is the global average.

    Args:
        segments: parts; a step belongs to the part in which its center lies, by the series' own number of steps.

    Input: (batch, steps, channels). Output: (batch, segments * channels), part after part. A part that holds no step
    (a series of fewer steps than parts) is zero.
    """

    def __init__(self, segments: int = 1, **kwargs):
        super().__init__(**kwargs)
        self.segments = segments

    def call(self, inputs, mask=None):
        if self.segments == 1 and mask is None:
            return ops.mean(inputs, axis=1)
        steps = ops.shape(inputs)[1]
        # In single precision: processors without instructions for half precision add up a thousand steps badly.
        values = ops.cast(filled(inputs, mask), "float32")
        inside = ops.ones_like(values[..., 0]) if mask is None else ops.cast(mask, "float32")
        count = ops.sum(inside, axis=1, keepdims=True)
        position = (ops.arange(steps, dtype="float32")[None, :] + 0.5) / ops.maximum(count, 1.0)
        parts = ops.cast(ops.floor(position * self.segments), "int32")
        # Not ops.one_hot, which PyTorch refuses for the parts of padded steps.
        weights = ops.cast(ops.equal(parts[..., None], ops.arange(self.segments)), "float32") * inside[..., None]
        total = ops.einsum("bts,btc->bsc", weights, values)
        share = total / ops.maximum(ops.sum(weights, axis=1), 1)[..., None]
        return ops.cast(ops.reshape(share, (-1, self.segments * inputs.shape[-1])), inputs.dtype)


@register
class LastStep(MaskEnds):
    """The features of the last step of each series: (batch, steps, channels) in, (batch, channels) out."""

    def call(self, inputs, mask=None):
        if mask is None:
            return inputs[:, -1]
        last = ops.sum(ops.cast(mask, "int32"), axis=1) - 1
        return ops.take_along_axis(inputs, ops.maximum(last, 0)[:, None, None], axis=1)[:, 0]
