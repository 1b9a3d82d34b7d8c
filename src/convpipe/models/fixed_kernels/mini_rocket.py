"""MiniRocket."""

from dataclasses import dataclass

from convpipe import InputSpec, ModelSettings, register_model, setting
from convpipe.models import layers
from convpipe.models.fixed_kernels.network import fixed_kernel_network


@dataclass
class MiniRocketSettings(ModelSettings):
    """Fixed kernels and a linear layer that is solved for, not trained."""

    name: str = "mini_rocket"
    features: int = setting(10_000, "kernels times biases; rounded down to a multiple of 84", low=84, high=1_000_000)
    #: For series that differ in their steps, as gestures do.
    duration: bool = setting(False, "whether features also tell how long a series lasts")


@register_model(MiniRocketSettings, solver="linear")
def build_mini_rocket(settings: MiniRocketSettings, spec: InputSpec):
    """MiniRocket, as `layers.proportions` cites it; several channels as in its multivariate variant: each kernel and
    dilation looks at the sum of a few channels drawn by chance."""
    kernels = layers.ProportionOfPositiveValues(spec.steps, settings.features, settings.duration, name="proportions")
    return fixed_kernel_network(spec, "mini_rocket", [kernels])
