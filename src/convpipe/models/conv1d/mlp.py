"""A multilayer perceptron."""

from dataclasses import dataclass

from convpipe import InputSpec, ModelSettings, register_model, setting
from convpipe.models import layers


@dataclass
class MlpSettings(ModelSettings):
    """Multilayer perceptron on all steps: a baseline without convolution."""

    name: str = "mlp"
    units: list[int] = setting([500, 500, 500], "units of each hidden layer", low=1, high=10_000)
    dropout: float = setting(0.3, "fraction of units dropped after each hidden layer", low=0.0, high=0.95)


@register_model(MlpSettings)
def build_mlp(settings: MlpSettings, spec: InputSpec):
    """Hidden layers over all steps at once, after Wang, Yan and Oates 2017 ("Time series classification from scratch
    with deep neural networks", figure 1a), but with a single dropout rate. Shorter series are padded with zeros."""
    inputs, outputs = layers.build_input(spec, masked=False)
    outputs = layers.FixedSteps(spec.steps, name="all_steps")(outputs)
    for number, units in enumerate(settings.units, 1):
        outputs = layers.Dense(units, activation="relu", name=f"hidden_{number}")(outputs)
        outputs = layers.Dropout(settings.dropout, name=f"hidden_{number}_dropout")(outputs)
    return layers.Model(inputs, layers.classifier_head(outputs, spec.classes, 0.0), name="mlp")
