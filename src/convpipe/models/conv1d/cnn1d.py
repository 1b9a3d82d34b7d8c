"""A plain stack of Conv1D."""

from dataclasses import dataclass

from convpipe import InputSpec, ModelSettings, register_model, setting
from convpipe.models import transforms_to
from convpipe.models.blocks import plain_network


@dataclass
class Cnn1dSettings(ModelSettings):
    """A plain stack of Conv1D, batch normalization, ReLU and max pooling: a good first model."""

    PER_LAYER = ("filters", "kernel_sizes", "strides", "pooling")
    name: str = "cnn1d"
    filters: list[int] = setting([32, 64, 64, 64], "filters of each convolution", low=1, high=4096)
    kernel_sizes: list[int] = setting([9, 9, 9, 9], "kernel size of each convolution in steps", low=1, high=1024)
    strides: list[int] = setting([1, 1, 1, 1], "stride of each convolution in steps", low=1, high=64)
    pooling: list[int] = setting([2, 2, 2, 1], "max pooling after each convolution; 1: no pooling", low=1, high=64)
    padding: str = setting("same", "padding of each convolution, as in Keras", choices=["valid", "same", "causal"])
    batch_normalization: bool = setting(True, "batch normalization after each convolution")
    #: As many segments as remaining steps are equal to flattening.
    segments: int = setting(1, "equal parts of the series, each averaged separately before the output", low=1, high=64)
    dropout: float = setting(0.2, "fraction of features dropped before the output", low=0.0, high=0.95)
    #: For images: rows (each row is a step). For volumes: middle_line. If unset: series unchanged.
    input_transform: str | None = setting(None, "transform of images or volumes to series", choices=transforms_to(1))


@register_model(Cnn1dSettings)
def build_cnn1d(settings: Cnn1dSettings, spec: InputSpec):
    """Convolution, batch normalization, ReLU and max pooling for each entry; then the average over all steps, or over
    each of `segments` parts."""
    return plain_network(settings, spec, axes=1)
