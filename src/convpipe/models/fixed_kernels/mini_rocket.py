"""Fixed kernels and a linear layer."""

from dataclasses import dataclass

from convpipe import InputSpec, ModelSettings, register_model, setting
from convpipe.models import layers


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
    inputs = layers.Input((None, spec.channels), name="series", dtype="float32")
    outputs = layers.SeriesEnd(name="series_end", dtype="float32")(inputs) if spec.masked else inputs
    transform = layers.ProportionOfPositiveValues(spec.steps, settings.features, settings.duration, name="proportions")
    outputs = transform(outputs)
    outputs = layers.Standardization(name="standardization")(outputs)
    return layers.Model(inputs, layers.classifier_head(outputs, spec.classes, 0.0), name="mini_rocket")
