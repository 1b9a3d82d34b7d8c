"""Exact maps of texts: n-grams, and the maxima of a `text_cnn` with the windows of its kernels."""

from collections.abc import Sequence
from dataclasses import dataclass

import keras
import numpy as np
from keras import ops

from convpipe.errors import ConfigError
from convpipe.evaluation.explanation.forward import Pass, dense_weights, numbers
from convpipe.evaluation.explanation.network_map import NetworkMap
from convpipe.evaluation.explanation.result import Winner
from convpipe.inference.classifier import Classifier
from convpipe.inference.logits import PLAIN_BATCH, plain_batches
from convpipe.models.layers.bag_of_ngrams import BagScores, NGramMean
from convpipe.models.layers.masking import GlobalMaximum, same_padding
from convpipe.models.layers.tf_idf import TfIdfScores
from convpipe.preprocessing.text.inputs import TextPreprocessingBase


@dataclass(frozen=True)
class KernelMaxima:
    """The maximum activations of the filters of one convolution of a `text_cnn` in each text, and their windows.

    Args:
        kernel_size: in tokens.
        steps: (texts,) int64, number of tokens in the input of the network.
        activations: (texts, filters) float32; zero if a filter has no positive activation.
        starts: (texts, filters) int64, first token of the window; negative before the start of the text.
        weights: (filters, classes) float32 of the output layer, minus their mean over the classes.
    """

    kernel_size: int
    steps: np.ndarray
    activations: np.ndarray
    starts: np.ndarray
    weights: np.ndarray

    def winner(self, text: int, number: int) -> Winner:
        """Return the window with the maximum activation of a filter in a text."""
        label, activation = int(self.weights[number].argmax()), float(self.activations[text, number])
        start = int(self.starts[text, number])
        window = max(start, 0), min(start + self.kernel_size, int(self.steps[text]))
        contribution = activation * float(self.weights[number, label])
        return Winner(self.kernel_size, number, *window, activation, label, contribution)


def text_preprocessing(classifier: Classifier) -> TextPreprocessingBase:
    """Return the preprocessing of a text classifier.

    Raises:
        ConfigError: the classifier is not for texts.
    """
    preprocessing = classifier.preprocessing
    if not isinstance(preprocessing, TextPreprocessingBase):
        modality = preprocessing.modality
        message = f"a text classifier is needed, but this one is for {modality} samples"
        raise ConfigError(message, value=modality, remedy="use a run on texts")
    return preprocessing


def n_gram_map(network, batch: np.ndarray) -> NetworkMap | None:
    """Return the map of a linear layer on tf-idf or on the mean of n-gram vectors, or None for other networks."""
    output = network.layers[-1]
    if isinstance(output, TfIdfScores):
        scores, constant = output.token_scores(batch), numbers(output.bias)
    elif means := _layers(network, NGramMean):
        scores, constant = means[0].token_scores(batch, output.kernel), dense_weights(output)[1]
    else:
        return None
    return NetworkMap(numbers(scores)[0], constant, "weights of n-grams", True)


def _layers(network, layer_type: type) -> list:
    return [layer for layer in network.layers if isinstance(layer, layer_type)]


def _kernels(network) -> list:
    """Return the parallel convolutions of a `text_cnn`, in the order of the output layer's features; else empty."""
    maxima = _layers(network, GlobalMaximum) if network.name == "text_cnn" else []
    return [network.get_layer(each.name.removesuffix("_maximum")) for each in maxima]


def maxima_map(network, batch: np.ndarray, seen: Pass) -> NetworkMap | None:
    """Return the map of a `text_cnn`, or None for other networks.

    The score of a position is its share in each kernel's maximum times the kernel's weight for each class, plus the
    score of the token in the bag of words, if there is one.
    """
    kernels = _kernels(network)
    if not kernels:
        return None
    vectors = next(step.inputs[0] for step in seen.steps if step.operation.name.startswith("kernel_"))
    vectors = numbers(vectors)[0].reshape(batch.shape[1], -1)
    weights, constant = dense_weights(network.get_layer("logits"))
    scores = np.zeros((len(vectors), len(constant)))
    for convolution in kernels:
        kernel, bias = (numbers(each) for each in convolution.weights)
        kernel = kernel.reshape(len(kernel), -1, len(bias))  # the width of a Conv2D kernel is the number of channels
        own, weights = np.split(weights, [len(bias)])
        share, is_positive = _shares_in_maxima(vectors, kernel, bias)
        scores += share @ own
        constant = constant + (bias * is_positive) @ own
    for bag in _layers(network, BagScores):
        scores += numbers(bag.token_scores(batch))[0]
    return NetworkMap(scores, constant, "shares in the maxima of the kernels", True)


def _shares_in_maxima(vectors: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the share of each position in each filter's maximum (steps, filters), and whether the maximum is positive.

    Args:
        vectors: (steps, channels).
        kernel: (kernel_size, channels, filters).
        bias: (filters,).
    """
    taps = np.einsum("td,kdf->ktf", vectors, kernel, optimize=True)
    before, after = same_padding(len(kernel))
    padded = np.pad(taps, [(0, 0), (before, after), (0, 0)])
    outputs = bias + sum(row[tap : tap + len(vectors)] for tap, row in enumerate(padded))
    is_positive, starts = outputs.max(axis=0) > 0, outputs.argmax(axis=0) - before
    filters, share = np.flatnonzero(is_positive), np.zeros_like(taps[0])
    for tap, products in enumerate(taps):
        places = starts[filters] + tap
        inside = (places >= 0) & (places < len(share))
        at = places[inside], filters[inside]
        share[at] += products[at]
    return share, is_positive


def kernel_maxima(classifier: Classifier, texts: Sequence[str]) -> list[KernelMaxima]:
    """Return the maxima of the kernels of a single `text_cnn` in each text, one entry per kernel size.

    Empty for other classifiers and for ensembles.
    """
    network = classifier.networks[0]
    if len(classifier.networks) > 1 or not _kernels(network):
        return []
    inputs = text_preprocessing(classifier).transform(texts)
    model = keras.Model(network.input, [keras.tree.flatten(each.input)[0] for each in _layers(network, GlobalMaximum)])
    rows, parts_of_batches = [], []
    for batch_rows, batch in plain_batches(inputs, PLAIN_BATCH // 8):
        inside = np.arange(batch.shape[1]) < inputs.steps[batch_rows][:, None]
        outputs = [ops.convert_to_numpy(each) for each in keras.tree.flatten(model(batch, training=False))]
        outputs = [np.where(inside[..., None], each, 0).astype(np.float32) for each in outputs]
        rows.append(batch_rows)
        parts_of_batches.append([(each.max(axis=1), each.argmax(axis=1)) for each in outputs])
    order, weights = (
        np.argsort(np.concatenate(rows)),
        np.asarray(dense_weights(network.get_layer("logits"))[0], np.float32),
    )
    maxima = []
    for kernel, parts in zip(_kernels(network), zip(*parts_of_batches, strict=True), strict=True):
        activations, starts = (np.concatenate(each)[order] for each in zip(*parts, strict=True))
        own, weights = np.split(weights, [activations.shape[1]])
        size = kernel.kernel_size[0]
        own = own - own.mean(axis=1, keepdims=True)
        maxima.append(KernelMaxima(size, inputs.steps, activations, starts - same_padding(size)[0], own))
    return maxima


def winning_windows(classifier: Classifier, text: str) -> list[Winner]:
    """Return the windows of the kernels of a single `text_cnn` with a positive maximum, largest contribution first."""
    maxima = kernel_maxima(classifier, [text])
    winners = [each.winner(0, int(number)) for each in maxima for number in np.flatnonzero(each.activations[0])]
    return sorted(winners, key=lambda winner: -winner.contribution)
