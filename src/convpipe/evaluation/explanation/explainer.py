"""Explain the prediction for a sample: select the method for each network, and combine the maps.

The first applicable method is used, and the explanation names it:

1. exact methods: fixed kernels, n-grams, the maxima of a `text_cnn`, class activation maps (also the linear baseline);
2. HiResCAM: the gradient times the activation of the last feature map;
3. integrated gradients on the sample;
4. occlusion: hiding parts of the sample.

A map is marked as exact only if it adds up to the logits of the sample, which is checked.
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

#: Absolute and relative tolerance between a logit and the sum of scores and constant; and the absolute tolerance for
#: networks in half precision, as a fraction of the largest logit. Their rounding error is added to the constant.
TOLERANCE, HALF_TOLERANCE = 1e-4, 1e-2


def explain(classifier: Classifier, sample, sample_id: str = "", label: int | str | None = None) -> Explanation:
    """Compute the contribution of each position of `sample` to each class.

    For an ensemble, it is the weighted mean of the networks; for a recording longer than the training windows, the mean
    of the maps of its windows, each at the position of the window.

    Args:
        classifier: for any modality.
        sample: in the form that `Classifier.predict` accepts.
        sample_id: for titles and messages.
        label: class to explain, by index or name; None for the predicted class.

    >>> explain(Classifier.load(folder), "wheat prices rose").values   # doctest: +SKIP
    array([2.1, 0.3, 0.1])

    Raises:
        ConfigError: an unknown class.
        DataError: the classifier does not accept the sample.
    """
    names, preprocessing = classifier.class_names, classifier.preprocessing
    target = None if label is None else class_index(names, label)
    called = sample_id or (shown(sample) if isinstance(sample, str) else f"{preprocessing.modality} 0")
    predictions = classifier.predict([sample], [called])
    probabilities = predictions.probabilities[0]
    target = int(probabilities.argmax()) if target is None else target
    sample = as_drawn(preprocessing.modality, sample, called)
    tokens = preprocessing.tokens(sample) if isinstance(preprocessing, TextPreprocessingBase) else None
    pieces, maps = [], []
    for start, window in _windows(classifier, sample):
        batch = preprocessing.transform([window], [called])[np.array([0])]
        of_networks = [network_map(network, batch, target, tokens) for network in classifier.networks]
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
        label=target,
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
    """Return the beginning of a text for a warning.

    >>> shown("one long text of\\nseveral lines and many words"), shown("")
    ("'one long text of\\\\nseveral lines a...'", "''")
    """
    return ascii(text if len(text) <= 32 else text[:32] + "...")


def class_index(class_names: Sequence[str], label: int | str) -> int:
    """Return the index of a class.

    Raises:
        ConfigError: the class does not exist.
    """
    if isinstance(label, str):
        if label not in class_names:
            message = f"the classifier has no class {label}"
            raise ConfigError(message, key="--class", value=label, remedy=nearest(label, class_names))
        return list(class_names).index(label)
    if not 0 <= label < len(class_names):
        message = f"the classifier has no class with index {label}"
        raise ConfigError(message, key="--class", value=label, remedy=f"use an index from 0 to {len(class_names) - 1}")
    return int(label)


def _windows(classifier: Classifier, sample) -> list[tuple[int, Any]]:
    """Return the sample, or the windows of a longer recording with their starts, cut as in `Classifier.predict`."""
    size, stride = classifier.training.window_steps, classifier.training.window_stride
    if size is None or stride is None or len(sample) <= size:
        return [(0, sample)]
    return [(start, sample[start : start + size]) for start in windows_of(len(sample), size, stride)]


def network_map(network, batch: np.ndarray, label: int, tokens: list[str] | None = None) -> NetworkMap:
    """Compute the contribution of each position of one prepared sample to each logit, by the first applicable method.

    Args:
        network: of a classifier.
        batch: (1, ...) the sample, without padding.
        label: the explained class, for which fixed kernels are listed.
        tokens: of a text.
    """
    result = fixed_kernel_map(network, batch, label) or n_gram_map(network, batch)
    if result is not None:
        logits = predict_logits(network, batch)[0]
    else:
        seen = forward_pass(network, batch)
        front = next((s for s in seen.steps if starts_anew(s.operation) and len(s.output.shape) > 2), None)
        result = (
            maxima_map(network, batch, seen)
            or class_activation_map(network, batch, seen, front)
            or gradient_map(network, batch, seen, front)
            or occlusion_map(network, batch, tokens)
        )
        logits = numbers(seen.logits)[0]
    total = result.scores.reshape(-1, len(logits)).sum(axis=0) + result.constant
    constant, tolerance = result.constant, TOLERANCE
    if any(layer.compute_dtype in ("float16", "bfloat16") for layer in network.layers):
        constant, tolerance = constant + logits - total, HALF_TOLERANCE * max(1.0, float(np.abs(logits).max()))
    adds_up = np.allclose(total, logits, rtol=TOLERANCE, atol=tolerance)
    return replace(result, constant=constant, exact=result.exact and bool(adds_up), logits=logits)
