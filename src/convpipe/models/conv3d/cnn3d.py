"""A plain stack of Conv3D."""

from dataclasses import dataclass

from convpipe import InputSpec, ModelSettings, register_model, setting
from convpipe.models.blocks import plain_network


@dataclass
class Cnn3dSettings(ModelSettings):
    """A plain stack of Conv3D, batch normalization, ReLU and max pooling: a good first model."""

    PER_LAYER = ("filters", "kernel_sizes", "strides", "pooling")
    name: str = "cnn3d"
    filters: list[int] = setting([16, 32, 64], "filters of each convolution", low=1, high=4096)
    kernel_sizes: list[int] = setting([3, 3, 3], "kernel size of each convolution in voxels", low=1, high=64)
    strides: list[int] = setting([1, 1, 1], "stride of each convolution in voxels", low=1, high=16)
    pooling: list[int] = setting(
        [2, 2, 1], "max pooling after each convolution in voxels; 1: no pooling", low=1, high=16
    )
    padding: str = setting("same", "padding of each convolution, as in Keras", choices=["valid", "same"])
    batch_normalization: bool = setting(True, "batch normalization after each convolution")
    dropout: float = setting(0.2, "fraction of features dropped before the output", low=0.0, high=0.95)


@register_model(Cnn3dSettings, axes=(3,))
def build_cnn3d(settings: Cnn3dSettings, spec: InputSpec):
    """Convolution, batch normalization, ReLU and max pooling for each entry; then the average over all voxels."""
    return plain_network(settings, spec, axes=3)
