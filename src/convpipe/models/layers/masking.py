"""Layers with masking: convolution, pooling and averaging that ignore padded steps.

A batch of series of unequal length is padded with NaN. `SeriesEnd` replaces the padding by zeros and a mask, which
Keras passes from layer to layer. All layers here ignore padded steps, so a prediction does not depend on the other
samples of the batch. They use Keras layers and `keras.ops` only, and run on every backend.
"""

import keras
from keras import layers, ops

register = keras.saving.register_keras_serializable(package="convpipe")
#: Value of padded steps for a maximum, below every value of a network.
LOWEST = -1e30


def filled(inputs, mask, value=0.0):
    """Set `inputs` (batch, ..., channels) to `value` where `mask` (batch, ...) is False; None changes nothing."""
    return inputs if mask is None else ops.where(mask[..., None], inputs, ops.cast(value, inputs.dtype))


def window_mask(mask, extent: int, strides: int, padding: str):
    """Return the mask of the outputs of a sliding window that belong to the series.

    Args:
        mask: (batch, steps) bool, or None.
        extent: steps that the window covers, including dilation.
        strides: steps from one window to the next.
        padding: with "same" and "causal", an output belongs to the series if its stride starts inside it; with "valid",
            if its whole window is inside it.
    """
    if mask is None:
        return None
    return mask[:, extent - 1 :: strides] if padding == "valid" else mask[:, ::strides]


def same_padding(extent: int) -> tuple[int, int]:
    """Return the steps (before, after) with which a window of `extent` steps and stride one keeps the number of steps.

    With larger strides, the "same" padding of Keras before a series depends on its number of steps; this one does not,
    so a series gives the same output in any padded batch.
    """
    return (extent - 1) // 2, extent - 1 - (extent - 1) // 2


def without_nan(inputs):
    """Replace NaN by zero."""
    return ops.where(ops.isnan(inputs), ops.cast(0, inputs.dtype), inputs)


@register
class SeriesEnd(layers.Layer):
    """Replaces NaN steps at the end of a series by zeros, and masks them.

    Input and output: (batch, steps, channels) floating; the mask is (batch, steps) bool.
    """

    def call(self, inputs):
        return without_nan(inputs)

    def compute_mask(self, inputs, previous_mask=None):
        return ops.logical_not(ops.all(ops.isnan(inputs), axis=-1))


@register
class FixedSteps(layers.Layer):
    """Pads series with zeros to `steps` steps and flattens them, for networks over all steps at once.

    Input: (batch, steps or fewer, channels), NaN after the end of a series. Output: (batch, steps * channels).
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
    """Return the most steps that `network` takes, or None if it takes any number."""
    return next((layer.steps for layer in network.layers if isinstance(layer, FixedSteps)), None)


class _SlidingWindow:
    """Mixin for a Keras convolution: padded steps are zero before it and masked after it."""

    dilation_rate: tuple[int, ...]
    kernel_size: tuple[int, ...]
    padding: str

    @property
    def extent(self) -> int:
        """Steps that the kernel covers, including dilation."""
        return self.dilation_rate[0] * (self.kernel_size[0] - 1) + 1

    @property
    def pads(self) -> tuple[tuple[int, int]] | None:
        """Steps (before, after) of "same" padding, for the arithmetic of costs."""
        return (same_padding(self.extent),) if self.padding == "same" else None

    def call(self, inputs, mask=None):
        return super().call(filled(inputs, mask))

    def compute_mask(self, inputs, previous_mask=None):
        return window_mask(previous_mask, self.extent, self.strides[0], self.padding)


@register
class Conv1D(_SlidingWindow, layers.Conv1D):
    """Conv1D that ignores padded steps, with a "same" padding that does not depend on the number of steps.

    Arguments are those of `keras.layers.Conv1D`. Input: (batch, steps, channels). Output: (batch, outputs, filters).
    """

    def call(self, inputs, mask=None):
        if self.padding != "same" or self.strides[0] == 1:
            return super().call(inputs, mask)
        inputs = ops.pad(filled(inputs, mask), [[0, 0], list(same_padding(self.extent)), [0, 0]])
        outputs = ops.conv(inputs, self.kernel, self.strides, "valid", dilation_rate=self.dilation_rate)
        return self.activation(outputs + self.bias if self.use_bias else outputs)


@register
class SeparableConv1D(_SlidingWindow, layers.SeparableConv1D):
    """Depthwise, then pointwise convolution of stride one that ignores padded steps; arguments as in Keras."""


@register
class MaxPooling1D(layers.MaxPooling1D):
    """Max pooling that ignores padded steps.

    Arguments are those of `keras.layers.MaxPooling1D`. "same" has an output for each stride that starts inside the
    series; its padding before the series does not depend on the number of steps. Input: (batch, steps, channels).
    Output: (batch, outputs, channels).
    """

    @property
    def pads(self) -> tuple[tuple[int, int]] | None:
        """Steps (before, after) of "same" padding, for the arithmetic of costs."""
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
    """A layer that uses the mask of its input and does not pass it on."""

    def compute_mask(self, inputs, previous_mask=None):
        return None


@register
class GlobalMaximum(MaskEnds):
    """Global max pooling that ignores padded steps.

    Input: (batch, steps, channels). Output: (batch, channels); zero for a series without steps.
    """

    def call(self, inputs, mask=None):
        largest = ops.max(filled(inputs, mask, LOWEST), axis=1)
        return largest if mask is None else filled(largest, ops.any(mask, axis=1))


@register
class SegmentAverage(MaskEnds):
    """Average over each of several equal parts of a series; one part is global average pooling.

    Args:
        segments: number of parts. A step belongs to the part that contains its center; parts divide the steps of the
            series without padding.

    Input: (batch, steps, channels). Output: (batch, segments * channels), one part after the other. A part without
    steps (of a series with fewer steps than parts) is zero.
    """

    def __init__(self, segments: int = 1, **kwargs):
        super().__init__(**kwargs)
        self.segments = segments

    def call(self, inputs, mask=None):
        if self.segments == 1 and mask is None:
            return ops.mean(inputs, axis=1)
        steps = ops.shape(inputs)[1]
        # In single precision: CPUs without half-precision instructions add a thousand steps inaccurately.
        values = ops.cast(filled(inputs, mask), "float32")
        inside = ops.ones_like(values[..., 0]) if mask is None else ops.cast(mask, "float32")
        count = ops.sum(inside, axis=1, keepdims=True)
        position = (ops.arange(steps, dtype="float32")[None, :] + 0.5) / ops.maximum(count, 1.0)
        parts = ops.cast(ops.floor(position * self.segments), "int32")
        # Not ops.one_hot, which raises on PyTorch for the parts of padded steps.
        weights = ops.cast(ops.equal(parts[..., None], ops.arange(self.segments)), "float32") * inside[..., None]
        total = ops.einsum("bts,btc->bsc", weights, values)
        share = total / ops.maximum(ops.sum(weights, axis=1), 1)[..., None]
        return ops.cast(ops.reshape(share, (-1, self.segments * inputs.shape[-1])), inputs.dtype)


@register
class LastStep(MaskEnds):
    """The features of the last step of each series: (batch, steps, channels) to (batch, channels)."""

    def call(self, inputs, mask=None):
        if mask is None:
            return inputs[:, -1]
        last = ops.sum(ops.cast(mask, "int32"), axis=1) - 1
        return ops.take_along_axis(inputs, ops.maximum(last, 0)[:, None, None], axis=1)[:, 0]
