"""Shape and cost of one layer that moves a kernel over any number of axes, by arithmetic alone.

Follows Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016 (arXiv:1603.07285); `same` is
TensorFlow's: the output has ceil(size / stride) positions and an odd pad goes after the data.
"""

import math
from dataclasses import dataclass

from convpipe.errors import ConfigError

AXES = {1: ("steps",), 2: ("height", "width"), 3: ("depth", "height", "width")}
KINDS = ("convolution", "depthwise", "separable", "pooling")
BYTES_PER_VALUE = 4  # float32


def axis_names(axes: int) -> tuple[str, ...]:
    """What the axes of a sample are called; beyond three they only have numbers.

    >>> axis_names(2), axis_names(4)
    (('height', 'width'), ('axis 0', 'axis 1', 'axis 2', 'axis 3'))
    """
    return AXES.get(axes) or tuple(f"axis {number}" for number in range(axes))


def span(kernel_size: int, dilation: int) -> int:
    """How many positions a kernel reaches over, first to last.

    >>> span(3, 4)
    9
    """
    return (kernel_size - 1) * dilation + 1


def pads(size: int, kernel_size: int, stride: int, dilation: int, padding) -> tuple[int, int]:
    """Zeros (before, after) one axis of `size` positions; `padding` is a word or already such a pair.

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


def smallest_size(kernel_size: int, dilation: int, padding) -> int:
    """The fewest positions of an axis that give at least one output.

    >>> smallest_size(3, 2, "valid"), smallest_size(3, 2, (1, 1)), smallest_size(3, 2, "same")
    (5, 3, 1)
    """
    if padding in ("same", "causal"):
        return 1
    return max(span(kernel_size, dilation) - sum(pads(1, kernel_size, 1, dilation, padding)), 1)


@dataclass(frozen=True)
class Layer:
    """One convolution or pooling layer and the size of what it is applied to.

    Args:
        size: positions of the input along each axis: (steps,), (height, width), (depth, height, width).
        channels: channels of the input.
        kernel_size, strides, dilation: one whole number an axis.
        filters: channels of the output (for `depthwise` and `pooling` they follow from the input).
        padding: valid, same, causal (one axis only), or a pair (before, after) an axis.
        groups: parts into which input channels and filters fall, each part seeing only its own.
        kind: convolution; depthwise (a kernel a channel); separable (depthwise, then 1x1 over channels); pooling.
        depth_multiplier: outputs a channel of a depthwise kernel.
        bias: whether a bias is added (a parameter a filter, no multiply-add).
        name: for messages.

    Raises:
        ConfigError: settings at odds with each other, or an output that would be empty (with the smallest input).

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
        for field in ("strides", "dilation"):
            object.__setattr__(self, field, getattr(self, field) or (1,) * len(self.size))
        if not self.size:
            raise ConfigError(f"{self.name}: a kernel needs an axis to move along, but the input has channels only")
        if {len(self.kernel_size), len(self.strides), len(self.dilation)} != {len(self.size)}:
            raise ConfigError(f"{self.name}: size, kernel_size, strides and dilation must name the same axes")
        self._check_padding()
        if self.channels % self.groups or self.filters % self.groups:
            raise ConfigError(
                f"{self.name}: groups={self.groups} must divide channels={self.channels} and filters={self.filters}"
            )
        self._check_size()

    def _check_padding(self) -> None:
        if isinstance(self.padding, str) and self.padding not in ("valid", "same", "causal"):
            raise ConfigError(f"{self.name}: padding={self.padding} is not valid, same, causal or pairs of numbers")
        if self.padding == "causal" and len(self.size) != 1:
            raise ConfigError(f"{self.name}: causal padding needs one axis that is time, not {len(self.size)} axes")
        if not isinstance(self.padding, str) and len(self.padding) != len(self.size):
            raise ConfigError(f"{self.name}: explicit padding needs one pair (before, after) an axis")

    def _check_size(self) -> None:
        least = self.smallest_input
        for axis, size, needed in zip(axis_names(len(least)), self.size, least, strict=True):
            if size < needed:
                raise ConfigError(
                    f"{self.name}: the output would be empty: {axis} is {size} and the kernel spans more; "
                    f"the smallest input that would do is {' x '.join(map(str, least))}"
                )

    def _axis_padding(self, axis: int):
        return self.padding if isinstance(self.padding, str) else self.padding[axis]

    @property
    def smallest_input(self) -> tuple[int, ...]:
        """The smallest size along each axis that gives an output."""
        kernels = zip(self.kernel_size, self.dilation, strict=True)
        return tuple(smallest_size(k, d, self._axis_padding(axis)) for axis, (k, d) in enumerate(kernels))

    @property
    def pads(self) -> tuple[tuple[int, int], ...]:
        """Zeros (before, after) along each axis."""
        rows = zip(self.size, self.kernel_size, self.strides, self.dilation, strict=True)
        return tuple(pads(*row, self._axis_padding(axis)) for axis, row in enumerate(rows))

    @property
    def receptive_field(self) -> tuple[int, ...]:
        """Input positions that one output position can see along each axis."""
        return tuple(span(k, d) for k, d in zip(self.kernel_size, self.dilation, strict=True))

    @property
    def output_size(self) -> tuple[int, ...]:
        """Positions at which the kernel stops, along each axis."""
        rows = zip(self.size, self.pads, self.receptive_field, self.strides, strict=True)
        return tuple((size + sum(pad) - reach) // stride + 1 for size, pad, reach, stride in rows)

    @property
    def output_channels(self) -> int:
        if self.kind == "depthwise":
            return self.channels * self.depth_multiplier
        return self.channels if self.kind == "pooling" else self.filters

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Shape of one sample's output, channels last."""
        return (*self.output_size, self.output_channels)

    @property
    def weights(self) -> int:
        """Numbers that are multiplied at each position (the biases are not among them)."""
        volume = math.prod(self.kernel_size)
        depthwise = volume * self.channels * self.depth_multiplier
        return {
            "convolution": volume * (self.channels // self.groups) * self.filters,
            "depthwise": depthwise,
            "separable": depthwise + self.channels * self.depth_multiplier * self.filters,
            "pooling": 0,
        }[self.kind]

    @property
    def parameters(self) -> int:
        return self.weights + (self.output_channels if self.bias and self.kind != "pooling" else 0)

    @property
    def multiply_adds(self) -> int:
        """Multiplications, each with its addition, for one sample."""
        return math.prod(self.output_size) * self.weights

    @property
    def activation_bytes(self) -> int:
        """Memory of one sample's output in float32."""
        return math.prod(self.output_shape) * BYTES_PER_VALUE
