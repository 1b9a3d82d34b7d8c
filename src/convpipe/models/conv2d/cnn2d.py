"""A plain stack of Conv2D."""

from dataclasses import dataclass

from convpipe import InputSpec, ModelSettings, register_model, setting
from convpipe.models import transforms_to
from convpipe.models.blocks import plain_network


@dataclass
class Cnn2dSettings(ModelSettings):
    """A plain stack of Conv2D, batch normalization, ReLU and max pooling: a good first model."""

    PER_LAYER = ("filters", "kernel_sizes", "strides", "pooling")
    name: str = "cnn2d"
    filters: list[int] = setting([32, 64, 128], "filters of each convolution", low=1, high=4096)
    kernel_sizes: list[int] = setting([3, 3, 3], "kernel size of each convolution in pixels", low=1, high=64)
    strides: list[int] = setting([1, 1, 1], "stride of each convolution in pixels", low=1, high=16)
    pooling: list[int] = setting(
        [2, 2, 1], "max pooling after each convolution in pixels; 1: no pooling", low=1, high=16
    )
    padding: str = setting("same", "padding of each convolution, as in Keras", choices=["valid", "same"])
    batch_normalization: bool = setting(True, "batch normalization after each convolution")
    dropout: float = setting(0.2, "fraction of features dropped before the output", low=0.0, high=0.95)
    #: For series: as_image (steps x channels), height_one (one row, equal to Conv1D) or spectrogram (of each channel).
    #: For volumes: middle_slice. If unset: images unchanged, sound as its log-mel spectrogram.
    input_transform: str | None = setting(None, "transform of series or volumes to images", choices=transforms_to(2))


@register_model(Cnn2dSettings, axes=(2,))
def build_cnn2d(settings: Cnn2dSettings, spec: InputSpec):
    """Convolution, batch normalization, ReLU and max pooling for each entry; then the average over all pixels."""
    return plain_network(settings, spec, axes=2)
