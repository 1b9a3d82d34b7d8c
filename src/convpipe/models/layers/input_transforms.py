"""Input transforms: layers before a network that show samples along other axes than they have.

A row of an image may be taken as a step of a series, a series as an image, the middle of a volume for the whole of it.
The setting `model.input_transform` of `cnn1d` and `cnn2d` names a row of `models.TRANSFORMS`; comparisons of Conv1D,
Conv2D and Conv3D use them.
"""

from pkgutil import resolve_name

import keras
from keras import layers, ops

from convpipe.errors import ConfigError
from convpipe.input_spec import InputSpec
from convpipe.models import TRANSFORMS
from convpipe.models.layers.masking import MaskEnds, register, same_padding
from convpipe.models.layers.spectrogram import LogMel, fourier_kernels, spectral_power

#: The spectrogram of a series: power below which differences fade, for series of variance one.
EPSILON = 1e-2


class _Transform(layers.Layer):
    """A layer that only rearranges its input; positions are counted from its output on."""

    starts_anew = True

    @classmethod
    def for_spec(cls, spec: InputSpec) -> layers.Layer:
        """The layer for samples of `spec`."""
        return cls(name=spec.transform)


@register
class AsImage(MaskEnds, _Transform):
    """Steps down, channels across: (batch, steps, channels) in, (batch, steps, channels, 1) out, without a mask."""

    def call(self, inputs):
        return inputs[..., None]


@register
class HeightOne(_Transform):
    """An image of one row: (batch, steps, channels) in, (batch, 1, steps, channels) out."""

    def call(self, inputs):
        return inputs[:, None]


@register
class Rows(_Transform):
    """Each row a step, its pixels the channels: (batch, height, width, channels) in, (batch, height, width * channels)
    out."""

    def call(self, inputs):
        height, width, channels = inputs.shape[1:]
        return ops.reshape(inputs, (-1, height, width * channels))


@register
class MiddleSlice(_Transform):
    """The slice at half the depth: (batch, depth, height, width, channels) in, (batch, height, width, channels) out."""

    def call(self, inputs):
        return inputs[:, inputs.shape[1] // 2]


@register
class MiddleLine(_Transform):
    """The line at half the depth and half the height: (batch, depth, height, width, channels) in, (batch, width,
    channels) out."""

    def call(self, inputs):
        return inputs[:, inputs.shape[1] // 2, inputs.shape[2] // 2]


@register
class LogSpectrogram(_Transform):
    """The spectrogram of each channel: log(1 + power / epsilon) of frames under a Hann window; nothing is trained.

    Only how strong a frequency is remains, not its phase: a series and its negative look the same. The transform is
    that of `spectrogram.LogMel`, without bands: all frequencies of a frame, from zero to half the sampling rate.
    Keras' STFTSpectrogram gives the same numbers up to rounding, but takes longer and stores its kernels as weights.

    Args:
        frame_length: steps of a frame.
        hop_length: steps from one frame to the next.

    Input: (batch, steps, channels). Output: (batch, frames, frame // 2 + 1, channels) float32, where frames is
    (steps - frame) // hop + 1.
    """

    def __init__(self, frame_length: int, hop_length: int, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})
        self.frame_length, self.hop_length = frame_length, hop_length
        self.waves = fourier_kernels(frame_length)

    @classmethod
    def for_spec(cls, spec: InputSpec) -> layers.Layer:
        """For series a frame of a power of two, at most an eighth of their steps (but at least four), and a hop of a
        quarter of it; for sound its log-mel spectrogram."""
        if spec.spectrogram:
            return LogMel.of(spec.spectrogram, name="log_mel")
        frame_length = 4
        while 2 * frame_length <= spec.steps // 8:
            frame_length *= 2
        return cls(frame_length, frame_length // 4, name="log_spectrogram")

    def call(self, inputs):
        steps, channels = ops.shape(inputs)[1], inputs.shape[-1]
        alone = ops.reshape(ops.transpose(inputs, (0, 2, 1)), (-1, steps, 1))
        power = ops.log1p(spectral_power(alone, self.waves, self.hop_length) / EPSILON)
        frames, bands = ops.shape(power)[1], self.frame_length // 2 + 1
        return ops.transpose(ops.reshape(power, (-1, channels, frames, bands)), (0, 2, 3, 1))

    def compute_output_shape(self, input_shape):
        batch, steps, channels = input_shape
        if steps is not None and steps < self.frame_length:
            message = f"a frame of the spectrogram has {self.frame_length} steps, but a series only {steps}"
            key, remedy = "model.input_transform", "take longer series, or set model.input_transform=null"
            raise ConfigError(message, key=key, value="spectrogram", remedy=remedy)
        frames = None if steps is None else (steps - self.frame_length) // self.hop_length + 1
        return (batch, frames, self.frame_length // 2 + 1, channels)

    def multiply_adds(self, shape: tuple[int, ...]) -> int:
        """Of one sample (steps, channels)."""
        _, frames, _, channels = self.compute_output_shape((None, *shape))
        return frames * channels * self.waves.size


@register
class OneColumn(layers.Layer):
    """Takes away the axis that a kernel of full width left one wide, and gives back the mask of the vectors.

    Input: outputs (batch, steps, 1, filters) and the vectors (batch, steps, channels) that they were made of. Output:
    (batch, steps, filters) with the mask of the vectors.
    """

    def call(self, inputs):
        return ops.squeeze(inputs[0], axis=2)

    def compute_mask(self, inputs, previous_mask=None):
        return previous_mask[1] if previous_mask else None


def transformed_input(spec: InputSpec, transform: str):
    """The input of a network for samples of `spec`, and the output of an input transform, a row of `TRANSFORMS`.

    Raises:
        ConfigError: series that differ in their steps; only layers for series can mask their padding.
    """
    if spec.masked:
        key, remedy = "model.input_transform", "cut them with window.seconds=..., or set model.input_transform=null"
        raise ConfigError(f"{key}={transform} takes series of equal steps", key=key, value=transform, remedy=remedy)
    series = len(spec.sizes) == 1 and not spec.spectrogram
    inputs = keras.Input((*((None,) if series else spec.sizes), spec.channels), name="samples")
    return inputs, resolve_name(TRANSFORMS[transform].layer).for_spec(spec)(inputs)


def kernel_size_for(spec: InputSpec, size: int) -> int | tuple[int, int]:
    """The kernel size along each axis: `size`, but one high where a series is a single row."""
    return (1, size) if spec.transform == "height_one" else size


def pool_size_for(spec: InputSpec, size: int, shape: tuple[int | None, ...]) -> tuple[int, ...]:
    """The pool size for outputs of `shape` (batch, positions..., channels).

    After an input transform it is at most the number of positions: a series may have many steps but few channels.

    >>> spec = InputSpec((100,), 3, 2, transform="as_image")
    >>> pool_size_for(spec, 4, (None, None, 3, 16)), pool_size_for(InputSpec((8, 3), 1, 2), 4, (None, 8, 3, 16))
    ((4, 3), (4, 4))
    """
    return tuple(size if spec.transform is None or known is None else min(size, known) for known in shape[1:-1])


@register
class FullWidthConv2D(layers.Conv2D):
    """A Conv2D with "valid" padding whose kernel is as wide as its input, which has one channel: computed with the
    columns as channels.

    Kernel (kernel_size, width, 1, filters) and outputs are those of Keras' Conv2D. Where the kernel spans the width, it
    has one position along it, so each column may as well be a channel of an image one column wide. Processors compute
    the gradient of many channels in a few large products, and that of a single channel value by value: on one core it
    took 80 times as long.

    Input: (batch, steps, width, 1). Output: (batch, steps - kernel_size + 1, 1, filters).
    """

    def call(self, inputs):
        columns, kernel = ops.swapaxes(inputs, 2, 3), ops.swapaxes(self.kernel, 1, 2)
        outputs = ops.conv(columns, kernel, padding="valid", data_format="channels_last")
        return self.activation(outputs + self.bias if self.use_bias else outputs)


def full_width(vectors, filters: int, kernel_size: int, name: str):
    """A Conv2D whose kernel is as wide as a vector, and so moves along the tokens alone: what Conv1D does, written in
    two dimensions.

    Args:
        vectors: (batch, steps, channels), zero at padded steps.
        filters, kernel_size: as of the Conv1D.
        name: of the convolution.

    Returns:
        (batch, steps, filters) after ReLU, with the mask of `vectors`.
    """
    outputs = AsImage(name=f"{name}_as_image")(vectors)
    outputs = layers.ZeroPadding2D((same_padding(kernel_size), (0, 0)), name=f"{name}_padding")(outputs)
    outputs = FullWidthConv2D(filters, (kernel_size, vectors.shape[-1]), activation="relu", name=name)(outputs)
    return OneColumn(name=f"{name}_column")([outputs, vectors])
