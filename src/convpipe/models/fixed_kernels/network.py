"""The network that all models of fixed kernels are: kernels, a standardization, a linear layer."""

from convpipe import InputSpec
from convpipe.models import layers


def fixed_kernel_network(spec: InputSpec, name: str, kernels: list):
    """A network of some layers of fixed kernels side by side, which look at the same series.

    Args:
        spec: of the input.
        name: of the network.
        kernels: the layers, in the order of their features.
    """
    inputs = layers.Input((None, spec.channels), name="series", dtype="float32")
    series = layers.SeriesEnd(name="series_end", dtype="float32")(inputs) if spec.masked else inputs
    features = [layer(series) for layer in kernels]
    together = layers.Concatenate(name="features")(features) if len(features) > 1 else features[0]
    outputs = layers.Standardization(name="standardization")(together)
    return layers.Model(inputs, layers.classifier_head(outputs, spec.classes, 0.0), name=name)
