"""Hydra and MiniRocket together."""

from dataclasses import dataclass

from convpipe import InputSpec, ModelSettings, register_model, setting
from convpipe.models import layers
from convpipe.models.fixed_kernels.network import fixed_kernel_network


@dataclass
class HydraMiniSettings(ModelSettings):
    """The features of Hydra and MiniRocket together, and a linear layer in closed form."""

    name: str = "hydra_mini"
    features: int = setting(10_000, "features of MiniRocket, rounded down to a multiple of 84", low=84, high=1_000_000)
    groups: int = setting(64, "groups of eight Hydra kernels, half of them on the first difference", low=2, high=1024)
    #: For series of different lengths, such as gestures.
    duration: bool = setting(False, "let the features depend on the length of a series")


@register_model(HydraMiniSettings, solver="linear")
def build_hydra_mini(settings: HydraMiniSettings, spec: InputSpec):
    """MiniRocket and Hydra, cited in `layers.proportions` and `layers.competing`. Dempster, Schmidt and Webb 2023,
    section 4.2, combine Hydra with other transforms of the Rocket family."""
    mini = layers.ProportionOfPositiveValues(spec.steps, settings.features, settings.duration, name="proportions")
    hydra = layers.CompetingKernels(spec.steps, settings.groups, settings.duration, name="competing")
    return fixed_kernel_network(spec, "hydra_mini", [mini, hydra])
