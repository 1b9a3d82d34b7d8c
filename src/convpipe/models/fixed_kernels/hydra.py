"""Hydra."""

from dataclasses import dataclass

from convpipe import InputSpec, ModelSettings, register_model, setting
from convpipe.models import layers
from convpipe.models.fixed_kernels.network import fixed_kernel_network


@dataclass
class HydraSettings(ModelSettings):
    """Fixed kernels that compete in groups at every step, and a linear layer in closed form."""

    name: str = "hydra"
    groups: int = setting(64, "groups of eight kernels, half of them on the first difference", low=2, high=1024)
    #: For series of different lengths, such as gestures.
    duration: bool = setting(False, "let the features depend on the length of a series")


@register_model(HydraSettings, solver="linear")
def build_hydra(settings: HydraSettings, spec: InputSpec):
    """Hydra, cited in `layers.competing`; each group uses the sum of a few randomly drawn channels."""
    kernels = layers.CompetingKernels(spec.steps, settings.groups, settings.duration, name="competing")
    return fixed_kernel_network(spec, "hydra", [kernels])
