"""Parallel kernel sizes over token vectors."""

from dataclasses import dataclass

from convpipe import ConfigError, InputSpec, ModelSettings, register_model, setting
from convpipe.models import layers


@dataclass
class TextCnnSettings(ModelSettings):
    """Parallel kernel sizes, and the maximum of each filter over the text."""

    name: str = "text_cnn"
    kernel_sizes: list[int] = setting([3, 4, 5], "parallel kernel sizes in tokens", low=1, high=64)
    filters: int = setting(100, "filters of each kernel size", low=1, high=4096)
    dropout: float = setting(0.5, "fraction of features dropped before the output", low=0.0, high=0.95)
    max_norm: float = setting(3.0, "maximum norm of the output weights per class; 0: no limit", low=0.0, high=1000.0)
    bag: bool = setting(False, "add a linear layer over the words of the text, weighted by inverse document frequency")
    as_conv2d: bool = setting(False, "compute with Conv2D kernels as wide as a vector, with the same outputs")

    def __post_init__(self):
        super().__post_init__()
        if not self.kernel_sizes or len(set(self.kernel_sizes)) != len(self.kernel_sizes):
            message = f"model.kernel_sizes={self.kernel_sizes} must contain at least one size and no size twice"
            remedy = "set model.kernel_sizes=[3,4,5] or other different sizes"
            raise ConfigError(message, key="model.kernel_sizes", value=self.kernel_sizes, remedy=remedy)


@register_model(TextCnnSettings)
def build_text_cnn(settings: TextCnnSettings, spec: InputSpec):
    """Parallel kernel sizes, and the maximum of each filter over all tokens (Kim 2014, "Convolutional neural networks
    for sentence classification", section 2).

    The equation of the paper uses the windows inside a text. Its program pads with kernel_size - 1 zero vectors on both
    sides (a wide convolution), so that every token meets every tap. Here the padding is half of that ("same"): there
    are as many outputs as tokens, each window is centered on one, and a text shorter than a kernel still has a window.
    Windows of the wide convolution that contain less than half a kernel of text are missing.
    """
    inputs, vectors = layers.build_input(spec)
    maxima = []
    for size in settings.kernel_sizes:
        name = f"kernel_{size}"
        if settings.as_conv2d:
            outputs = layers.full_width(vectors, settings.filters, size, name)
        else:
            outputs = layers.Conv1D(settings.filters, size, padding="same", activation="relu", name=name)(vectors)
        maxima.append(layers.GlobalMaximum(name=f"{name}_maximum")(outputs))
    features = layers.Concatenate(name="maxima")(maxima) if len(maxima) > 1 else maxima[0]
    features = layers.Dropout(settings.dropout, name="dropout")(features)
    limit = layers.constraints.MaxNorm(settings.max_norm, axis=0) if settings.max_norm else None
    logits = layers.Dense(int(spec.classes), kernel_constraint=limit, dtype="float32", name="logits")(features)
    if settings.bag:
        if spec.tokens is None or spec.tokens.idf is None:
            message = "model.bag=true needs the words of a text, but contextual vectors replace them"
            raise ConfigError(message, key="model.bag", value=True, remedy="set model.bag=false")
        bag = layers.BagScores.of(spec.classes, spec.tokens.idf, name="bag")(inputs)
        logits = layers.Add(dtype="float32", name="with_bag")([logits, bag])
    return layers.Model(inputs, logits, name="text_cnn")
