"""Residual network for images."""

from dataclasses import dataclass

from convpipe import InputSpec, ModelSettings, register_model, setting
from convpipe.models.blocks import residual_network


@dataclass
class ResNet2dSettings(ModelSettings):
    """A small residual network for images."""

    name: str = "resnet2d"
    filters: list[int] = setting([16, 32, 64], "filters of each stage; each but the first halves the image", low=1)
    blocks: int = setting(2, "residual blocks of two convolutions in each stage", low=1, high=20)
    dropout: float = setting(0.0, "fraction of features dropped before the output", low=0.0, high=0.95)


@register_model(ResNet2dSettings, axes=(2,))
def build_resnet2d(settings: ResNet2dSettings, spec: InputSpec):
    """Residual network for small images (He et al. 2016, "Deep residual learning for image recognition", section 4.2):
    one convolution, then stages of residual blocks of two; each stage but the first halves the image."""
    return residual_network(settings, spec, axes=2)
