"""A plain stack of Conv2D."""

from dataclasses import dataclass

from convpipe import InputSpec, ModelSettings, register_model, setting
from convpipe.models import transforms_to
from convpipe.models.blocks import plain_network


@dataclass
class Cnn2dSettings(ModelSettings):
    """A plain stack of Conv2D, normalization, ReLU and pooling: the one to start from."""

    PER_LAYER = ("filters", "kernel_sizes", "strides", "pooling")
    name: str = "cnn2d"
    filters: list[int] = setting([32, 64, 128], "filters of each convolution", low=1, high=4096)
    kernel_sizes: list[int] = setting([3, 3, 3], "kernel size of each convolution in pixels", low=1, high=64)
    strides: list[int] = setting([1, 1, 1], "stride of each convolution in pixels", low=1, high=16)
    pooling: list[int] = setting([2, 2, 1], "max pooling after each convolution in pixels, 1 for none", low=1, high=16)
    padding: str = setting("same", "what stands round an image", choices=["valid", "same"])
    batch_normalization: bool = setting(True, "normalize after each convolution")
    dropout: float = setting(0.2, "share of features dropped before the output", low=0.0, high=0.95)
    #: For series: as_image (steps x channels), height_one (one row, equal to Conv1D) or spectrogram (of each channel).
    #: For volumes: middle_slice. Unset: images as they are, sound as its spectrogram.
    input_transform: str | None = setting(None, "for series and volumes", choices=transforms_to(2))


@register_model(Cnn2dSettings, axes=(2,))
def build_cnn2d(settings: Cnn2dSettings, spec: InputSpec):
    """Convolution, normalization, ReLU and pooling, as often as there are entries; then the average over all pixels."""
    return plain_network(settings, spec, axes=2)
