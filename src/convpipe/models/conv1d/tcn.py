"""Temporal convolutional network."""

from dataclasses import dataclass

from convpipe import InputSpec, ModelSettings, register_model, setting
from convpipe.models import layers
from convpipe.models.blocks import convolution


@dataclass
class TcnSettings(ModelSettings):
    """Temporal convolutional network: dilated, causal, residual."""

    name: str = "tcn"
    filters: int = setting(64, "filters of each convolution", low=1, high=4096)
    kernel_size: int = setting(5, "kernel size in steps", low=2, high=64)
    num_blocks: int = setting(6, "residual blocks; the dilation doubles from one to the next", low=1, high=16)
    dropout: float = setting(0.1, "fraction of channels dropped after each convolution", low=0.0, high=0.95)
    pooling: str = setting("average", "features of the last step, or average over steps", choices=["last", "average"])


@register_model(TcnSettings)
def build_tcn(settings: TcnSettings, spec: InputSpec):
    """Temporal convolutional network (Bai, Kolter and Koltun 2018, "An empirical evaluation of generic convolutional
    and recurrent networks for sequence modeling", section 3 and figure 1), with batch normalization instead of weight
    normalization: the other networks here use it too, and it can be recalibrated."""
    inputs, outputs = layers.build_input(spec)
    for level in range(settings.num_blocks):
        block, name = outputs, f"level_{level + 1}"
        for position in (1, 2):
            step, options = f"{name}_{position}", {"dilation_rate": 2**level, "padding": "causal", "use_bias": True}
            block = convolution(block, settings.filters, settings.kernel_size, step, **options)
            block = layers.SpatialDropout1D(settings.dropout, name=f"{step}_dropout")(block)
        if outputs.shape[-1] != settings.filters:
            outputs = layers.Conv1D(settings.filters, 1, name=f"{name}_shortcut")(outputs)
        outputs = layers.ReLU(name=f"{name}_relu")(layers.Add(name=f"{name}_add")([outputs, block]))
    if settings.pooling == "average":
        logits = layers.pooled_head(outputs, spec.classes, 1, 0.0)
    else:
        logits = layers.classifier_head(layers.LastStep(name="last_step")(outputs), spec.classes, 0.0)
    return layers.Model(inputs, logits, name="tcn")
