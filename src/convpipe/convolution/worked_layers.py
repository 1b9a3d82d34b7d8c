"""Worked cases of one setting or one kind of layer: generators of the printed lines."""

from collections.abc import Iterator

import numpy as np

from convpipe.convolution import scenes
from convpipe.convolution.by_hand import by_hand, check
from convpipe.convolution.scenes import Scene
from convpipe.convolution.transposed import example, transposed_by_hand
from convpipe.cost.layer import Layer


def _one_after_another(several: list[Scene]) -> Iterator[str]:
    """Yield scenes of the same sample and kernel, which are shown once; a padded sample is shown again."""
    for number, scene in enumerate(several):
        yield ""
        yield from by_hand(scene, sample=number == 0 or bool(np.any(scene.layer.pads)))


def stride() -> Iterator[str]:
    yield "Stride: how many values the kernel moves from one output to the next"
    every, second = scenes.strides()
    yield from _one_after_another([every, second])
    yield check("stride 2 gives every second output of stride 1", second.output(), every.output()[::2])


def dilation() -> Iterator[str]:
    yield "Dilation: the distance between the values that the kernel reads"
    several = scenes.dilations()
    yield from _one_after_another(several)
    spans = ", ".join(str(scene.layer.receptive_field[0]) for scene in several)
    yield f"  three weights span {spans} values: a larger receptive field at no cost"


def padding() -> Iterator[str]:
    yield "Padding: zeros around the input, so that the kernel fits at more positions"
    several = scenes.paddings()
    yield from _one_after_another(several)
    sizes = ", ".join(f"{scene.settings['padding']} {scene.layer.output_size[0]}" for scene in several)
    yield f"  outputs from {len(scenes.TEN)} values: {sizes}"
    yield "  causal: output n reads value n and the two before it, never a later one"


def transposed() -> Iterator[str]:
    yield from transposed_by_hand(example())


def as_conv2d() -> Iterator[str]:
    yield "One kernel as Conv1D, and as Conv2D with a height of one"
    line, plane = scenes.one_kernel_twice()
    yield ""
    yield from by_hand(line)
    yield ""
    yield from by_hand(plane)
    yield check("Conv2D gives the same values as Conv1D", plane.output()[0], line.output())
    costs = [(scene.layer.weights, scene.layer.multiply_adds) for scene in (line, plane)]
    yield check(f"Conv2D costs the same: {costs[0][0]} weights, {costs[0][1]} multiply-adds", costs[1], costs[0])


def groups() -> Iterator[str]:
    scene = scenes.grouped()
    yield from by_hand(scene)
    size, seen, filters = scene.kernel.shape
    yield f"  weights: {size} x {seen} channels x {filters} filters = {scene.layer.weights}"
    yield f"  without groups: {size} x {scene.layer.channels} channels x {filters} filters = {_dense(scene).weights}"


def depthwise() -> Iterator[str]:
    scene = scenes.depthwise()
    yield from by_hand(scene)
    size, channels = len(scene.kernel), scene.layer.channels
    yield f"  weights: {size} x {channels} channels = {scene.layer.weights}"
    yield f"  a Conv1D of {channels} filters: {size} x {channels} x {channels} = {_dense(scene).weights}"


def separable() -> Iterator[str]:
    first, second = scenes.separable()
    yield "SeparableConv1D: depthwise along the steps, then size 1 over the channels"
    yield ""
    yield from by_hand(first)
    yield ""
    yield from by_hand(second)
    (size, _, channels), filters = first.kernel.shape, second.filters
    weights = first.layer.weights + second.layer.weights
    yield f"  weights: {size} x {channels} channels + {channels} channels x {filters} filters = {weights}"
    yield f"  a Conv1D of {filters} filters: {size} x {channels} x {filters} = {_dense(first).weights}"
    yield f"  with 64 channels and 64 filters: {_weights('separable', size)} instead of {_weights('convolution', size)}"


def _dense(scene: Scene) -> Layer:
    """The layer of a scene with filters that read all channels."""
    layer = scene.layer
    return Layer(layer.size, layer.channels, layer.kernel_size, filters=scene.filters, bias=False)


def _weights(kind: str, size: int, channels: int = 64) -> str:
    return f"{Layer((size,), channels, (size,), filters=channels, kind=kind, bias=False).weights:,}"


#: Name of each case -> generator of its lines.
WORKED_LAYERS = {
    case.__name__: case for case in (stride, dilation, padding, transposed, as_conv2d, groups, depthwise, separable)
}
