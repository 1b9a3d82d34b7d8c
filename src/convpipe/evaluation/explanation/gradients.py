"""Gradient-based maps, for networks whose logits are not linear in a feature map. TensorFlow only."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from convpipe.evaluation.explanation.cells import field_of, spread
from convpipe.evaluation.explanation.forward import Pass, Step, forward_pass, numbers, positions
from convpipe.evaluation.explanation.network_map import NetworkMap
from convpipe.models.layers.masking import LastStep
from convpipe.models.layers.token_vectors import TokenVectors

#: Number of interpolation points between baseline and sample, and maximum number of positions per forward pass.
POINTS, AT_ONCE = 64, 2**15


def gradient_map(network, batch: np.ndarray, seen: Pass, front: Step | None) -> NetworkMap | None:
    """Return a gradient-based map, or None with another backend or if no gradient reaches the positions.

    Arguments are those of `activation_maps.class_activation_map`.
    """
    if keras.backend.backend() != "tensorflow":
        return None
    for method in (gradient_times_activation, integrated_gradients):
        result = method(network, batch, seen, front)
        if result is not None and np.isfinite(result.scores).all() and result.scores.any():
            return result
    return None


def gradient_times_activation(network, batch: np.ndarray, seen: Pass, front: Step | None) -> NetworkMap | None:
    """Compute HiResCAM: the gradient of each logit at the last feature map with positions, times its values.

    Draelos and Carin 2020, "Use HiResCAM instead of Grad-CAM for faithful explanations of convolutional neural
    networks".

    Returns:
        The map, or None if the network does not have exactly one such feature map after a convolution, or uses only
        its last position.
    """
    import tensorflow as tf

    sizes = positions(front.output.shape if front else batch.shape)
    if _last_map(seen, len(sizes)) is None:
        return None
    with tf.GradientTape(persistent=True) as tape:
        inputs = tf.convert_to_tensor(batch)
        if inputs.dtype.is_floating:
            tape.watch(inputs)
        again = forward_pass(network, inputs)
        step = _last_map(again, len(sizes))
        assert step is not None
        features = step.inputs[0]
        logits = tf.unstack(tf.cast(again.logits[0], tf.float32))
    gradients = [tape.gradient(logit, features) for logit in logits]
    if any(each is None for each in gradients):
        return None
    values = numbers(features)[0]
    scores = np.stack([(numbers(each)[0] * values).sum(axis=-1) for each in gradients], axis=-1)
    maker = again.made(features)
    if scores.shape[:-1] != sizes and maker is not None:
        scores = spread(scores, field_of(network, batch.shape[1:], maker.operation), sizes)
    constant = numbers(again.logits)[0] - scores.sum(axis=tuple(range(len(sizes))))
    return NetworkMap(scores, constant, "gradient times activation, HiResCAM", False, front and front.operation)


def _last_map(seen: Pass, axes: int) -> Step | None:
    """Return the only operation after a convolution that removes the axes of positions, if it uses all positions."""
    reducing = [step for step in seen.steps if len(step.output.shape) == 2 and step.inputs]
    # Masks have no gradient.
    reducing = [step for step in reducing if len(step.inputs[0].shape) == axes + 2 and step.output.dtype.is_floating]
    if len(reducing) != 1 or isinstance(reducing[0].operation, LastStep):
        return None
    before = seen.steps[: seen.steps.index(reducing[0])]
    return reducing[0] if any(hasattr(step.operation, "kernel_size") for step in before) else None


def integrated_gradients(network, batch: np.ndarray, seen: Pass, front: Step | None) -> NetworkMap | None:
    """Compute integrated gradients on the prepared sample, or on the vectors of its tokens, with a zero baseline.

    Sundararajan, Taly and Yan 2017, "Axiomatic attribution for deep networks", section 3. The constant is the logits of
    the baseline. Scores and constant add up to the logits, except for the error of the sum over `POINTS` points.
    """
    import tensorflow as tf

    vectors = front if front and isinstance(front.operation, TokenVectors) else None
    if vectors is None and not np.issubdtype(batch.dtype, np.floating):
        return None
    whole = tf.convert_to_tensor(vectors.output if vectors else batch)

    def logits_at(shares: np.ndarray):
        scaled = tf.reshape(tf.cast(shares, whole.dtype), (-1, *[1] * (len(whole.shape) - 1))) * whole
        if vectors is None:
            return scaled, lambda: forward_pass(network, scaled).logits
        ids = np.repeat(batch, len(shares), axis=0)
        return scaled, lambda: forward_pass(network, ids, (vectors.operation, scaled)).logits

    total = _mean_gradient(logits_at, max(1, AT_ONCE // int(np.prod(positions(whole.shape)))))
    if total is None:
        return None
    scores = total * numbers(whole)[0][..., None]
    if vectors:
        scores = scores.sum(axis=-2)
    constant = numbers(logits_at(np.zeros(1))[1]())[0]
    return NetworkMap(scores, constant, "integrated gradients", False, vectors and vectors.operation)


def _mean_gradient(logits_at: Callable, at_once: int) -> np.ndarray | None:
    """Return the mean gradient of each logit over the points, (..., classes), or None if none reaches the input."""
    import tensorflow as tf

    points = (np.arange(POINTS) + 0.5) / POINTS
    total: Any = 0.0
    for shares in np.array_split(points, -(-POINTS // at_once)):
        scaled, run = logits_at(shares)
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(scaled)
            logits = tf.reduce_sum(tf.cast(run(), tf.float32), axis=0)
            each = tf.unstack(logits)
        gradients = [tape.gradient(logit, scaled) for logit in each]
        if any(gradient is None for gradient in gradients):
            return None
        total = total + np.stack([numbers(gradient).sum(axis=0) for gradient in gradients], axis=-1)
    return total / POINTS
