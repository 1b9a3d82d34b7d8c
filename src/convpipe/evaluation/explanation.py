"""Why a classifier said so of a text: what each token adds to each class."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import keras
import numpy as np
from keras import ops

from convpipe.errors import ConfigError
from convpipe.inference.classifier import Classifier
from convpipe.inference.logits import PLAIN_BATCH, plain_batches, predict_logits
from convpipe.models.layers.bag_of_ngrams import BagScores, NGramMean
from convpipe.models.layers.masking import GlobalMaximum, SegmentAverage, same_padding
from convpipe.models.layers.tf_idf import TfIdfScores
from convpipe.preprocessing.text.inputs import TextPreprocessingBase

#: Most pieces of a text that are hidden one by one; a longer text is hidden in larger pieces.
MOST_HIDDEN = 400


@dataclass(frozen=True)
class Winner:
    """The window in which a kernel of a `text_cnn` found its maximum, from token `start` to before `stop`, and what
    that is worth: activation times the weight of the class that the kernel speaks for."""

    kernel_size: int
    filter: int
    start: int
    stop: int
    activation: float
    speaks_for: int
    worth: float


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


@dataclass(frozen=True)
class Explanation:
    """What a text's tokens add to the scores (logits) of the classes.

    Args:
        tokens: as the network sees them, up to the cut.
        scores: (tokens, classes) float32.
        probabilities: (classes,) float32.
        class_names: in the order of the classes.
        exact: whether scores add up to the logits, but for a constant; else each is the change that hiding its token
            makes, which leaves out what tokens do together.
        winners: of a single `text_cnn`, the kernels that found something, the most telling first.
        left_out: tokens behind the cut.
    """

    tokens: list[str]
    scores: np.ndarray
    probabilities: np.ndarray
    class_names: tuple[str, ...]
    exact: bool
    winners: list[Winner] = field(default_factory=list)
    left_out: int = 0

    @property
    def predicted(self) -> int:
        """The likeliest class."""
        return int(self.probabilities.argmax())

    def for_class(self, label: int) -> np.ndarray:
        """(tokens,) what each token adds to a class beyond what it adds to the mean of the others."""
        others = np.delete(self.scores, label, axis=1).mean(axis=1)
        return self.scores[:, label] - others


def explain(classifier: Classifier, text: str) -> Explanation:
    """What each token of `text` adds to each class; of several networks, their weighted mean.

    Exact for a linear layer over tf-idf, n-grams, the average over all tokens (class activation map, Zhou et al. 2016,
    "Learning deep features for discriminative localization", section 2) or the maxima of `text_cnn`; every other
    network is asked again with each token hidden (occlusion, Zeiler and Fergus 2014, section 4.2).

    >>> explain(Classifier.load(folder), "wheat prices rose").for_class(3)   # doctest: +SKIP
    array([2.1, 0.3, 0.1], dtype=float32)

    Raises:
        ConfigError: a classifier of something else than texts.
        DataError: `text` is no string.
    """
    networks = classifier.networks
    preprocessing = text_preprocessing(classifier)
    tokens, batch = preprocessing.tokens(text), preprocessing.transform([text])[np.array([0])]
    whole, tokens = len(tokens), tokens[: batch.shape[1]]
    found = [token_scores(network, batch, tokens) for network in networks]
    return Explanation(
        tokens=tokens,
        scores=classifier.averaged([each for each, _ in found]).astype(np.float32),
        probabilities=classifier.combined([predict_logits(network, batch) for network in networks])[0],
        class_names=classifier.class_names,
        exact=all(exact for _, exact in found),
        winners=winning_windows(classifier, text),
        left_out=whole - len(tokens),
    )


def text_preprocessing(classifier: Classifier) -> TextPreprocessingBase:
    """The preprocessing of a classifier of texts.

    Raises:
        ConfigError: a classifier of something else than texts.
    """
    preprocessing = classifier.preprocessing
    if not isinstance(preprocessing, TextPreprocessingBase):
        modality = preprocessing.modality
        message = f"only texts are explained word by word, but the classifier takes {modality} samples"
        raise ConfigError(message, value=modality, remedy="name a run on texts")
    return preprocessing


def token_scores(network, batch: np.ndarray, tokens: list[str]) -> tuple[np.ndarray, bool]:
    """What each token of one text adds to each logit, (steps, classes), and whether that is exact.

    Args:
        network: of a classifier.
        batch: (1, steps) ids or (1, steps, channels) vectors, without padding.
        tokens: the text's tokens.
    """
    for rule in (_of_n_grams, _of_maxima, _of_average):
        if (exact := rule(network, batch)) is not None:
            return exact, True
    return _by_hiding(network, batch, tokens), False


def _layers(network, layer_type: type) -> list:
    return [layer for layer in network.layers if isinstance(layer, layer_type)]


def _weights(network) -> np.ndarray:
    """(features, classes) of the output layer."""
    return np.asarray(ops.convert_to_numpy(network.get_layer("logits").kernel), np.float32)


def _seen_by(network, layer) -> Callable[[np.ndarray], np.ndarray]:
    """What `layer` of the network sees of a batch of one text, without the batch axis, float32."""
    seen = keras.tree.flatten(layer.input)[0]  # the mask comes after it
    model = keras.Model(network.input, seen)
    return lambda batch: np.asarray(ops.convert_to_numpy(ops.cast(model(batch, training=False)[0], "float32")))


def _of_n_grams(network, batch) -> np.ndarray | None:
    """Of a linear layer over tf-idf or over mean vectors."""
    output = network.get_layer("logits")
    if isinstance(output, TfIdfScores):
        return ops.convert_to_numpy(output.token_scores(batch))[0]
    means = _layers(network, NGramMean)
    return ops.convert_to_numpy(means[0].token_scores(batch, output.kernel))[0] if means else None


def _of_average(network, batch) -> np.ndarray | None:
    """The class activation map, where the average is over as many positions as there are tokens."""
    averages = _layers(network, SegmentAverage)
    if not averages or averages[0].segments != 1:
        return None
    features = _seen_by(network, averages[0])(batch)
    return features @ _weights(network) / len(features) if len(features) == batch.shape[1] else None


def _kernels(network) -> list:
    """The parallel convolutions of a `text_cnn`, in the order of the output layer's features; none of another."""
    maxima = _layers(network, GlobalMaximum) if network.name == "text_cnn" else []
    return [network.get_layer(each.name.removesuffix("_maximum")) for each in maxima]


def _convolved(network, vectors: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]:
    """Each convolution of a `text_cnn` over the vectors of one text, (steps, channels).

    Yields:
        What each token gives at each tap of each filter (kernel_size, steps, filters); the maximum of each filter over
        all windows, before ReLU, and the token at which that window starts, below zero before the text (filters,); the
        filters' weights in the output layer (filters, classes).
    """
    weights = _weights(network)
    for convolution in _kernels(network):
        kernel, bias = (np.asarray(ops.convert_to_numpy(weight), np.float32) for weight in convolution.weights)
        taps = np.einsum("td,kdf->ktf", vectors, kernel, optimize=True)
        before, after = same_padding(len(kernel))
        padded = np.pad(taps, [(0, 0), (before, after), (0, 0)])
        outcomes = bias + sum(row[tap : tap + len(vectors)] for tap, row in enumerate(padded))
        own, weights = np.split(weights, [len(bias)])
        yield taps, outcomes.max(axis=0), outcomes.argmax(axis=0) - before, own


def _of_maxima(network, batch) -> np.ndarray | None:
    """Of a `text_cnn`: the share of each token in each kernel's maximum, times the kernel's weight for each class; and
    what its bag of words, where it has one, gives the token."""
    kernels = _kernels(network)
    if not kernels:
        return None
    parts = []
    for taps, maxima, starts, weights in _convolved(network, _seen_by(network, kernels[0])(batch)):
        filters, share = np.flatnonzero(maxima > 0), np.zeros_like(taps[0])
        for tap, given in enumerate(taps):
            places = starts[filters] + tap
            inside = (places >= 0) & (places < len(share))
            at = places[inside], filters[inside]
            share[at] += given[at]
        parts.append(share @ weights)
    parts += [ops.convert_to_numpy(bag.token_scores(batch))[0] for bag in _layers(network, BagScores)]
    return np.sum(parts, axis=0)


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
    order, weights = np.argsort(np.concatenate(rows)), _weights(network)
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


def _by_hiding(network, batch, tokens: list[str]) -> np.ndarray:
    """How much each logit falls when a token becomes an unknown one (a vector: zero); what is hidden together shares
    the fall."""
    together = pieces(tokens)
    hidden = np.repeat(batch, len(together), axis=0)
    nothing = 1 if batch.ndim == 2 else 0.0
    for row, places in zip(hidden, together, strict=True):
        row[places] = nothing
    falls = predict_logits(network, batch) - predict_logits(network, hidden)
    result = np.zeros((batch.shape[1], falls.shape[1]), np.float32)
    for fall, places in zip(falls, together, strict=True):
        result[places] = fall / len(places)
    return result


def pieces(tokens: list[str]) -> list[np.ndarray]:
    """Which tokens are hidden together: each alone, single characters by the word; more where there are too many.

    >>> [each.tolist() for each in pieces(["a", "b", " ", "c"])], len(pieces(["word"] * 1000))
    ([[0, 1], [2], [3]], 334)
    """
    edges = np.arange(len(tokens))
    if all(len(token) <= 1 for token in tokens):
        spaces = np.array([not token.strip() for token in tokens])
        edges = np.flatnonzero(np.append(True, spaces[1:] | spaces[:-1]))
    edges = edges[:: -(-len(edges) // MOST_HIDDEN)]
    return np.split(np.arange(len(tokens)), edges[1:])
