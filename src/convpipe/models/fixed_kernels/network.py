"""The network of all models with fixed kernels: kernels, standardization, a linear layer."""

from convpipe import InputSpec
from convpipe.models import layers


def fixed_kernel_network(spec: InputSpec, name: str, kernels: list):
    """Build a network of parallel layers of fixed kernels on the same series.

    Args:
        spec: sizes, channels and classes that the network must fit.
        name: name of the network.
        kernels: the layers, in the order of their features.
    """
    inputs = layers.Input((None, spec.channels), name="series", dtype="float32")
    series = layers.SeriesEnd(name="series_end", dtype="float32")(inputs) if spec.masked else inputs
    features = [layer(series) for layer in kernels]
    outputs = layers.Concatenate(name="features")(features) if len(features) > 1 else features[0]
    outputs = layers.Standardization(name="standardization")(outputs)
    return layers.Model(inputs, layers.classifier_head(outputs, spec.classes, 0.0), name=name)
