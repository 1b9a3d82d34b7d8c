"""The worked cases as data: a sample, a kernel, how it moves, and the value that is known to come out."""

from dataclasses import dataclass, field

import numpy as np

from convpipe.convolution.reference import Step, layer_for, steps
from convpipe.cost.layer import Layer


@dataclass(frozen=True)
class Scene:
    """One kernel on its way over one sample.

    Args:
        name: for files and messages.
        title: what is computed, in a line.
        data: (*size, channels) the sample.
        kernel: (*kernel_size, channels, 1) one filter.
        expected: (*positions) what comes out, known from elsewhere than this package.
        settings: strides, dilation, padding as in `reference.cross_correlate`.
        labels: a word for each position of a series.
        channel_names: a name for each channel.
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

    def steps(self) -> list[Step]:
        return list(steps(self.data, self.kernel, **self.settings))

    def output(self) -> np.ndarray:
        """(*positions) the sums, as the reference definition gives them."""
        return np.array([step.total for step in self.steps()]).reshape(self.layer.output_size)


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
    title = "Conv2D: a 3 x 3 kernel over an image of three channels, stride 2, one zero on every side"
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
    names, expected = ("embedding 1", "embedding 2", "embedding 3"), np.array([0.9, 0.1, 0.12])
    return Scene("sentence", title, np.array(words), kernel.T[..., None], expected, {"strides": 2}, labels, names)


def sensor() -> Scene:
    """Sixteen readings of a sensor with one bump, and a kernel that answers to a rise."""
    readings = np.array([0, 1, 0, 1, 2, 5, 8, 9, 8, 5, 2, 1, 0, 0, 1, 0])
    title = "Conv1D: the kernel slides along the steps, multiplies and adds"
    kernel = np.array([-1, 0, 1])[:, None, None]
    return Scene("conv1d", title, readings[:, None], kernel, expected=readings[2:] - readings[:-2])


def as_image(scene: Scene) -> Scene:
    """A series' scene as Conv2D: data and kernel get a height of one; not a number changes."""
    title = "The same through Conv2D: data and kernel have a height of one"
    arrays = (scene.data[None], scene.kernel[None], scene.expected[None])
    settings = {"strides": (1, scene.settings.get("strides", 1))}
    return Scene(f"{scene.name}_2d", title, *arrays, settings, channel_names=scene.channel_names)


def average(values: np.ndarray, kernel_size: int, name: str, title: str) -> Scene:
    """A kernel of equal weights that add up to one, over `values` of any number of axes and one channel."""
    windows = np.lib.stride_tricks.sliding_window_view(values, (kernel_size,) * values.ndim)
    kernel = np.full((kernel_size,) * values.ndim + (1, 1), 1 / kernel_size**values.ndim)
    expected = windows.mean(axis=tuple(range(values.ndim, 2 * values.ndim)))
    return Scene(name, title, values[..., None], kernel, expected)


def moving_averages() -> list[Scene]:
    """The moving average in one dimension and in three, with a kernel of full size and one that is one shorter."""
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
    """A hundred channels of four positions and a kernel of size one, (1, 100, 4) in PyTorch's order."""
    numbers = np.random.default_rng(0)
    data, kernel = numbers.integers(-3, 4, (4, 100)), numbers.integers(-2, 3, (1, 100, 1))
    title = "Conv1d(in_channels=100, out_channels=1, kernel_size=1) on a (1, 100, 4) input"
    return Scene("channels_first", title, data, kernel, expected=data @ kernel[0, :, 0])


def same_values_in_one_two_three() -> list[Layer]:
    """Conv1D, Conv2D and Conv3D with a kernel of three along each axis, each over the same 4,096 values."""
    sizes = ((4096,), (64, 64), (16, 16, 16))
    return [Layer(size, 1, (3,) * len(size), filters=8, padding="same") for size in sizes]


#: The scenes of each case that has numbers of its own.
SCENES = {
    "image": lambda: [image()],
    "sentence": lambda: [sentence(), as_image(sentence())],
    "moving_average": moving_averages,
    "channels_first": lambda: [channels_first()],
    "sensor": lambda: [sensor()],
}
