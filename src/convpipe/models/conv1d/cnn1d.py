"""A plain stack of Conv1D."""

from dataclasses import dataclass

from convpipe import InputSpec, ModelSettings, register_model, setting
from convpipe.models import transforms_to
from convpipe.models.blocks import plain_network


@dataclass
class Cnn1dSettings(ModelSettings):
    """A plain stack of Conv1D, normalization, ReLU and pooling: the one to start from."""

    PER_LAYER = ("filters", "kernel_sizes", "strides", "pooling")
    name: str = "cnn1d"
    filters: list[int] = setting([32, 64, 64, 64], "filters of each convolution", low=1, high=4096)
    kernel_sizes: list[int] = setting([9, 9, 9, 9], "kernel size of each convolution in steps", low=1, high=1024)
    strides: list[int] = setting([1, 1, 1, 1], "stride of each convolution in steps", low=1, high=64)
    pooling: list[int] = setting([2, 2, 2, 1], "max pooling after each convolution, 1 for none", low=1, high=64)
    padding: str = setting("same", "what stands before and after a series", choices=["valid", "same", "causal"])
    batch_normalization: bool = setting(True, "normalize after each convolution")
    #: As many segments as steps are left keep every step apart, as a flattened output does.
    segments: int = setting(1, "equal parts of the series that are averaged apart before the output", low=1, high=64)
    dropout: float = setting(0.2, "share of features dropped before the output", low=0.0, high=0.95)
    #: For images: rows (each row is a step). For volumes: middle_line. Unset: series as they are.
    input_transform: str | None = setting(None, "for samples with more axes", choices=transforms_to(1))


@register_model(Cnn1dSettings)
def build_cnn1d(settings: Cnn1dSettings, spec: InputSpec):
    """Convolution, normalization, ReLU and pooling, as often as there are entries; then the average over all steps, or
    over each of `segments` parts."""
    return plain_network(settings, spec, axes=1)
