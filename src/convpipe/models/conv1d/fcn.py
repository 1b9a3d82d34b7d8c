"""Fully convolutional network."""

from dataclasses import dataclass

from convpipe import InputSpec, ModelSettings, register_model, setting
from convpipe.models import layers
from convpipe.models.blocks import averaged_head, convolution


@dataclass
class FcnSettings(ModelSettings):
    """Fully convolutional network."""

    PER_LAYER = ("filters", "kernel_sizes")
    name: str = "fcn"
    filters: list[int] = setting([128, 256, 128], "filters of each block", low=1, high=4096)
    kernel_sizes: list[int] = setting([8, 5, 3], "kernel size of each block in steps", low=1, high=1024)
    hybrid: bool = setting(False, "add fixed hand-crafted filters, parallel to the first block")
    segments: int = setting(1, "equal parts of the series, each averaged separately before the output", low=1, high=16)
    dropout: float = setting(0.0, "fraction of features dropped before the output", low=0.0, high=0.95)


@register_model(FcnSettings)
def build_fcn(settings: FcnSettings, spec: InputSpec):
    """Fully convolutional network (Wang, Yan and Oates 2017, "Time series classification from scratch with deep neural
    networks", figure 1b). `hybrid` adds the fixed kernels of `layers.hand_crafted` parallel to its first block
    (H-FCN)."""
    inputs, series = layers.build_input(spec)
    outputs = series
    for number, (filters, kernel_size) in enumerate(zip(settings.filters, settings.kernel_sizes, strict=True), 1):
        outputs = convolution(outputs, filters, kernel_size, f"block_{number}", use_bias=True)
        if number == 1 and settings.hybrid:
            fixed = layers.HandCraftedFilters(name="fixed_kernels")(series)
            outputs = layers.Concatenate(name="hybrid")([outputs, fixed])
    return averaged_head(inputs, outputs, spec, settings)
