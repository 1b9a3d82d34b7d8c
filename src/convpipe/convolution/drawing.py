"""Which picture each case has; matplotlib is imported only when one is drawn."""

from pathlib import Path

from convpipe.convolution import scenes
from convpipe.convolution.canvas import write
from convpipe.convolution.scenes import SCENES, Scene
from convpipe.convolution.settings import OwnLayer


def draw_case(name: str, own: OwnLayer, folder: str) -> list[Path]:
    """Write the pictures of a case: a still SVG each, and an animated GIF where the kernel moves.

    Args:
        name: of the case.
        own: your own layer, for the case "layer".
        folder: where to; made where it is missing.

    Returns:
        The paths of the files.
    """
    if name == "layer":
        from convpipe.convolution.layer_picture import LayerPicture

        return write(LayerPicture(own.layer()), folder, name)
    if name == "dimensions":
        from convpipe.convolution.box_picture import BoxPicture

        return write(BoxPicture(), folder, name)
    return [path for scene in SCENES[name]() for path in write(picture_of(scene), folder, scene.name)]


def picture_of(scene: Scene):
    """The picture that fits a scene: by its axes, and by whether its channels can be shown as numbers."""
    from convpipe.convolution.channels_picture import ChannelsPicture
    from convpipe.convolution.image_picture import ImagePicture
    from convpipe.convolution.series_picture import SeriesPicture

    if len(scene.layer.size) > 1:
        return ImagePicture(scene)
    if scene.data.shape[1] > 6:
        return ChannelsPicture(scene)
    return SeriesPicture(scene, curves=scene.name == scenes.sensor().name)


def draw_network(cost, shape: tuple[int, ...], folder: str) -> list[Path]:
    """Write the picture of a whole network, `network.svg`.

    Args:
        cost: the ModelCost of the network.
        shape: of a sample.
        folder: where to; made where it is missing.
    """
    from convpipe.convolution.network_picture import NetworkPicture

    return write(NetworkPicture(cost, shape), folder, "network")
