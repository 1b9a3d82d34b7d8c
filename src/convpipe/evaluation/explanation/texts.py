"""Texts: exact scores of n-grams and of the maxima of a `text_cnn`, and what its kernels look for."""

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
    """Where the filters of one convolution of a `text_cnn` found their maxima over the windows of each text.

    Args:
        kernel_size: in tokens.
        activations: (texts, filters) float32; zero where a filter found nothing.
        steps: (texts,) int64, the tokens that the network sees.
        starts: (texts, filters) int64, the token at which the window starts, below zero before the text.
        weights: (filters, classes) float32 in the output layer, less their mean over the classes: what is for a class
            more than for the others.
    """

    kernel_size: int
    steps: np.ndarray
    activations: np.ndarray
    starts: np.ndarray
    weights: np.ndarray

    def winner(self, text: int, number: int) -> Winner:
        """The window of a filter in a text."""
        label, activation = int(self.weights[number].argmax()), float(self.activations[text, number])
        start = int(self.starts[text, number])
        window = max(start, 0), min(start + self.kernel_size, int(self.steps[text]))
        worth = activation * float(self.weights[number, label])
        return Winner(self.kernel_size, number, *window, activation, label, worth)


def text_preprocessing(classifier: Classifier) -> TextPreprocessingBase:
    """The preprocessing of a classifier of texts.

    Raises:
        ConfigError: a classifier of something else than texts.
    """
    preprocessing = classifier.preprocessing
    if not isinstance(preprocessing, TextPreprocessingBase):
        modality = preprocessing.modality
        message = f"a classifier of texts is needed, but this one takes {modality} samples"
        raise ConfigError(message, value=modality, remedy="name a run on texts")
    return preprocessing


def n_gram_map(network, batch: np.ndarray) -> NetworkMap | None:
    """Of a linear layer over tf-idf or over the mean of n-gram vectors; None of another network."""
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
    """The parallel convolutions of a `text_cnn`, in the order of the output layer's features; none of another."""
    maxima = _layers(network, GlobalMaximum) if network.name == "text_cnn" else []
    return [network.get_layer(each.name.removesuffix("_maximum")) for each in maxima]


def maxima_map(network, batch: np.ndarray, seen: Pass) -> NetworkMap | None:
    """Of a `text_cnn`: the share of each position in each kernel's maximum, times the kernel's weight for each class;
    and what its bag of words, where it has one, gives the token. None of another network."""
    kernels = _kernels(network)
    if not kernels:
        return None
    vectors = next(step.inputs[0] for step in seen.steps if step.operation.name.startswith("kernel_"))
    vectors = numbers(vectors)[0].reshape(batch.shape[1], -1)
    weights, constant = dense_weights(network.get_layer("logits"))
    scores = np.zeros((len(vectors), len(constant)))
    for convolution in kernels:
        kernel, bias = (numbers(each) for each in convolution.weights)
        kernel = kernel.reshape(len(kernel), -1, len(bias))  # a Conv2D has a width of as many channels
        own, weights = np.split(weights, [len(bias)])
        share, found = _shares_in_maxima(vectors, kernel, bias)
        scores += share @ own
        constant = constant + (bias * found) @ own
    for bag in _layers(network, BagScores):
        scores += numbers(bag.token_scores(batch))[0]
    return NetworkMap(scores, constant, "shares in the maxima of the kernels", True)


def _shares_in_maxima(vectors: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What each position (steps, filters) adds to the maximum of each filter, and which filters found one above zero.

    Args:
        vectors: (steps, channels).
        kernel: (kernel_size, channels, filters).
        bias: (filters,).
    """
    taps = np.einsum("td,kdf->ktf", vectors, kernel, optimize=True)
    before, after = same_padding(len(kernel))
    padded = np.pad(taps, [(0, 0), (before, after), (0, 0)])
    outcomes = bias + sum(row[tap : tap + len(vectors)] for tap, row in enumerate(padded))
    found, starts = outcomes.max(axis=0) > 0, outcomes.argmax(axis=0) - before
    filters, share = np.flatnonzero(found), np.zeros_like(taps[0])
    for tap, given in enumerate(taps):
        places = starts[filters] + tap
        inside = (places >= 0) & (places < len(share))
        at = places[inside], filters[inside]
        share[at] += given[at]
    return share, found


def kernel_maxima(classifier: Classifier, texts: Sequence[str]) -> list[KernelMaxima]:
    """Where the kernels of a single `text_cnn` find their maxima in each text, for each kernel size; none of another
    classifier."""
    network = classifier.networks[0]
    if len(classifier.networks) > 1 or not _kernels(network):
        return []
    inputs = text_preprocessing(classifier).transform(texts)
    model = keras.Model(network.input, [keras.tree.flatten(each.input)[0] for each in _layers(network, GlobalMaximum)])
    rows, found = [], []
    for batch_rows, batch in plain_batches(inputs, PLAIN_BATCH // 8):
        inside = np.arange(batch.shape[1]) < inputs.steps[batch_rows][:, None]
        outcomes = [ops.convert_to_numpy(each) for each in keras.tree.flatten(model(batch, training=False))]
        outcomes = [np.where(inside[..., None], each, 0).astype(np.float32) for each in outcomes]
        rows.append(batch_rows)
        found.append([(each.max(axis=1), each.argmax(axis=1)) for each in outcomes])
    order, weights = (
        np.argsort(np.concatenate(rows)),
        np.asarray(dense_weights(network.get_layer("logits"))[0], np.float32),
    )
    maxima = []
    for kernel, parts in zip(_kernels(network), zip(*found, strict=True), strict=True):
        activations, starts = (np.concatenate(each)[order] for each in zip(*parts, strict=True))
        own, weights = np.split(weights, [activations.shape[1]])
        size = kernel.kernel_size[0]
        own = own - own.mean(axis=1, keepdims=True)
        maxima.append(KernelMaxima(size, inputs.steps, activations, starts - same_padding(size)[0], own))
    return maxima


def winning_windows(classifier: Classifier, text: str) -> list[Winner]:
    """The windows in which the kernels of a single `text_cnn` found their maxima, the most telling first."""
    maxima = kernel_maxima(classifier, [text])
    found = [each.winner(0, int(number)) for each in maxima for number in np.flatnonzero(each.activations[0])]
    return sorted(found, key=lambda winner: -winner.worth)
