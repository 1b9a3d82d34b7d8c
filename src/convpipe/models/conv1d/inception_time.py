"""Inception network."""

from dataclasses import dataclass

from convpipe import InputSpec, ModelSettings, register_model, setting
from convpipe.models import layers
from convpipe.models.blocks import averaged_head, parallel_convolutions, shortcut


@dataclass
class InceptionTimeSettings(ModelSettings):
    """Inception network. InceptionTime is an ensemble of five: set ensemble.size=5."""

    name: str = "inception_time"
    depth: int = setting(6, "inception modules", low=1, high=30)
    filters: int = setting(32, "filters of each branch", low=1, high=1024)
    kernel_size: int = setting(40, "longest kernel in steps; the others are a half and a quarter", low=4, high=1024)
    bottleneck: int = setting(
        32, "filters of the 1-step convolution before the branches; 0: no such layer", low=0, high=1024
    )
    residual: bool = setting(True, "a shortcut over every three modules")
    hybrid: bool = setting(False, "add fixed hand-crafted filters, parallel to the first module")
    segments: int = setting(1, "equal parts of the series, each averaged separately before the output", low=1, high=16)
    dropout: float = setting(0.0, "fraction of features dropped before the output", low=0.0, high=0.95)


@register_model(InceptionTimeSettings)
def build_inception_time(settings: InceptionTimeSettings, spec: InputSpec):
    """Inception network (Fawaz et al. 2020, "InceptionTime: finding AlexNet for time series classification", figures
    1 and 2). `hybrid` adds the fixed kernels of `layers.hand_crafted` parallel to the first module (H-Inception)."""
    inputs, outputs = layers.build_input(spec)
    residual = outputs
    for number in range(1, settings.depth + 1):
        name = f"module_{number}"
        branches = _inception_branches(outputs, settings, name)
        if number == 1 and settings.hybrid:
            branches.append(layers.HandCraftedFilters(name="fixed_kernels")(outputs))
        outputs = layers.batch_norm_relu(layers.Concatenate(name=f"{name}_branches")(branches), name)
        if settings.residual and number % 3 == 0:
            outputs = shortcut(residual, outputs, 4 * settings.filters, f"residual_{number // 3}", use_bias=False)
            residual = outputs
    return averaged_head(inputs, outputs, spec, settings)


def _inception_branches(inputs, settings: InceptionTimeSettings, name: str) -> list:
    """Return three parallel convolutions after a bottleneck, and max pooling with a convolution of kernel size one."""
    narrow, options = inputs, {"padding": "same", "use_bias": False}
    if settings.bottleneck and inputs.shape[-1] > 1:
        narrow = layers.Conv1D(settings.bottleneck, 1, name=f"{name}_bottleneck", **options)(inputs)
    branches = parallel_convolutions(narrow, settings, name)
    pooled = layers.MaxPooling1D(3, strides=1, padding="same", name=f"{name}_pooling")(inputs)
    pooled = layers.Conv1D(settings.filters, 1, name=f"{name}_pooling_convolution", **options)(pooled)
    return [*branches, pooled]
