"""Fully convolutional network."""

from dataclasses import dataclass
from typing import ClassVar

from convpipe.config.model import ModelSettings
from convpipe.config.schema import setting
from convpipe.input_spec import InputSpec
from convpipe.models import layers
from convpipe.registry import register_model


@dataclass
class FcnSettings(ModelSettings):
    """Fully convolutional network."""

    PER_LAYER: ClassVar[tuple[str, ...]] = ("filters", "kernel_sizes")
    name: str = "fcn"
    filters: list[int] = setting([128, 256, 128], "filters of each block", low=1, high=4096)
    kernel_sizes: list[int] = setting([8, 5, 3], "kernel size of each block in steps", low=1, high=1024)
    hybrid: bool = setting(False, "fixed hand-crafted filters beside the first block")
    segments: int = setting(1, "average over so many equal parts of the series instead of all of it", low=1, high=16)
    dropout: float = setting(0.0, "share of features dropped before the output", low=0.0, high=0.95)


@register_model(FcnSettings)
def build_fcn(settings: FcnSettings, spec: InputSpec):
    """Fully convolutional network (Wang, Yan and Oates 2017, "Time series classification from scratch with deep neural
    networks", figure 1b); `hybrid` sets the fixed kernels of `layers.hand_crafted` beside its first block (H-FCN)."""
    inputs, entry = layers.build_input(spec)
    outputs = entry
    for number, (filters, kernel_size) in enumerate(zip(settings.filters, settings.kernel_sizes, strict=True), 1):
        name = f"block_{number}"
        outputs = layers.batch_norm_relu(
            layers.Conv1D(filters, kernel_size, padding="same", name=f"{name}_convolution")(outputs), name
        )
        if number == 1 and settings.hybrid:
            outputs = layers.Concatenate(name="hybrid")(
                [outputs, layers.HandCraftedFilters(name="fixed_kernels")(entry)]
            )
    return layers.Model(
        inputs, layers.pooled_head(outputs, spec.classes, settings.segments, settings.dropout), name="fcn"
    )
