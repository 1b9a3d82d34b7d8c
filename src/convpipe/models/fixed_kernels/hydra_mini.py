"""Hydra and MiniRocket side by side."""

from dataclasses import dataclass

from convpipe import InputSpec, ModelSettings, register_model, setting
from convpipe.models import layers
from convpipe.models.fixed_kernels.network import fixed_kernel_network


@dataclass
class HydraMiniSettings(ModelSettings):
    """The features of Hydra and MiniRocket together, and a linear layer that is solved for, not trained."""

    name: str = "hydra_mini"
    features: int = setting(10_000, "of MiniRocket; rounded down to a multiple of 84", low=84, high=1_000_000)
    groups: int = setting(64, "of Hydra, eight kernels each; half over the first difference", low=2, high=1024)
    #: For series that differ in their steps, as gestures do.
    duration: bool = setting(False, "whether features also tell how long a series lasts")


@register_model(HydraMiniSettings, solver="linear")
def build_hydra_mini(settings: HydraMiniSettings, spec: InputSpec):
    """MiniRocket and Hydra, as `layers.proportions` and `layers.competing` cite them; the union is named by Dempster,
    Schmidt and Webb 2023, section 4.2, for Hydra and other transforms of the Rocket family."""
    mini = layers.ProportionOfPositiveValues(spec.steps, settings.features, settings.duration, name="proportions")
    hydra = layers.CompetingKernels(spec.steps, settings.groups, settings.duration, name="competing")
    return fixed_kernel_network(spec, "hydra_mini", [mini, hydra])
