"""Hydra."""

from dataclasses import dataclass

from convpipe import InputSpec, ModelSettings, register_model, setting
from convpipe.models import layers
from convpipe.models.fixed_kernels.network import fixed_kernel_network


@dataclass
class HydraSettings(ModelSettings):
    """Kernels in groups that compete at every step, and a linear layer that is solved for, not trained."""

    name: str = "hydra"
    groups: int = setting(64, "groups of eight kernels, half of them over the first difference", low=2, high=1024)
    #: For series that differ in their steps, as gestures do.
    duration: bool = setting(False, "whether features also tell how long a series lasts")


@register_model(HydraSettings, solver="linear")
def build_hydra(settings: HydraSettings, spec: InputSpec):
    """Hydra, as `layers.competing` cites it; each group looks at the sum of a few channels drawn by chance."""
    kernels = layers.CompetingKernels(spec.steps, settings.groups, settings.duration, name="competing")
    return fixed_kernel_network(spec, "hydra", [kernels])
