"""Shape and cost of one layer that moves a kernel over any number of axes, computed by arithmetic.

Follows Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016 (arXiv:1603.07285). `same` is
that of TensorFlow: the output has ceil(size / stride) positions, and an odd zero goes after the data.
"""

import math
from dataclasses import dataclass

from convpipe.errors import ConfigError

AXES = {1: ("steps",), 2: ("height", "width"), 3: ("depth", "height", "width")}
KINDS = ("convolution", "transposed", "depthwise", "separable", "pooling")
BYTES_PER_VALUE = 4  # float32


def axis_names(axes: int) -> tuple[str, ...]:
    """Return the names of the axes of a sample; more than three axes are numbered.

    >>> axis_names(2), axis_names(4)
    (('height', 'width'), ('axis 0', 'axis 1', 'axis 2', 'axis 3'))
    """
    return AXES.get(axes) or tuple(f"axis {number}" for number in range(axes))


def span(kernel_size: int, dilation: int) -> int:
    """Return the number of positions that a kernel covers, from its first tap to its last.

    >>> span(3, 4)
    9
    """
    return (kernel_size - 1) * dilation + 1


def pads(size: int, kernel_size: int, stride: int, dilation: int, padding) -> tuple[int, int]:
    """Return the zeros (before, after) along an axis of `size` positions; `padding` is a word or already such a pair.

    >>> pads(10, 3, 2, 1, "same"), pads(10, 3, 1, 2, "causal"), pads(10, 3, 1, 1, (1, 1))
    ((0, 1), (4, 0), (1, 1))
    """
    if padding == "valid":
        return 0, 0
    if padding == "causal":
        return span(kernel_size, dilation) - 1, 0
    if padding == "same":
        total = max((-(-size // stride) - 1) * stride + span(kernel_size, dilation) - size, 0)
        return total // 2, total - total // 2
    before, after = padding
    return int(before), int(after)


def crops(kernel_size: int, stride: int, dilation: int, padding) -> tuple[int, int]:
    """Return the outputs (before, after) that a transposed convolution crops along one axis.

    A negative number means appended zeros. Without cropping, an axis of `size` positions gives
    (size - 1) * stride + span outputs. `same` leaves size * stride, and `valid` appends zeros if the stride is longer
    than the span, as in Keras.

    >>> crops(4, 2, 1, "same"), crops(3, 2, 1, "valid"), crops(2, 3, 1, "valid")
    ((1, 1), (0, 0), (0, -1))
    """
    excess = span(kernel_size, dilation) - stride
    if padding == "valid":
        return 0, min(excess, 0)
    if padding == "same":
        before = max(excess, 0) // 2
        return before, excess - before
    before, after = padding
    return int(before), int(after)


def smallest_size(kernel_size: int, dilation: int, padding) -> int:
    """Return the smallest size of an axis that gives at least one output.

    >>> smallest_size(3, 2, "valid"), smallest_size(3, 2, (1, 1)), smallest_size(3, 2, "same")
    (5, 3, 1)
    """
    if padding in ("same", "causal"):
        return 1
    return max(span(kernel_size, dilation) - sum(pads(1, kernel_size, 1, dilation, padding)), 1)


def at_least(size: tuple[int, ...]) -> str:
    """Return the remedy for an input that is too small.

    >>> at_least((3, 5))
    'use an input of at least 3 x 5 (height x width)'
    """
    return f"use an input of at least {' x '.join(map(str, size))} ({' x '.join(axis_names(len(size)))})"


@dataclass(frozen=True)
class Layer:
    """One convolution or pooling layer and the size of its input.

    Args:
        size: positions of the input along each axis: (steps,), (height, width), (depth, height, width).
        channels: channels of the input.
        kernel_size, strides, dilation: one integer per axis.
        filters: channels of the output (for `depthwise` and `pooling` they follow from the input).
        padding: valid, same, causal (one axis only), or a pair (before, after) per axis.
        groups: number of groups of input channels and filters; each filter uses the channels of its group only.
        kind: convolution; transposed (each input value spreads the kernel over the output, which `padding` crops);
            depthwise (one kernel per channel); separable (depthwise, then 1x1 over channels); pooling.
        depth_multiplier: outputs per channel of a depthwise kernel.
        bias: whether a bias is added (one parameter per filter, no multiply-adds).
        name: name in messages.

    Raises:
        ConfigError: the settings contradict each other, or the output would be empty (with the smallest input).

    >>> first = Layer(size=(128,), channels=6, kernel_size=(8,), strides=(2,), padding="same", filters=64)
    >>> first.output_shape, first.parameters, first.multiply_adds, first.activation_bytes
    ((64, 64), 3136, 196608, 16384)
    """

    size: tuple[int, ...]
    channels: int
    kernel_size: tuple[int, ...]
    strides: tuple[int, ...] = ()
    dilation: tuple[int, ...] = ()
    filters: int = 1
    padding: str | tuple[tuple[int, int], ...] = "valid"
    groups: int = 1
    kind: str = "convolution"
    depth_multiplier: int = 1
    bias: bool = True
    name: str = "layer"

    def __post_init__(self):
        axes = len(self.size)
        for field in ("strides", "dilation"):
            object.__setattr__(self, field, getattr(self, field) or (1,) * axes)
        if not axes:
            raise self._error("size", "has no axis along which the kernel can move", "add an axis before the channels")
        for field in ("kernel_size", "strides", "dilation"):
            if len(getattr(self, field)) != axes:
                raise self._error(field, f"must have {axes} numbers, one per axis", "give one number per axis")
        self._check_padding()
        if self.channels % self.groups or self.filters % self.groups:
            fault = f"must divide channels={self.channels} and filters={self.filters}"
            raise self._error("groups", fault, f"set {self.name}.groups=1 or another divisor of both")
        if self.groups > 1 and self.kind not in ("convolution", "transposed"):
            raise self._error("groups", f"does not apply to a {self.kind} layer", f"set {self.name}.groups=1")
        if self.kind == "transposed":
            self._check_transposed()
        for number, (size, needed) in enumerate(zip(self.size, self.smallest_input, strict=True)):
            if size < needed:
                raise self._empty_output(number)

    def _error(self, field: str, fault: str, remedy: str) -> ConfigError:
        key, value = f"{self.name}.{field}", getattr(self, field)
        return ConfigError(f"{key}={value} {fault}", key=key, value=value, remedy=remedy)

    def _empty_output(self, number: int) -> ConfigError:
        """Return the error for an axis that is too short for the kernel, with remedies that fit."""
        axis, size = axis_names(len(self.size))[number], self.size[number]
        remedies = [at_least(self.smallest_input)]
        if self.kind != "transposed":
            rows = zip(self.size, self.pads, self.dilation, self.kernel_size, strict=True)
            fit = [min((n + sum(pair) - 1) // gap + 1, given) for n, pair, gap, given in rows]
            words = str(fit if len(fit) > 1 else fit[0]).replace(" ", "")
            remedies.append(f"set {self.name}.kernel_size={words}")
        remedies.append(f"{self.name}.padding=same")
        spans = f"the kernel spans {self._spans[number]}"
        if self.kind == "transposed":
            spans = f"{sum(self.pads[number])} outputs are cropped"
        message = f"{self.name}: the output would be empty: {axis} is {size}, and {spans}"
        return ConfigError(message, key=f"{self.name}.{axis}", value=size, remedy=", or ".join(remedies))

    def _check_transposed(self) -> None:
        if self.padding == "causal":
            remedy = f"set {self.name}.padding=valid or same"
            raise self._error("padding", "does not apply to a transposed layer", remedy)
        if max(self.strides) > 1 and max(self.dilation) > 1:
            fault = f"needs strides of 1 in a transposed layer, not {self.strides}"
            raise self._error("dilation", fault, f"set {self.name}.dilation=1 or {self.name}.strides=1")

    def _check_padding(self) -> None:
        axes, named = len(self.size), isinstance(self.padding, str)
        if named and self.padding not in ("valid", "same", "causal"):
            remedy = f"set {self.name}.padding=same (or valid, causal, pairs of numbers)"
            raise self._error("padding", "is unknown", remedy)
        if self.padding == "causal" and axes != 1:
            remedy = f"set {self.name}.padding=same or valid"
            raise self._error("padding", f"needs a single axis, which is time, not {axes} axes", remedy)
        if not named and len(self.padding) != axes:
            raise self._error("padding", f"must have {axes} pairs", "give one pair (before, after) per axis")

    @property
    def _paddings(self) -> tuple:
        """The padding of each axis: a word or a pair."""
        return (self.padding,) * len(self.size) if isinstance(self.padding, str) else self.padding

    @property
    def smallest_input(self) -> tuple[int, ...]:
        """The smallest size along each axis that gives an output."""
        if self.kind == "transposed":
            rows = zip(self.pads, self._spans, self.strides, strict=True)
            return tuple(max((sum(crop) - reach) // stride + 2, 1) for crop, reach, stride in rows)
        return tuple(map(smallest_size, self.kernel_size, self.dilation, self._paddings))

    @property
    def pads(self) -> tuple[tuple[int, int], ...]:
        """Zeros (before, after) along each axis; for a transposed layer, the cropped outputs (`crops`)."""
        if self.kind == "transposed":
            return tuple(map(crops, self.kernel_size, self.strides, self.dilation, self._paddings))
        return tuple(map(pads, self.size, self.kernel_size, self.strides, self.dilation, self._paddings))

    @property
    def _spans(self) -> tuple[int, ...]:
        """Positions that the kernel covers along each axis."""
        return tuple(map(span, self.kernel_size, self.dilation))

    @property
    def receptive_field(self) -> tuple[int, ...]:
        """Input positions on which one output position depends along each axis."""
        if self.kind == "transposed":
            return tuple(-(-reach // stride) for reach, stride in zip(self._spans, self.strides, strict=True))
        return self._spans

    @property
    def output_size(self) -> tuple[int, ...]:
        """Positions of the output along each axis: those of the kernel on the padded input (for a transposed layer, all
        that it reaches and does not crop)."""
        rows = zip(self.size, self.pads, self._spans, self.strides, strict=True)
        if self.kind == "transposed":
            return tuple((size - 1) * stride + reach - sum(crop) for size, crop, reach, stride in rows)
        return tuple((size + sum(pad) - reach) // stride + 1 for size, pad, reach, stride in rows)

    @property
    def output_channels(self) -> int:
        if self.kind == "depthwise":
            return self.channels * self.depth_multiplier
        return self.channels if self.kind == "pooling" else self.filters

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Shape of the output for one sample, channels last."""
        return (*self.output_size, self.output_channels)

    @property
    def weights(self) -> int:
        """Number of weights that are multiplied at each position, without biases."""
        volume, intermediate = math.prod(self.kernel_size), self.channels * self.depth_multiplier
        if self.kind in ("convolution", "transposed"):
            return volume * (self.channels // self.groups) * self.filters
        separable = intermediate * (volume + self.filters)
        return {"depthwise": volume * intermediate, "separable": separable, "pooling": 0}[self.kind]

    @property
    def parameters(self) -> int:
        return self.weights + (self.output_channels if self.bias and self.kind != "pooling" else 0)

    @property
    def multiply_adds(self) -> int:
        """Multiply-adds per sample; a transposed layer multiplies at input positions."""
        return math.prod(self.size if self.kind == "transposed" else self.output_size) * self.weights

    @property
    def activation_bytes(self) -> int:
        """Bytes of the output for one sample in float32."""
        return math.prod(self.output_shape) * BYTES_PER_VALUE
