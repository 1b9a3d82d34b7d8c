"""MiniRocket."""

from dataclasses import dataclass

from convpipe import InputSpec, ModelSettings, register_model, setting
from convpipe.models import layers
from convpipe.models.fixed_kernels.network import fixed_kernel_network


@dataclass
class MiniRocketSettings(ModelSettings):
    """Fixed kernels and a linear layer in closed form."""

    name: str = "mini_rocket"
    features: int = setting(10_000, "kernels times biases, rounded down to a multiple of 84", low=84, high=1_000_000)
    #: For series of different lengths, such as gestures.
    duration: bool = setting(False, "let the features depend on the length of a series")


@register_model(MiniRocketSettings, solver="linear")
def build_mini_rocket(settings: MiniRocketSettings, spec: InputSpec):
    """MiniRocket, cited in `layers.proportions`. With several channels it is the multivariate variant: each kernel and
    dilation uses the sum of a few randomly drawn channels."""
    kernels = layers.ProportionOfPositiveValues(spec.steps, settings.features, settings.duration, name="proportions")
    return fixed_kernel_network(spec, "mini_rocket", [kernels])
