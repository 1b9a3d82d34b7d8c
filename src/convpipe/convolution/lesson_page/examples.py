"""The examples of the lesson page as data: worked cases, samples made for the page, and their texts."""

import numpy as np

from convpipe.convolution.lesson_page.parts import Example, Part
from convpipe.convolution.lesson_page.samples import FILTERS, drawn_kernels, own_data, own_kernel, scan, spectrogram
from convpipe.convolution.scenes import Scene, as_image, channels_first, image, moving_averages, sensor, sentence

LINE_PADDINGS = ("valid", "same", "causal", "1", "2")
PADDINGS = ("valid", "same", "1", "2")


def _sensor() -> Example:
    scene = sensor()
    kernel = drawn_kernels(scene.kernel, 5, seed=1)
    kernel[:3, 0, 1:4] = np.transpose([[1, 1, 1], [-1, 2, -1], [0, 1, 0]])  # a sum, a peak, a copy
    text = "The kernel −1, 0, 1 subtracts the previous reading from the next one: the output is positive where the "
    return Example(
        "sensor reading",
        "Conv1D",
        text + "readings rise and negative where they fall.",
        (
            "The kernel moves along the steps, here sixteen readings.",
            "There is one channel, because there is one sensor.",
        ),
        (Part(scene.data, kernel, "line", steps="readings", channel="channel"),),
        {"position": 4},
        {**_moves(LINE_PADDINGS, 5), "filters": [1, FILTERS]},
    )


def _moves(paddings: tuple[str, ...], largest: int) -> dict:
    return {"kernel": [1, largest], "stride": [1, 3], "dilation": [1, 2], "padding": list(paddings)}


def _sentence_part(scene: Scene, **settings) -> Part:
    kernel = drawn_kernels(sentence().kernel, 4, seed=3, scale=0.1)
    kernel = kernel if scene.data.ndim == 2 else kernel[None]
    return Part(scene.data, kernel, labels=sentence().labels, channel_names=scene.channel_names, **settings)


def _sentence() -> Example:
    scene = sentence()
    return Example(
        "sentence",
        "Conv1D",
        "Each word has an embedding of three numbers. The kernel reads two words at once, then moves by two words.",
        (
            "The kernel moves along the words only.",
            "The channels are the three numbers of each word. The kernel reads all three.",
        ),
        (_sentence_part(scene, view="line", steps="words"),),
        {"kernel": 2, "stride": 2},
        {**_moves(LINE_PADDINGS, 4), "filters": [1, FILTERS]},
    )


def _image() -> Example:
    scene = image()
    return Example(
        "image",
        "Conv2D",
        "The image has three channels of 5 × 5 values. The padding is one zero on every side; the stride is two. Each "
        "channel has its own 3 × 3 weights. The sum of all 27 products is one output.",
        (
            "The kernel moves along height and width.",
            "The channels are the three color values of a pixel. The kernel reads all three.",
        ),
        (Part(scene.data, drawn_kernels(scene.kernel, 5, seed=5), "plane", channel_names=scene.channel_names),),
        {"stride": 2, "padding": "1"},
        {**_moves(PADDINGS, 5), "channels": [1, 3], "filters": [1, FILTERS]},
    )


def _average() -> Example:
    scene = next(scene for scene in moving_averages() if scene.name == "moving_average")
    return Example(
        "moving average",
        "Conv1D",
        "Every weight is 1/n, so each output is the average of n neighbors. A kernel as long as the series has one "
        "output, the mean.",
        ("The kernel moves along the steps, here five values.", "There is one channel."),
        (Part(scene.data, None, "line", channel="channel"),),
        {"kernel": 4},
        _moves(LINE_PADDINGS, 5),
    )


def _channels_first() -> Example:
    scene = channels_first()
    names = tuple(f"channel {number}" for number in range(1, 101))
    return Example(
        "100 channels",
        "Conv1D",
        "A kernel of size one adds up a hundred products at each step. Keras stores channels last; PyTorch stores them "
        "first, so there the input has the shape (1, 100, 4).",
        (
            "The kernel moves along the four steps.",
            "Each of the hundred channels is one row. The kernel reads all of them.",
        ),
        (Part(scene.data, drawn_kernels(scene.kernel, 2, seed=7, filters=4), "line", channel_names=names),),
        {"kernel": 1},
        {"kernel": [1, 2], "stride": [1, 2], "filters": [1, 4]},
    )


def _twin() -> Example:
    scene = sentence()
    plane = _sentence_part(as_image(scene), view="plane", steps="words", fixed=(1, None))
    return Example(
        "sentence as image",
        "Conv1D, Conv2D",
        "The Conv2D reads the same sentence as an image of height one. Its kernel has height one and the same weights, "
        "so the results are equal.",
        ("Both kernels move along the words.", "The channels are the three numbers of each word."),
        (_sentence_part(scene, view="line", steps="words"), plane),
        {"kernel": 2, "stride": 2},
        {**_moves(("valid", "same", "1"), 4), "filters": [1, FILTERS]},
        kind="pair",
    )


def _rows() -> Example:
    picture = np.array([[0, 0, 1, 9, 9, 9], [0, 0, 1, 9, 9, 9], [0, 0, 1, 9, 9, 9], [1, 1, 1, 1, 1, 1], *[[0] * 6] * 2])
    first = np.zeros((3, 6, 1), int)
    first[0], first[2] = 1, -1
    names = tuple(f"column {number}" for number in range(1, 7))
    return Example(
        "image as rows",
        "Conv1D",
        "A Conv1D reads a gray image of 6 × 6 pixels. The kernel is as wide as the image, so it only moves down. This "
        "kernel subtracts the row below from the row above.",
        (
            "The kernel moves along the rows, which are the steps.",
            "The columns are the channels. The kernel reads all six.",
        ),
        (Part(picture, drawn_kernels(first, 5, seed=9), "rows", channel_names=names, steps="rows", channel="columns"),),
        {"position": 1},
        {**_moves(LINE_PADDINGS, 5), "filters": [1, FILTERS]},
    )


def _spectrogram() -> Example:
    bands = spectrogram()
    rise = np.fliplr(np.eye(3, dtype=int)) * 2 - 1
    whole = np.zeros((3, 6, 1), int)
    whole[:, 3:, 0] = rise.T
    line = Part(
        bands.T,
        drawn_kernels(whole, 3, seed=11),
        "columns",
        channel_names=tuple(f"band {n}" for n in range(1, 7)),
        channel="bands",
    )
    plane = Part(bands[..., None], drawn_kernels(rise[..., None, None], 3, seed=12), "plane", channel="channel")
    return Example(
        "spectrogram",
        "Conv1D, Conv2D",
        "The same rising tone occurs twice: low, then high. The Conv1D detects only the low tone. The Conv2D detects "
        "both, because its kernel also moves along frequency.",
        (
            "The kernel of the Conv1D moves along time; the channels are the bands.",
            "The kernel of the Conv2D moves along frequency and time.",
        ),
        (plane, line),
        {"position": 6},
        {"filters": [1, FILTERS]},
        kind="pair",
    )


def _volume() -> Example:
    first = np.zeros((3, 3, 3, 1, 1), int)
    first[0], first[2] = -1, 1
    return Example(
        "volume",
        "Conv3D",
        "A scan of five slices with a bright ball in the middle. The kernel is a cube. It subtracts the slice in "
        "front from the slice behind.",
        ("The kernel moves along depth, height and width.", "There is one channel, the brightness of the scan."),
        (Part(scan(), drawn_kernels(first, 4, seed=13, filters=4), "block", channel="channel"),),
        {},
        {**_moves(PADDINGS, 4), "filters": [1, 4]},
    )


def _stack() -> Example:
    scene = sensor()
    return Example(
        "stacked layers",
        "Conv1D",
        "Each layer reads the output of the previous layer. The marked inputs are the receptive field of one output of "
        "the last layer: only they can change it.",
        (
            "Every kernel moves along the steps of the previous layer.",
            "There is one channel and one filter in each layer.",
        ),
        (
            Part(
                scene.data,
                drawn_kernels(np.ones((3, 1, 1), int), 3, seed=15, filters=1),
                "line",
                channel="channel",
                bias=(0,),
            ),
        ),
        {"layers": 3, "level": 3},
        {
            "layers": [1, 3],
            "kernel": [2, 3],
            "stride": [1, 2],
            "dilation": [1, 2],
            "padding": ["valid", "same", "causal"],
        },
        kind="stack",
    )


def _own() -> Example:
    parts = tuple(
        Part(data, kernel, view, bias=(1, 0, -1, 2, -2, 1, 0, 3), channel_names=("channel 1", "channel 2", "channel 3"))
        for data, kernel, view in zip(
            map(own_data, (1, 2, 3)), map(own_kernel, (1, 2, 3)), ("line", "plane", "block"), strict=True
        )
    )
    return Example(
        "own numbers",
        "any layer",
        "Select a layer, change its settings, and type your own numbers below.",
        (),
        parts,
        {"channels": 1, "position": 3},
        {"layer": [1, 3], **_moves(LINE_PADDINGS, 5), "channels": [1, 3], "filters": [1, FILTERS]},
        kind="choose",
    )


def examples() -> dict[str, Example]:
    """Return the examples by their name in the address, in the order of the page."""
    return {
        "sensor": _sensor(),
        "sentence": _sentence(),
        "average": _average(),
        "channels": _channels_first(),
        "rows": _rows(),
        "stack": _stack(),
        "twin": _twin(),
        "spectrogram": _spectrogram(),
        "image": _image(),
        "volume": _volume(),
        "own": _own(),
    }
