"""Residual network for series."""

from dataclasses import dataclass

from convpipe import InputSpec, ModelSettings, register_model, setting
from convpipe.models import layers
from convpipe.models.blocks import averaged_head, convolution, shortcut


@dataclass
class ResNetSettings(ModelSettings):
    """Residual network."""

    name: str = "resnet"
    filters: list[int] = setting([64, 128, 128], "filters of each residual block", low=1, high=4096)
    kernel_sizes: list[int] = setting([8, 5, 3], "kernel sizes inside each block in steps", low=1, high=1024)
    segments: int = setting(1, "equal parts of the series, each averaged separately before the output", low=1, high=16)
    dropout: float = setting(0.0, "fraction of features dropped before the output", low=0.0, high=0.95)


@register_model(ResNetSettings)
def build_resnet(settings: ResNetSettings, spec: InputSpec):
    """Residual network (Wang, Yan and Oates 2017, "Time series classification from scratch with deep neural networks",
    figure 1c): each block has three convolutions and a shortcut with a convolution of kernel size one."""
    inputs, outputs = layers.build_input(spec)
    for number, filters in enumerate(settings.filters, 1):
        block, name = outputs, f"block_{number}"
        for position, kernel_size in enumerate(settings.kernel_sizes, 1):
            last = position == len(settings.kernel_sizes)
            block = convolution(block, filters, kernel_size, f"{name}_{position}", activation=not last, use_bias=True)
        outputs = shortcut(outputs, block, filters, name, use_bias=True)
    return averaged_head(inputs, outputs, spec, settings)
