"""Residual network for volumes."""

from dataclasses import dataclass

from convpipe import InputSpec, ModelSettings, register_model, setting
from convpipe.models.blocks import residual_network


@dataclass
class ResNet3dSettings(ModelSettings):
    """A small residual network for volumes."""

    name: str = "resnet3d"
    filters: list[int] = setting([16, 32, 64], "filters of each stage; each but the first halves the volume", low=1)
    blocks: int = setting(1, "residual blocks of two convolutions in each stage", low=1, high=20)
    dropout: float = setting(0.0, "fraction of features dropped before the output", low=0.0, high=0.95)


@register_model(ResNet3dSettings, axes=(3,))
def build_resnet3d(settings: ResNet3dSettings, spec: InputSpec):
    """Residual network whose kernels move along three axes (Hara, Kataoka and Satoh 2018, "Can spatiotemporal 3D CNNs
    retrace the history of 2D CNNs and ImageNet?", figure 3, basic block): one convolution, then stages of residual
    blocks of two; each stage but the first halves the volume."""
    return residual_network(settings, spec, axes=3)
