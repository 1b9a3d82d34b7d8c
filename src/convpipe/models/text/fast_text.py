"""The mean of word and n-gram vectors, then a linear layer."""

from dataclasses import dataclass

from convpipe import InputSpec, ModelSettings, register_model, setting
from convpipe.models import layers


@dataclass
class FastTextSettings(ModelSettings):
    """A baseline for texts: the mean of the vectors of words and hashed n-grams, then a linear layer."""

    name: str = "fast_text"
    dim: int = setting(16, "size of each vector", low=1, high=4096)
    max_ngram: int = setting(2, "longest n-gram in tokens", low=1, high=5)
    buckets: int = setting(50_000, "vectors shared by all n-grams of two or more tokens", low=1, high=10_000_000)
    dropout: float = setting(0.0, "fraction of features dropped before the output", low=0.0, high=0.95)


@register_model(FastTextSettings, needs_tokens=True)
def build_fast_text(settings: FastTextSettings, spec: InputSpec):
    """fastText (Joulin et al. 2017, "Bag of tricks for efficient text classification", sections 2 and 2.2). It learns
    its own vectors and ignores the embedding."""
    assert spec.tokens is not None, "check_fits refuses samples that are not texts"
    inputs = layers.Input((None,), dtype="int32", name="tokens")
    layer = layers.NGramMean(spec.tokens.learned, settings.buckets, settings.dim, settings.max_ngram, name="mean")
    return layers.Model(inputs, layers.classifier_head(layer(inputs), spec.classes, settings.dropout), name="fast_text")
