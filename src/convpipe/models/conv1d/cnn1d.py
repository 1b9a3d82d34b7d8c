"""A plain stack of Conv1D."""

from dataclasses import dataclass
from typing import ClassVar

from convpipe.config.model import ModelSettings
from convpipe.config.schema import setting
from convpipe.input_spec import InputSpec
from convpipe.models import layers, transforms_to
from convpipe.registry import register_model


@dataclass
class Cnn1dSettings(ModelSettings):
    """A plain stack of Conv1D, normalisation, ReLU and pooling: the one to start from."""

    PER_LAYER: ClassVar[tuple[str, ...]] = ("filters", "kernel_sizes", "strides", "pooling")
    name: str = "cnn1d"
    filters: list[int] = setting([32, 64, 64, 64], "filters of each convolution", low=1, high=4096)
    kernel_sizes: list[int] = setting([9, 9, 9, 9], "kernel size of each convolution in steps", low=1, high=1024)
    strides: list[int] = setting([1, 1, 1, 1], "stride of each convolution in steps", low=1, high=64)
    pooling: list[int] = setting([2, 2, 2, 1], "max pooling after each convolution, 1 for none", low=1, high=64)
    padding: str = setting("same", "what stands before and after a series", choices=["valid", "same", "causal"])
    batch_normalization: bool = setting(True, "normalise after each convolution")
    dropout: float = setting(0.2, "share of features dropped before the output", low=0.0, high=0.95)
    #: For images: rows (each row is a step). For volumes: middle_line. Unset: series as they are.
    input_transform: str | None = setting(None, "for samples with more axes", choices=transforms_to(1))


@register_model(Cnn1dSettings)
def build_cnn1d(settings: Cnn1dSettings, spec: InputSpec):
    """Convolution, normalisation, ReLU and pooling, as often as there are entries; then the average over all steps."""
    inputs, outputs = layers.build_input(spec)
    layout = zip(settings.filters, settings.kernel_sizes, settings.strides, settings.pooling, strict=True)
    for number, (filters, kernel_size, strides, pooling) in enumerate(layout, 1):
        name = f"layer_{number}"
        outputs = layers.Conv1D(
            filters, kernel_size, strides=strides, padding=settings.padding, name=f"{name}_convolution"
        )(outputs)
        if settings.batch_normalization:
            outputs = layers.batch_norm_relu(outputs, name)
        else:
            outputs = layers.ReLU(name=f"{name}_relu")(outputs)
        if pooling > 1:
            outputs = layers.MaxPooling1D(layers.pool_size_for(spec, pooling, outputs.shape), name=f"{name}_pooling")(
                outputs
            )
    return layers.Model(inputs, layers.pooled_head(outputs, spec.classes, 1, settings.dropout), name="cnn1d")
