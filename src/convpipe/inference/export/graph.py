"""The graph of a classifier: from samples to probabilities, as one TensorFlow function."""

from collections.abc import Callable

import tensorflow as tf

from convpipe.cost.graph import run_through
from convpipe.inference.classifier import Classifier
from convpipe.inference.export.entry import Entry
from convpipe.inference.temperature import LEAST
from convpipe.models.layers.masking import SeriesEnd

#: Names of the input and the output.
INPUT, OUTPUT = "samples", "probabilities"


def graph_of(classifier: Classifier, entry: Entry) -> Callable:
    """Return a function that computes the probabilities of a batch, including the preprocessing inside the graph.

    Args:
        classifier: with its networks.
        entry: input of the graph. Networks use a mask only if the entry has padding, since otherwise every step
            belongs to a sample.

    Returns:
        A function of a tensor that returns a dictionary of one tensor (batch, classes).
    """
    weights = classifier.weights or [1.0] * len(classifier.networks)
    shares = [weight / sum(weights) for weight in weights]
    temperature = classifier.temperature

    def serve(samples):
        prepared = entry.inside(samples)
        found = [tf.nn.softmax(_logits(network, prepared, entry)) for network in classifier.networks]
        mean = found[0] if len(found) == 1 else tf.add_n([s * each for s, each in zip(shares, found, strict=True)])
        if temperature != 1:
            mean = tf.nn.softmax(tf.math.log(tf.maximum(mean, LEAST)) / temperature)
        return {OUTPUT: mean}

    return serve


def signature_of(entry: Entry, batch: int | None) -> tf.TensorSpec:
    """Return the shape, type and name of the input for `batch` samples (None: any number)."""
    return tf.TensorSpec((batch, *entry.shape), entry.dtype, INPUT)


def _logits(network, prepared, entry: Entry):
    if entry.padding is not None:
        return network(prepared, training=False)
    return run_through(network, [prepared], _without_mask)


def _without_mask(operation, name: str, args, kwargs):
    """The output of an operation without a mask, so that later layers use every step."""
    if isinstance(operation, SeriesEnd):
        return args[0]
    output = operation(*args, **kwargs)
    output._keras_mask = None
    return output
