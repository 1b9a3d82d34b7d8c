"""What each position of a sample adds to each class: which method, and of which network.

One ladder for every network; the first method that fits is taken, and the explanation names it:

1. exact: fixed kernels, n-grams, the maxima of a `text_cnn`, class activation maps (also the linear baseline);
2. HiResCAM: the gradient times the activation of the last feature map;
3. integrated gradients on the sample;
4. occlusion: hiding parts of the sample.

A map is called exact only if it was checked to add up to the logits.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from convpipe.cost.keras_layers import starts_anew
from convpipe.errors import ConfigError, nearest
from convpipe.evaluation.explanation.activation_maps import class_activation_map
from convpipe.evaluation.explanation.fixed_maps import fixed_kernel_map
from convpipe.evaluation.explanation.forward import forward_pass, numbers
from convpipe.evaluation.explanation.gradients import gradient_map
from convpipe.evaluation.explanation.layout import Piece, as_drawn, lay_out, rate_of
from convpipe.evaluation.explanation.network_map import NetworkMap
from convpipe.evaluation.explanation.occlusion import occlusion_map
from convpipe.evaluation.explanation.result import Explanation
from convpipe.evaluation.explanation.texts import maxima_map, n_gram_map, winning_windows
from convpipe.inference.classifier import Classifier
from convpipe.inference.logits import predict_logits
from convpipe.inference.training_shape import windows_of
from convpipe.preprocessing.text.inputs import TextPreprocessingBase

#: How far scores and constant may be from a logit that they add up to, absolute and as a share of it; and where a
#: network computes in half precision, whose rounding is then counted to the constant.
TOLERANCE, HALF_TOLERANCE = 1e-4, 1e-2


def explain(classifier: Classifier, sample, sample_id: str = "", label: int | str | None = None) -> Explanation:
    """What each position of `sample` adds to each class; of several networks their weighted mean.

    A recording that is longer than the windows of training has the mean of its windows' maps, each where the window
    lies.

    Args:
        classifier: of any modality.
        sample: as `Classifier.predict` takes one.
        sample_id: what it is called.
        label: the class to explain, by its number or its name; None: the likeliest one.

    >>> explain(Classifier.load(folder), "wheat prices rose").values   # doctest: +SKIP
    array([2.1, 0.3, 0.1])

    Raises:
        ConfigError: an unknown class.
        DataError: a sample that the classifier cannot take.
    """
    names, preprocessing = classifier.class_names, classifier.preprocessing
    chosen = None if label is None else class_index(names, label)
    called = sample_id or (shown(sample) if isinstance(sample, str) else f"{preprocessing.modality} 0")
    predictions = classifier.predict([sample], [called])
    probabilities = predictions.probabilities[0]
    chosen = int(probabilities.argmax()) if chosen is None else chosen
    sample = as_drawn(preprocessing.modality, sample, called)
    tokens = preprocessing.tokens(sample) if isinstance(preprocessing, TextPreprocessingBase) else None
    pieces, maps = [], []
    for start, window in _windows(classifier, sample):
        batch = preprocessing.transform([window], [called])[np.array([0])]
        of_networks = [network_map(network, batch, chosen, tokens) for network in classifier.networks]
        scores = classifier.averaged([each.scores for each in of_networks])
        pieces.append(Piece(start, batch, scores, of_networks[0].front))
        maps.append(of_networks)
    constant = np.mean([classifier.averaged([each.constant for each in window]) for window in maps], axis=0)
    logits = np.mean([classifier.averaged([each.logits for each in window]) for window in maps], axis=0)
    laid, every = lay_out(classifier, sample, pieces), [each for window in maps for each in window]
    of_text: dict[str, Any] = {}
    if tokens is not None:
        seen = tokens[: len(laid.scores)]
        of_text = {"tokens": seen, "left_out": len(tokens) - len(seen), "winners": winning_windows(classifier, sample)}
    return Explanation(
        modality=preprocessing.modality,
        sample=sample,
        scores=laid.scores,
        axes=laid.axes,
        constant=constant + laid.outside,
        logits=np.asarray(logits, np.float64),
        probabilities=probabilities,
        class_names=names,
        label=chosen,
        method=" and ".join(dict.fromkeys(each.method for each in every)),
        exact=all(each.exact for each in every),
        sample_id=sample_id,
        sampling_rate=rate_of(classifier),
        channel_names=classifier.training.channel_names,
        kernels=every[0].kernels if len(every) == 1 else [],
        spectrogram=laid.spectrogram,
        warnings=predictions.warnings,
        **of_text,
    )


def shown(text: str) -> str:
    """The beginning of a text, for a warning.

    >>> shown("a long text that goes on\\nand on and on"), shown("")
    ("'a long text that goes on\\\\nand on ...'", "''")
    """
    return ascii(text if len(text) <= 32 else text[:32] + "...")


def class_index(class_names: Sequence[str], label: int | str) -> int:
    """The number of a class.

    Raises:
        ConfigError: there is no such class.
    """
    if isinstance(label, str):
        if label not in class_names:
            message = f"the classifier knows no class {label}"
            raise ConfigError(message, key="--class", value=label, remedy=nearest(label, class_names))
        return list(class_names).index(label)
    if not 0 <= label < len(class_names):
        message = f"the classifier has no class of number {label}"
        raise ConfigError(message, key="--class", value=label, remedy=f"use 0 to {len(class_names) - 1}")
    return int(label)


def _windows(classifier: Classifier, sample) -> list[tuple[int, Any]]:
    """A sample, or the windows of a longer recording with their starts, as `Classifier.predict` cuts them."""
    size, stride = classifier.training.window_steps, classifier.training.window_stride
    if size is None or stride is None or len(sample) <= size:
        return [(0, sample)]
    return [(start, sample[start : start + size]) for start in windows_of(len(sample), size, stride)]


def network_map(network, batch: np.ndarray, label: int, tokens: list[str] | None = None) -> NetworkMap:
    """What each position of one prepared sample adds to each logit of a network, by the first method that fits.

    Args:
        network: of a classifier.
        batch: (1, ...) the sample, without padding.
        label: the class that is explained, for which fixed kernels are named.
        tokens: of a text.
    """
    found = fixed_kernel_map(network, batch, label) or n_gram_map(network, batch)
    if found is not None:
        logits = predict_logits(network, batch)[0]
    else:
        seen = forward_pass(network, batch)
        front = next((s for s in seen.steps if starts_anew(s.operation) and len(s.output.shape) > 2), None)
        found = (
            maxima_map(network, batch, seen)
            or class_activation_map(network, batch, seen, front)
            or gradient_map(network, batch, seen, front)
            or occlusion_map(network, batch, tokens)
        )
        logits = numbers(seen.logits)[0]
    total = found.scores.reshape(-1, len(logits)).sum(axis=0) + found.constant
    constant, tolerance = found.constant, TOLERANCE
    if any(layer.compute_dtype in ("float16", "bfloat16") for layer in network.layers):
        constant, tolerance = constant + logits - total, HALF_TOLERANCE * max(1.0, float(np.abs(logits).max()))
    adds_up = np.allclose(total, logits, rtol=TOLERANCE, atol=tolerance)
    return replace(found, constant=constant, exact=found.exact and bool(adds_up), logits=logits)
