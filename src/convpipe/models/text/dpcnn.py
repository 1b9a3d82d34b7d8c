"""Deep pyramid network over token vectors."""

from dataclasses import dataclass
from functools import partial

from convpipe import InputSpec, ModelSettings, register_model, setting
from convpipe.models import layers


@dataclass
class DpcnnSettings(ModelSettings):
    """Deep pyramid network: pairs of convolutions, each pair over half the tokens of the one before."""

    name: str = "dpcnn"
    filters: int = setting(250, "filters of every convolution", low=1, high=4096)
    kernel_size: int = setting(3, "kernel size in tokens", low=1, high=64)
    blocks: int = setting(5, "pairs of convolutions, each but the first over half the tokens", low=1, high=12)
    dropout: float = setting(0.5, "share of features dropped before the output", low=0.0, high=0.95)


@register_model(DpcnnSettings)
def build_dpcnn(settings: DpcnnSettings, spec: InputSpec):
    """Deep pyramid (Johnson and Zhang 2017, "Deep pyramid convolutional neural networks for text categorization",
    figure 1a): a region embedding, then pairs of convolutions with ReLU before each (pre-activation) and a plain
    shortcut, each pair but the first over half the positions of the one before it; at last the maximum over time.

    The region embedding is the paper's simplest: one convolution over the token vectors. A text that has come down to
    one position stays there, so that `blocks` need not fit its number of tokens.
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
