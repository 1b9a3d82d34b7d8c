"""LITE: a light Inception network with fixed kernels."""

from dataclasses import dataclass

from convpipe import InputSpec, ModelSettings, register_model, setting
from convpipe.models import layers
from convpipe.models.blocks import averaged_head, parallel_convolutions


@dataclass
class LiteTimeSettings(ModelSettings):
    """LITE. LITETime is an ensemble of five: set ensemble.size=5."""

    name: str = "lite_time"
    filters: int = setting(32, "filters of each branch and of each separable convolution", low=1, high=1024)
    kernel_size: int = setting(40, "longest kernel in steps; the others are a half and a quarter", low=4, high=1024)
    hybrid: bool = setting(True, "add fixed hand-crafted filters, parallel to the first layer")
    segments: int = setting(1, "equal parts of the series, each averaged separately before the output", low=1, high=16)
    dropout: float = setting(0.0, "fraction of features dropped before the output", low=0.0, high=0.95)


@register_model(LiteTimeSettings)
def build_lite_time(settings: LiteTimeSettings, spec: InputSpec):
    """LITE (Ismail-Fawaz et al. 2023, "LITE: light inception with boosting techniques for time series classification",
    figure 1): one multiplexed layer with fixed kernels, then two dilated separable convolutions."""
    inputs, series = layers.build_input(spec)
    branches = parallel_convolutions(series, settings, "layer_1")
    if settings.hybrid:
        branches.append(layers.HandCraftedFilters(name="fixed_kernels")(series))
    outputs = layers.batch_norm_relu(layers.Concatenate(name="layer_1_branches")(branches), "layer_1")
    for number, dilation in ((2, 2), (3, 4)):
        name, size = f"layer_{number}", settings.kernel_size // dilation
        options = {"dilation_rate": dilation, "padding": "same", "use_bias": False}
        outputs = layers.SeparableConv1D(settings.filters, size, name=f"{name}_separable", **options)(outputs)
        outputs = layers.batch_norm_relu(outputs, name)
    return averaged_head(inputs, outputs, spec, settings)
