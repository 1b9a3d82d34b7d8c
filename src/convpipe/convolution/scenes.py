"""The worked cases as data: sample, kernel, settings and expected output."""

from dataclasses import dataclass, field, replace

import numpy as np

from convpipe.convolution.reference import Step, layer_for, steps
from convpipe.cost.layer import Layer

TEN, WEIGHTS = (2, 1, 0, 3, 1, 2, 0, 1, 3, 2), (1, 2, 3)  # data and kernel of the cases that compare settings


@dataclass(frozen=True)
class Scene:
    """The convolution of one sample by one kernel.

    Args:
        name: name for files and messages.
        title: one-line description.
        data: (*size, channels), the sample.
        kernel: (*kernel_size, channels / groups, filters), usually with one filter.
        expected: (*positions), or (*positions, filters) for several filters: the expected output, computed
            independently of this package.
        settings: strides, dilation, padding, groups as in `reference.cross_correlate`.
        labels: one word per position of a series.
        channel_names: one name per channel.
    """

    name: str
    title: str
    data: np.ndarray
    kernel: np.ndarray
    expected: np.ndarray
    settings: dict = field(default_factory=dict)
    labels: tuple[str, ...] = ()
    channel_names: tuple[str, ...] = ()

    @property
    def layer(self) -> Layer:
        return layer_for(self.data, self.kernel, **self.settings)

    @property
    def filters(self) -> int:
        return self.kernel.shape[-1]

    def steps(self, filter_index: int = 0) -> list[Step]:
        return list(steps(self.data, self.kernel, filter_index, **self.settings))

    def output(self) -> np.ndarray:
        """Return the output of the reference definition: (*positions), or (*positions, filters) for several filters."""
        sums = [[step.total for step in self.steps(index)] for index in range(self.filters)]
        output = np.array(sums).T.reshape(*self.layer.output_size, self.filters)
        return output[..., 0] if self.filters == 1 else output

    def names_seen(self, filter_index: int) -> tuple[str, ...]:
        """Return the names of the channels that a filter reads; empty if the scene has no names."""
        seen = self.kernel.shape[-2]
        first = filter_index // (self.filters // self.layer.groups) * seen
        return self.channel_names[first : first + seen]


def image() -> Scene:
    """Three channels of 5x5, a 3x3 kernel, stride 2, padding 1."""
    channels = [
        [[0, 0, 1, 0, 2], [1, 0, 2, 0, 1], [1, 0, 2, 2, 0], [2, 0, 0, 2, 0], [2, 1, 2, 2, 0]],
        [[2, 1, 2, 1, 1], [2, 1, 2, 0, 1], [0, 2, 1, 0, 1], [1, 2, 2, 2, 2], [0, 1, 2, 0, 1]],
        [[2, 1, 1, 2, 0], [1, 0, 0, 1, 0], [0, 1, 0, 0, 0], [1, 0, 2, 1, 0], [2, 2, 1, 1, 1]],
    ]
    kernels = [
        [[0, 1, -1], [0, -1, 0], [0, -1, 1]],
        [[-1, 0, 0], [1, -1, 0], [1, -1, 0]],
        [[-1, 1, -1], [0, -1, -1], [1, 0, 0]],
    ]
    title = "Conv2D: 3 x 3 kernel, three channels, stride 2, one zero on every side"
    data, kernel = np.moveaxis(np.array(channels), 0, -1), np.moveaxis(np.array(kernels), 0, -1)[..., None]
    expected = np.array([[-8, -8, -3], [-3, 1, 0], [-3, -8, -5]])
    settings, names = {"strides": 2, "padding": ((1, 1), (1, 1))}, ("channel 1", "channel 2", "channel 3")
    return Scene("image", title, data, kernel, expected, settings, channel_names=names)


def sentence() -> Scene:
    """Six words of three numbers each, a kernel over two words, stride 2."""
    words = [[0.7, 0.4, 0.5], [0.2, -0.1, 0.1], [-0.5, 0.4, 0.1], [0.6, 0.3, 0.5], [0.3, -0.1, 0.2], [-0.5, 0.4, 0.1]]
    kernel = np.array([[0.6, 0.2], [0.4, -0.1], [0.5, 0.2]])
    title = "Conv1D: a kernel over two words of a sentence, stride 2, no padding"
    labels = ("cat", "sitting", "there", "dog", "resting", "here")
    names, expected = tuple(f"embedding component {n}" for n in (1, 2, 3)), np.array([0.9, 0.1, 0.12])
    return Scene("sentence", title, np.array(words), kernel.T[..., None], expected, {"strides": 2}, labels, names)


def sensor() -> Scene:
    """Sixteen sensor readings with one bump, and a kernel that detects a rise."""
    readings = np.array([0, 1, 0, 1, 2, 5, 8, 9, 8, 5, 2, 1, 0, 0, 1, 0])
    title = "Conv1D: the kernel slides along the steps, multiplies and adds"
    kernel = np.array([-1, 0, 1])[:, None, None]
    return Scene("conv1d", title, readings[:, None], kernel, expected=readings[2:] - readings[:-2])


def as_image(scene: Scene) -> Scene:
    """The scene of a series as Conv2D: data and kernel get a height of one, and no number changes."""
    title = "The same in Conv2D: data and kernel have a height of one"
    arrays = (scene.data[None], scene.kernel[None], scene.expected[None])
    settings = {"strides": (1, scene.settings.get("strides", 1))}
    return Scene(f"{scene.name}_2d", title, *arrays, settings, channel_names=scene.channel_names)


def average(values: np.ndarray, kernel_size: int, name: str, title: str) -> Scene:
    """A kernel of equal weights with sum one, over `values` with any number of axes and one channel."""
    windows = np.lib.stride_tricks.sliding_window_view(values, (kernel_size,) * values.ndim)
    kernel = np.full((kernel_size,) * values.ndim + (1, 1), 1 / kernel_size**values.ndim)
    expected = windows.mean(axis=tuple(range(values.ndim, 2 * values.ndim)))
    return Scene(name, title, values[..., None], kernel, expected)


def moving_averages() -> list[Scene]:
    """Moving averages in one and three dimensions, with a kernel as large as the data and one that is one shorter."""
    line = np.array([2, 4, 9, 3, 7])
    slices = [1, 4, 2, 0, 3, 5, 6, 2, 4], [7, 1, 0, 2, 8, 3, 4, 4, 9], [5, 0, 3, 6, 1, 2, 8, 7, 11]
    cube = np.array(slices).reshape(3, 3, 3)
    shorter = "Conv3D: kernel one shorter along each axis, every weight 1/8: eight numbers"
    return [
        average(line, 5, "mean", "Kernel as long as the series, every weight 1/5: one number, the mean"),
        average(line, 4, "moving_average", "Kernel one shorter than the series, every weight 1/4: two numbers"),
        average(cube, 3, "mean_3d", "Conv3D: kernel as large as the cube, every weight 1/27: one number, the mean"),
        average(cube, 2, "moving_average_3d", shorter),
    ]


def channels_first() -> Scene:
    """A hundred channels of four positions and a kernel of size one; (1, 100, 4) in PyTorch."""
    numbers = np.random.default_rng(0)
    data, kernel = numbers.integers(-3, 4, (4, 100)), numbers.integers(-2, 3, (1, 100, 1))
    title = "Conv1d(in_channels=100, out_channels=1, kernel_size=1) on a (1, 100, 4) input"
    return Scene("channels_first", title, data, kernel, expected=data @ kernel[0, :, 0])


def variant(name: str, title: str, expected, **settings) -> Scene:
    """A scene with the ten values and the kernel 1, 2, 3 of the cases that compare settings."""
    return Scene(name, title, np.array(TEN)[:, None], np.array(WEIGHTS)[:, None, None], np.array(expected), settings)


def strides() -> list[Scene]:
    """Stride 1 and 2: the kernel stops at every value or at every second one."""
    every = np.correlate(TEN, WEIGHTS, mode="valid")
    return [
        variant(f"stride_{stride}", f"Conv1D, stride {stride}", every[::stride], strides=stride) for stride in (1, 2)
    ]


def dilations() -> list[Scene]:
    """Dilation 1, 2 and 4: the same three weights with growing distances."""
    scenes = []
    for dilation in (1, 2, 4):
        spread = np.zeros(2 * dilation + 1, int)
        spread[::dilation] = WEIGHTS
        expected = np.correlate(TEN, spread, mode="valid")
        scenes.append(variant(f"dilation_{dilation}", f"Conv1D, dilation {dilation}", expected, dilation=dilation))
    return scenes


def paddings() -> list[Scene]:
    """Padding valid, same and causal: no zeros, one on each side, two before."""
    expected = {
        "valid": np.correlate(TEN, WEIGHTS, mode="valid"),
        "same": np.correlate(TEN, WEIGHTS, mode="same"),
        "causal": np.correlate([0, 0, *TEN], WEIGHTS, mode="valid"),
    }
    return [variant(f"padding_{name}", f"Conv1D, padding {name}", out, padding=name) for name, out in expected.items()]


def one_kernel_twice() -> list[Scene]:
    """One kernel as Conv1D, and as Conv2D with a height of one."""
    line = variant("conv1d_kernel", "Conv1D", np.correlate(TEN, WEIGHTS, mode="valid"))
    return [line, replace(as_image(line), name="conv2d_kernel", title="Conv2D with a height of one")]


def grouped() -> Scene:
    """Four channels in two groups, with one filter per group."""
    data = np.array([[1, 2, 0, 1], [3, 1, 2, 0], [0, 1, 1, 2], [2, 0, 1, 1]]).T
    first, second = np.array([[1, -1], [2, 0]]).T, np.array([[1, 1], [0, -1]]).T
    names = tuple(f"channel {number}" for number in (1, 2, 3, 4))
    title = "Conv1D, groups=2: filter 1 reads channels 1 and 2, filter 2 reads 3 and 4"
    expected = np.array([[5, 1], [4, 1], [3, 2]])
    return Scene("groups", title, data, np.stack([first, second], -1), expected, {"groups": 2}, channel_names=names)


def depthwise() -> Scene:
    """Two channels with one kernel each."""
    data, kernels = np.array([[1, 3, 2, 0, 1], [2, 0, 1, 3, 1]]).T, np.array([[1, 0, -1], [1, 2, 1]]).T
    names, expected = ("channel 1", "channel 2"), np.array([[-1, 3], [3, 5], [1, 8]])
    title = "DepthwiseConv1D: one kernel per channel; channels are not mixed"
    return Scene("depthwise", title, data, kernels[:, None], expected, {"groups": 2}, channel_names=names)


def separable() -> list[Scene]:
    """A depthwise layer, then a kernel of size one over its channels, as in SeparableConv1D."""
    first = replace(depthwise(), name="separable_depthwise", title="SeparableConv1D, first half: depthwise")
    mixing, expected = np.array([[2, 1], [-1, 1]])[None], np.array([[-5, 2], [1, 8], [-6, 9]])
    title = "Second half: kernel size 1 over the channels, two filters"
    return [
        first,
        Scene("separable_pointwise", title, first.expected, mixing, expected, channel_names=first.channel_names),
    ]


def same_values_in_one_two_three() -> list[Layer]:
    """Conv1D, Conv2D and Conv3D with a kernel size of three along each axis, on the same 4,096 values."""
    sizes = ((4096,), (64, 64), (16, 16, 16))
    return [Layer(size, 1, (3,) * len(size), filters=8, padding="same") for size in sizes]


#: Name of each case with numbers -> its scenes.
SCENES = {
    "image": lambda: [image()],
    "sentence": lambda: [sentence(), as_image(sentence())],
    "moving_average": moving_averages,
    "channels_first": lambda: [channels_first()],
    "sensor": lambda: [sensor()],
    "stride": strides,
    "dilation": dilations,
    "padding": paddings,
    "as_conv2d": one_kernel_twice,
    "groups": lambda: [grouped()],
    "depthwise": lambda: [depthwise()],
    "separable": separable,
}
