"""Depthwise separable convolutions for images."""

from dataclasses import dataclass

from convpipe import InputSpec, ModelSettings, register_model, setting
from convpipe.models import layers
from convpipe.models.blocks import averaged_head, convolution


@dataclass
class Mobile2dSettings(ModelSettings):
    """Depthwise separable convolutions: each filters every channel separately, then combines the channels."""

    PER_LAYER = ("filters", "strides")
    name: str = "mobile2d"
    filters: list[int] = setting([32, 64, 128, 128], "filters of each layer; the first is an ordinary Conv2D", low=1)
    strides: list[int] = setting([1, 2, 2, 1], "stride of each layer in pixels", low=1, high=4)
    dropout: float = setting(0.0, "fraction of features dropped before the output", low=0.0, high=0.95)


@register_model(Mobile2dSettings, axes=(2,))
def build_mobile2d(settings: Mobile2dSettings, spec: InputSpec):
    """MobileNet (Howard et al. 2017, "MobileNets: efficient convolutional neural networks for mobile vision
    applications", table 1) with fewer layers."""
    inputs, outputs = layers.build_input(spec, axes=2)
    for number, (filters, strides) in enumerate(zip(settings.filters, settings.strides, strict=True), 1):
        name = f"layer_{number}"
        if number == 1:
            outputs = convolution(outputs, filters, 3, name, strides=strides)
            continue
        options = {"strides": strides, "padding": "same", "use_bias": False}
        outputs = layers.DepthwiseConv2D(3, name=f"{name}_depthwise_convolution", **options)(outputs)
        outputs = layers.batch_norm_relu(outputs, f"{name}_depthwise")
        outputs = convolution(outputs, filters, 1, name)
    return averaged_head(inputs, outputs, spec, settings)
