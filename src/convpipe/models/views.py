"""Views: what a sample looks like to a kernel that moves along other axes than the sample has.

A row of a picture may be taken as a step of a series, a series as a picture, the middle of a volume for the whole of
it. A view stands at the entry of an ordinary network (`model.view=...`), which then has the layers of its own kind.
"""

import keras
from keras import layers, ops

from convpipe.errors import ConfigError
from convpipe.models import Shape
from convpipe.models.blocks import register, same_padding
from convpipe.models.spectrogram import LogMel, fourier_kernels

#: The spectrogram of a series: power below which differences fade, for series of variance one.
EPSILON = 1e-2


class _View(layers.Layer):
    """A layer that only shows its input in another way; positions are counted from here on."""

    starts_anew = True

    def multiply_adds(self, shape: tuple[int, ...]) -> int:
        """Of one sample: a view multiplies nothing."""
        return 0


@register
class AsImage(_View):
    """Steps down, channels across: (batch, steps, channels) in, (batch, steps, channels, 1) out, without a mask."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, inputs):
        return inputs[..., None]

    def compute_mask(self, inputs, previous_mask=None):
        return None


@register
class HeightOne(_View):
    """A picture of one row: (batch, steps, channels) in, (batch, 1, steps, channels) out."""

    def call(self, inputs):
        return inputs[:, None]


@register
class Rows(_View):
    """Each row a step, its pixels the channels: (batch, height, width, channels) in, (batch, height, width * channels)
    out."""

    def call(self, inputs):
        height, width, channels = inputs.shape[1:]
        return ops.reshape(inputs, (-1, height, width * channels))


@register
class MiddleSlice(_View):
    """The slice at half the depth: (batch, depth, height, width, channels) in, (batch, height, width, channels) out."""

    def call(self, inputs):
        return inputs[:, inputs.shape[1] // 2]


@register
class MiddleLine(_View):
    """The line at half the depth and half the height: (batch, depth, height, width, channels) in, (batch, width,
    channels) out."""

    def call(self, inputs):
        return inputs[:, inputs.shape[1] // 2, inputs.shape[2] // 2]


@register
class LogSpectrogram(_View):
    """The spectrogram of each channel: log(1 + power / epsilon) of frames under a Hann window; nothing is trained.

    Only how strong a frequency is remains, not its phase: a series and its negative look the same. The transform is
    that of `spectrogram.LogMel`, without bands: all frequencies of a frame, from zero to half the sampling rate.

    Args:
        frame: steps of a frame.
        hop: steps from one frame to the next.

    Input: (batch, steps, channels). Output: (batch, frames, frame // 2 + 1, channels) float32, where frames is
    (steps - frame) // hop + 1.
    """

    def __init__(self, frame: int, hop: int, dtype="float32", **kwargs):
        super().__init__(dtype=dtype, **kwargs)
        self.frame, self.hop = int(frame), int(hop)
        self.waves = fourier_kernels(self.frame)

    @classmethod
    def of(cls, steps: int, name: str | None = None) -> "LogSpectrogram":
        """For series of at most `steps` steps: a frame is a power of two, at most an eighth of them (but four); a hop
        is a quarter of it."""
        frame = 4
        while 2 * frame <= steps // 8:
            frame *= 2
        return cls(frame, frame // 4, name=name)

    def call(self, inputs):
        steps, channels = ops.shape(inputs)[1], inputs.shape[-1]
        alone = ops.reshape(ops.transpose(inputs, (0, 2, 1)), (-1, steps, 1))
        cosine, sine = ops.split(ops.conv(alone, ops.convert_to_tensor(self.waves), self.hop, "valid"), 2, axis=-1)
        power = ops.log1p((ops.square(cosine) + ops.square(sine)) / EPSILON)
        frames, bands = ops.shape(power)[1], self.frame // 2 + 1
        return ops.transpose(ops.reshape(power, (-1, channels, frames, bands)), (0, 2, 3, 1))

    def compute_output_shape(self, input_shape):
        batch, steps, channels = input_shape
        if steps is not None and steps < self.frame:
            raise ConfigError(f"a spectrogram's frame of {self.frame} steps in series of {steps}; take longer ones")
        frames = None if steps is None else (steps - self.frame) // self.hop + 1
        return (batch, frames, self.frame // 2 + 1, channels)

    def multiply_adds(self, shape: tuple[int, ...]) -> int:
        """Of one sample (steps, channels)."""
        _, frames, _, channels = self.compute_output_shape((None, *shape))
        return frames * channels * self.waves.size

    def get_config(self):
        return {**super().get_config(), "frame": self.frame, "hop": self.hop}


@register
class OneColumn(layers.Layer):
    """Takes away the axis that a kernel of full width left one wide, and gives back the mask of the vectors.

    Input: outputs (batch, steps, 1, filters) and the vectors (batch, steps, channels) that they were made of. Output:
    (batch, steps, filters) with the mask of the vectors.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, inputs):
        return ops.squeeze(inputs[0], axis=2)

    def compute_mask(self, inputs, previous_mask=None):
        return previous_mask[1] if previous_mask else None

    def compute_output_shape(self, input_shape):
        outputs, _ = input_shape
        return (*outputs[:2], outputs[-1])


#: view -> its layer for samples of a shape; "full_width" is a way to convolve and no layer at the entry.
LAYER_OF = {
    "as_image": lambda shape: AsImage(name="as_image"),
    "height_one": lambda shape: HeightOne(name="height_one"),
    "spectrogram": lambda shape: (
        LogMel.of(shape.spectrogram, name="log_mel")
        if shape.spectrogram
        else LogSpectrogram.of(shape.steps, name="log_spectrogram")
    ),
    "rows": lambda shape: Rows(name="rows"),
    "middle_slice": lambda shape: MiddleSlice(name="middle_slice"),
    "middle_line": lambda shape: MiddleLine(name="middle_line"),
}


def enter_viewed(shape: Shape, view: str):
    """The input of a network for samples of `shape`, and what `view` shows of them.

    Raises:
        ConfigError: series that differ in their steps, whose padding only layers for series keep out.
    """
    if shape.masked:
        raise ConfigError(
            f"model.view={view} takes series of equal steps; cut them with window.seconds, or leave it out"
        )
    series = len(shape.sizes) == 1 and not shape.spectrogram
    inputs = keras.Input((*((None,) if series else shape.sizes), shape.channels), name="samples")
    return inputs, LAYER_OF[view](shape)(inputs)


def kernel_of(view: str | None, size: int) -> int | tuple[int, int]:
    """The kernel: as large along every axis, but one high where a series stands in a single row."""
    return (1, size) if view == "height_one" else size


def pool_of(view: str | None, size: int, shape: tuple[int | None, ...]) -> tuple[int, ...]:
    """What is pooled of outputs of `shape` (batch, positions..., channels). Behind a view no more than there is: steps
    may be many where channels, bands or a slice are few.

    >>> pool_of("as_image", 4, (None, None, 3, 16)), pool_of(None, 4, (None, 8, 3, 16))
    ((4, 3), (4, 4))
    """
    sizes = shape[1:-1]
    return tuple(size if view is None or known is None else min(size, known) for known in sizes)


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
    outputs = layers.Conv2D(filters, (kernel_size, vectors.shape[-1]), activation="relu", name=name)(outputs)
    return OneColumn(name=f"{name}_column")([outputs, vectors])
