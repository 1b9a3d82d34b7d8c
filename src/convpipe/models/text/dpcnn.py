"""Deep pyramid network over token vectors."""

from dataclasses import dataclass
from functools import partial

from convpipe import InputSpec, ModelSettings, register_model, setting
from convpipe.models import layers


@dataclass
class DpcnnSettings(ModelSettings):
    """Deep pyramid network: pairs of convolutions; each pair has half as many tokens as the one before."""

    name: str = "dpcnn"
    filters: int = setting(250, "filters of every convolution", low=1, high=4096)
    kernel_size: int = setting(3, "kernel size in tokens", low=1, high=64)
    blocks: int = setting(5, "pairs of convolutions; each but the first halves the tokens", low=1, high=12)
    dropout: float = setting(0.5, "fraction of features dropped before the output", low=0.0, high=0.95)


@register_model(DpcnnSettings)
def build_dpcnn(settings: DpcnnSettings, spec: InputSpec):
    """Deep pyramid (Johnson and Zhang 2017, "Deep pyramid convolutional neural networks for text categorization",
    figure 1a): a region embedding, then pairs of convolutions with ReLU before each (pre-activation) and an identity
    shortcut. Each pair but the first halves the positions. The maximum over time follows.

    The region embedding is the simplest of the paper: one convolution over the token vectors. One position is never
    halved, so `blocks` may be too large for the number of tokens.
    """
    inputs, vectors = layers.build_input(spec)
    convolution = partial(layers.Conv1D, settings.filters, settings.kernel_size, padding="same")
    outputs = convolution(name="region")(vectors)
    for number in range(1, settings.blocks + 1):
        name = f"block_{number}"
        if number > 1:
            outputs = layers.MaxPooling1D(3, strides=2, padding="same", name=f"{name}_pooling")(outputs)
        block = outputs
        for step in (f"{name}_1", f"{name}_2"):
            block = layers.ReLU(name=f"{step}_relu")(block)
            block = convolution(name=f"{step}_convolution")(block)
        outputs = layers.Add(name=f"{name}_add")([outputs, block])
    features = layers.GlobalMaximum(name="maximum")(outputs)
    return layers.Model(inputs, layers.classifier_head(features, spec.classes, settings.dropout), name="dpcnn")
