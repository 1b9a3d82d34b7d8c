"""Draw the picture of each case; matplotlib is imported only then."""

from pathlib import Path

from convpipe.convolution import scenes
from convpipe.convolution.pictures.canvas import write
from convpipe.convolution.scenes import SCENES, Scene
from convpipe.convolution.settings import OwnLayer
from convpipe.convolution.transposed import example

#: Cases whose scenes are drawn in one picture -> its title.
TOGETHER = {
    "stride": "Stride 1 and 2: how far the kernel moves",
    "dilation": "Dilation 1, 2 and 4: how far apart the kernel reads values",
    "padding": "Padding valid, same and causal: zeros around the input",
    "as_conv2d": "One kernel as Conv1D, and as Conv2D",
}
#: Cases about the channels that a filter reads -> the kinds of layers to draw.
LINKED = {
    "groups": ("convolution", "groups"),
    "depthwise": ("convolution", "depthwise"),
    "separable": ("convolution", "separable"),
}


def draw_case(name: str, own: OwnLayer, folder: str) -> list[Path]:
    """Write the pictures of a case: still SVGs, and animated GIFs if the kernel moves.

    Args:
        name: name of the case.
        own: your own layer, for the case "layer".
        folder: output folder, created if missing.

    Returns:
        The paths of the files.
    """
    if name == "layer":
        from convpipe.convolution.pictures.layer import LayerPicture
        from convpipe.convolution.pictures.spread import SpreadPicture

        layer = own.layer()
        picture = SpreadPicture(layer) if layer.kind == "transposed" else LayerPicture(layer)
        return write(picture, folder, name)
    if name == "dimensions":
        from convpipe.convolution.pictures.box import BoxPicture

        return write(BoxPicture(), folder, name)
    if name == "transposed":
        from convpipe.convolution.pictures.transposed import TransposedPicture

        return write(TransposedPicture(example()), folder, name)
    if name in TOGETHER:
        from convpipe.convolution.pictures.variants import VariantsPicture

        return write(VariantsPicture(TOGETHER[name], SCENES[name]()), folder, name)
    if name in LINKED:
        from convpipe.convolution.pictures.links import LinksPicture

        return write(LinksPicture(LINKED[name]), folder, name)
    return [path for scene in SCENES[name]() for path in write(picture_of(scene), folder, scene.name)]


def picture_of(scene: Scene):
    """Return the picture that fits a scene: by its axes, and by whether its channels fit as numbers."""
    from convpipe.convolution.pictures.channels import ChannelsPicture
    from convpipe.convolution.pictures.image import ImagePicture
    from convpipe.convolution.pictures.series import SeriesPicture

    if len(scene.layer.size) > 1:
        return ImagePicture(scene)
    if scene.data.shape[1] > 6:
        return ChannelsPicture(scene)
    return SeriesPicture(scene, curves=scene.name == scenes.sensor().name)


def draw_network(cost, shape: tuple[int, ...], folder: str) -> list[Path]:
    """Write the picture of a whole network, `network.svg`.

    Args:
        cost: ModelCost of the network.
        shape: shape of a sample.
        folder: output folder, created if missing.
    """
    from convpipe.convolution.pictures.network import NetworkPicture

    return write(NetworkPicture(cost, shape), folder, "network")
