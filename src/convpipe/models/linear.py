"""The linear baseline."""

from dataclasses import dataclass

from convpipe import InputSpec, ModelSettings, register_model, setting
from convpipe.models import layers


@dataclass
class LinearSettings(ModelSettings):
    """The baseline without kernels: tf-idf and a linear support vector machine for texts, else ridge regression."""

    name: str = "linear"
    max_ngram: int = setting(2, "texts: longest n-gram in tokens", low=1, high=5)


@register_model(LinearSettings, axes=(1, 2, 3), solver="linear")
def build_linear(settings: LinearSettings, spec: InputSpec):
    """A linear classifier as a network: on the tf-idf of n-grams for texts, on the spectrogram for sound, and else on
    the standardized values, with zeros after the end of a shorter series."""
    if spec.tokens:
        inputs = layers.Input((None,), dtype="int32", name="tokens")
        outputs = layers.TfIdfScores(spec.classes, settings.max_ngram, name="logits")(inputs)
        return layers.Model(inputs, outputs, name="linear")
    inputs, outputs = layers.build_input(spec, axes=2 if spec.spectrogram else 1, masked=False)
    if len(spec.sizes) == 1 and not spec.spectrogram:
        outputs = layers.FixedSteps(spec.steps, name="all_steps")(outputs)
    else:
        outputs = layers.Flatten(name="all_values")(outputs)
    outputs = layers.Standardization(name="standardization")(outputs)
    return layers.Model(inputs, layers.classifier_head(outputs, spec.classes, 0.0), name="linear")
