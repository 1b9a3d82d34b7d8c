"""LITE: a light Inception network with fixed kernels."""

from dataclasses import dataclass

from convpipe.config.model import ModelSettings
from convpipe.config.schema import setting
from convpipe.input_spec import InputSpec
from convpipe.models import layers
from convpipe.models.conv1d.blocks import parallel_convolutions
from convpipe.registry import register_model


@dataclass
class LiteTimeSettings(ModelSettings):
    """LITE, one of the five of LITETime; set ensemble.size=5 for all five."""

    name: str = "lite_time"
    filters: int = setting(32, "filters of each branch and of each separable convolution", low=1, high=1024)
    kernel_size: int = setting(40, "longest kernel in steps; the others are a half and a quarter", low=4, high=1024)
    hybrid: bool = setting(True, "fixed hand-crafted filters beside the first layer")
    segments: int = setting(1, "average over so many equal parts of the series instead of all of it", low=1, high=16)
    dropout: float = setting(0.0, "share of features dropped before the output", low=0.0, high=0.95)


@register_model(LiteTimeSettings)
def build_lite_time(settings: LiteTimeSettings, spec: InputSpec):
    """LITE (Ismail-Fawaz et al. 2023, "LITE: light inception with boosting techniques for time series classification",
    figure 1): one multiplexed layer with fixed kernels, then two dilated separable convolutions."""
    inputs, entry = layers.build_input(spec)
    branches = parallel_convolutions(entry, settings, "layer_1")
    if settings.hybrid:
        branches.append(layers.HandCraftedFilters(name="fixed_kernels")(entry))
    outputs = layers.batch_norm_relu(layers.Concatenate(name="layer_1_branches")(branches), "layer_1")
    for number, dilation in ((2, 2), (3, 4)):
        outputs = layers.SeparableConv1D(
            settings.filters,
            settings.kernel_size // 2 ** (number - 1),
            dilation_rate=dilation,
            padding="same",
            use_bias=False,
            name=f"layer_{number}_separable",
        )(outputs)
        outputs = layers.batch_norm_relu(outputs, f"layer_{number}")
    logits = layers.pooled_head(outputs, spec.classes, settings.segments, settings.dropout)
    return layers.Model(inputs, logits, name="lite_time")
