"""Convolutions over characters."""

from dataclasses import dataclass

from convpipe import InputSpec, ModelSettings, register_model, setting
from convpipe.models import layers


@dataclass
class CharCnnSettings(ModelSettings):
    """Convolutions over characters; the default is a small network for a laptop."""

    PER_LAYER = ("filters", "kernel_sizes", "pooling")
    name: str = "char_cnn"
    filters: list[int] = setting([128, 128, 128], "filters of each convolution", low=1, high=4096)
    kernel_sizes: list[int] = setting([7, 5, 3], "kernel size of each convolution, in characters", low=1, high=64)
    pooling: list[int] = setting([3, 3, 1], "max pooling after each convolution; 1: no pooling", low=1, high=64)
    units: list[int] = setting([], "units of each dense layer after the maximum over time", low=1, high=10_000)
    dropout: float = setting(
        0.5, "fraction of features dropped after each dense layer, or before the output", low=0.0, high=0.95
    )


@register_model(CharCnnSettings)
def build_char_cnn(settings: CharCnnSettings, spec: InputSpec):
    """Convolutions, ReLU and pooling over characters, then dense layers (Zhang, Zhao and LeCun 2015, "Character-level
    convolutional networks for text classification", section 2.3 and tables 1 and 2).

    The paper truncates or pads every text to 1,014 characters and flattens the last feature map. Here "same" padding
    and the maximum over time are used instead, so that a text may have any number of characters.
    """
    inputs, outputs = layers.build_input(spec)
    layout = zip(settings.filters, settings.kernel_sizes, settings.pooling, strict=True)
    options = {"padding": "same", "activation": "relu"}
    for number, (filters, kernel_size, pooling) in enumerate(layout, 1):
        name = f"layer_{number}"
        outputs = layers.Conv1D(filters, kernel_size, name=f"{name}_convolution", **options)(outputs)
        if pooling > 1:
            outputs = layers.MaxPooling1D(pooling, padding="same", name=f"{name}_pooling")(outputs)
    outputs = layers.GlobalMaximum(name="maximum")(outputs)
    for number, units in enumerate(settings.units, 1):
        outputs = layers.Dense(units, activation="relu", name=f"hidden_{number}")(outputs)
        outputs = layers.Dropout(settings.dropout, name=f"hidden_{number}_dropout")(outputs)
    logits = layers.classifier_head(outputs, spec.classes, 0.0 if settings.units else settings.dropout)
    return layers.Model(inputs, logits, name="char_cnn")
