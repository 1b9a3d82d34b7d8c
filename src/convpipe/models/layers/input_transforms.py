"""Input transforms: layers before a network that change the number of axes of samples.

They treat the rows of an image as the steps of a series, a series as an image, or the middle of a volume as the whole.
The setting `model.input_transform` of `cnn1d` and `cnn2d` names an entry of `models.TRANSFORMS`. Comparisons of Conv1D,
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

#: Power below which the spectrogram of a series hardly differs, for series of variance one.
EPSILON = 1e-2


class _Transform(layers.Layer):
    """Base class of input transforms; positions of receptive fields are counted from its output."""

    starts_anew = True

    @classmethod
    def for_spec(cls, spec: InputSpec) -> layers.Layer:
        """Return the layer for samples of `spec`."""
        return cls(name=spec.transform)


@register
class AsImage(MaskEnds, _Transform):
    """A series as an image: (batch, steps, channels) to (batch, steps, channels, 1), without a mask."""

    def call(self, inputs):
        return inputs[..., None]


@register
class HeightOne(_Transform):
    """A series as an image of one row: (batch, steps, channels) to (batch, 1, steps, channels)."""

    def call(self, inputs):
        return inputs[:, None]


@register
class Rows(_Transform):
    """An image as a series; each row is a step and its pixels are channels.

    Input: (batch, height, width, channels). Output: (batch, height, width * channels).
    """

    def call(self, inputs):
        height, width, channels = inputs.shape[1:]
        return ops.reshape(inputs, (-1, height, width * channels))


@register
class MiddleSlice(_Transform):
    """The slice at half the depth: (batch, depth, height, width, channels) to (batch, height, width, channels)."""

    def call(self, inputs):
        return inputs[:, inputs.shape[1] // 2]


@register
class MiddleLine(_Transform):
    """The line at half the depth and half the height.

    Input: (batch, depth, height, width, channels). Output: (batch, width, channels).
    """

    def call(self, inputs):
        return inputs[:, inputs.shape[1] // 2, inputs.shape[2] // 2]


@register
class LogSpectrogram(_Transform):
    """The spectrogram of each channel: log(1 + power / epsilon) of frames with a Hann window; nothing is trained.

    The power of a frequency is kept, but not its phase: a series and its negative give the same result. The transform
    is that of `spectrogram.LogMel`, without bands: all frequencies of a frame, from zero to half the sampling rate.
    Keras' STFTSpectrogram gives the same numbers up to rounding, but takes longer and stores its kernels as weights.

    Args:
        frame_length: steps of a frame.
        hop_length: steps from one frame to the next.

    Input: (batch, steps, channels). Output: (batch, frames, frame_length // 2 + 1, channels) float32, where frames is
    (steps - frame_length) // hop_length + 1.
    """

    def __init__(self, frame_length: int, hop_length: int, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})
        self.frame_length, self.hop_length = frame_length, hop_length
        self.waves = fourier_kernels(frame_length)

    @classmethod
    def for_spec(cls, spec: InputSpec) -> layers.Layer:
        """Return the layer for samples of `spec`, the log-mel spectrogram for sound.

        For series, the frame length is a power of two, at most an eighth of the steps but at least four; the hop length
        is a quarter of it.
        """
        if spec.spectrogram:
            return LogMel.of(spec.spectrogram, name="log_mel")
        frame_length = 4
        while 2 * frame_length <= spec.steps // 8:
            frame_length *= 2
        return cls(frame_length, frame_length // 4, name="log_spectrogram")

    def call(self, inputs):
        steps, channels = ops.shape(inputs)[1], inputs.shape[-1]
        single = ops.reshape(ops.transpose(inputs, (0, 2, 1)), (-1, steps, 1))
        power = ops.log1p(spectral_power(single, self.waves, self.hop_length) / EPSILON)
        frames, bands = ops.shape(power)[1], self.frame_length // 2 + 1
        return ops.transpose(ops.reshape(power, (-1, channels, frames, bands)), (0, 2, 3, 1))

    def compute_output_shape(self, input_shape):
        batch, steps, channels = input_shape
        if steps is not None and steps < self.frame_length:
            message = f"a frame of the spectrogram has {self.frame_length} steps, but the series has only {steps}"
            key, remedy = "model.input_transform", "use longer series, or set model.input_transform=null"
            raise ConfigError(message, key=key, value="spectrogram", remedy=remedy)
        frames = None if steps is None else (steps - self.frame_length) // self.hop_length + 1
        return (batch, frames, self.frame_length // 2 + 1, channels)

    def multiply_adds(self, shape: tuple[int, ...]) -> int:
        """Multiply-adds for one sample of `shape` (steps, channels)."""
        _, frames, _, channels = self.compute_output_shape((None, *shape))
        return frames * channels * self.waves.size


@register
class OneColumn(layers.Layer):
    """Removes the axis of size one after a kernel of full width, and restores the mask of the vectors.

    Input: outputs (batch, steps, 1, filters) and the vectors (batch, steps, channels) from which they were computed.
    Output: (batch, steps, filters) with the mask of the vectors.
    """

    def call(self, inputs):
        return ops.squeeze(inputs[0], axis=2)

    def compute_mask(self, inputs, previous_mask=None):
        return previous_mask[1] if previous_mask else None


def transformed_input(spec: InputSpec, transform: str):
    """Return the input of a network for samples of `spec`, and the output of `transform`, a key of `TRANSFORMS`.

    Raises:
        ConfigError: the series differ in length; only layers for series can mask their padding.
    """
    if spec.masked:
        key, remedy = "model.input_transform", "cut them with window.seconds=..., or set model.input_transform=null"
        raise ConfigError(f"{key}={transform} takes series of equal length", key=key, value=transform, remedy=remedy)
    series = len(spec.sizes) == 1 and not spec.spectrogram
    inputs = keras.Input((*((None,) if series else spec.sizes), spec.channels), name="samples")
    return inputs, resolve_name(TRANSFORMS[transform].layer).for_spec(spec)(inputs)


def kernel_size_for(spec: InputSpec, size: int) -> int | tuple[int, int]:
    """Return the kernel size along each axis: `size`, but a height of one for an image of one row."""
    return (1, size) if spec.transform == "height_one" else size


def pool_size_for(spec: InputSpec, size: int, shape: tuple[int | None, ...]) -> tuple[int, ...]:
    """Return the pool size for outputs of `shape` (batch, positions..., channels).

    After an input transform it is limited to the number of positions: a series may have many steps but few channels.

    >>> spec = InputSpec((100,), 3, 2, transform="as_image")
    >>> pool_size_for(spec, 4, (None, None, 3, 16)), pool_size_for(InputSpec((8, 3), 1, 2), 4, (None, 8, 3, 16))
    ((4, 3), (4, 4))
    """
    return tuple(size if spec.transform is None or length is None else min(size, length) for length in shape[1:-1])


@register
class FullWidthConv2D(layers.Conv2D):
    """A Conv2D with "valid" padding, whose kernel is as wide as its input of one channel, computed with the columns as
    channels.

    Kernel (kernel_size, width, 1, filters) and outputs are those of Keras' Conv2D. A kernel that spans the width has a
    single position along it, so each column can be a channel of an image that is one column wide. CPUs compute the
    gradient of many channels in a few large products, but that of a single channel value by value, which took 80 times
    as long on one core.

    Input: (batch, steps, width, 1). Output: (batch, steps - kernel_size + 1, 1, filters).
    """

    def call(self, inputs):
        columns, kernel = ops.swapaxes(inputs, 2, 3), ops.swapaxes(self.kernel, 1, 2)
        outputs = ops.conv(columns, kernel, padding="valid", data_format="channels_last")
        return self.activation(outputs + self.bias if self.use_bias else outputs)


def full_width(vectors, filters: int, kernel_size: int, name: str):
    """Apply a Conv2D whose kernel is as wide as a vector and moves only along the tokens: equivalent to a Conv1D.

    Args:
        vectors: (batch, steps, channels), zero at padded steps.
        filters, kernel_size: those of the Conv1D.
        name: name of the convolution.

    Returns:
        (batch, steps, filters) after ReLU, with the mask of `vectors`.
    """
    outputs = AsImage(name=f"{name}_as_image")(vectors)
    outputs = layers.ZeroPadding2D((same_padding(kernel_size), (0, 0)), name=f"{name}_padding")(outputs)
    outputs = FullWidthConv2D(filters, (kernel_size, vectors.shape[-1]), activation="relu", name=name)(outputs)
    return OneColumn(name=f"{name}_column")([outputs, vectors])
