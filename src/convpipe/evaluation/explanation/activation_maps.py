"""Exact class activation maps for networks that end in pooling (or flattening) and a linear layer.

Zhou et al. 2016, "Learning deep features for discriminative localization", section 2: if the logits are linear in the
average of a feature map, they are the sum of the contributions of its cells. With maximum pooling, the part of a
channel's maximum above the channel's mean is the contribution of the cell with the maximum. With flattening, each cell
has its own weights.
"""

from typing import Any, NamedTuple

import numpy as np
from keras import layers

from convpipe.evaluation.explanation.cells import field_of, spread
from convpipe.evaluation.explanation.forward import (
    Pass,
    Step,
    dense_weights,
    is_inactive,
    is_linear,
    numbers,
    positions,
)
from convpipe.evaluation.explanation.network_map import NetworkMap
from convpipe.models.layers.fixed_kernels import Standardization
from convpipe.models.layers.masking import FixedSteps, GlobalMaximum, SegmentAverage

AVERAGES = (SegmentAverage, *(getattr(layers, f"GlobalAveragePooling{axes}D") for axes in (1, 2, 3)))
MAXIMA = (GlobalMaximum, *(getattr(layers, f"GlobalMaxPooling{axes}D") for axes in (1, 2, 3)))
FLAT = (FixedSteps, layers.Flatten)


class Head(NamedTuple):
    """The linear head of a network, from features to logits.

    Args:
        kernel: (features, classes), for the features before standardization.
        bias: (classes,), for the features before standardization.
        mean: (features,) of a standardization that is merged into kernel and bias; zero without one.
        parts: the operations that compute the features, in order.
    """

    kernel: np.ndarray
    bias: np.ndarray
    mean: np.ndarray
    parts: list[Step]


def linear_head(seen: Pass) -> Head | None:
    """Return the linear head of a network, or None if its last layer is not linear."""
    step = seen.made(seen.logits)
    if step is None or not is_linear(step.operation):
        return None
    kernel, bias = dense_weights(step.operation)
    mean = np.zeros(len(kernel))
    step = _active(seen, step.inputs[0])
    if step is not None and isinstance(step.operation, Standardization):
        mean, deviation = numbers(step.operation.mean), numbers(step.operation.deviation)
        kernel = kernel / deviation[:, None]
        bias = bias - mean @ kernel
        step = _active(seen, step.inputs[0])
    if step is None:
        return None
    joined = isinstance(step.operation, layers.Concatenate)
    parts = [_active(seen, tensor) for tensor in step.inputs] if joined else [step]
    return Head(kernel, bias, mean, [part for part in parts if part]) if all(parts) else None


def _active(seen: Pass, tensor) -> Step | None:
    """Return the operation that computed a tensor, skipping those that are inactive outside of training."""
    step = seen.made(tensor)
    while step is not None and is_inactive(step.operation):
        step = seen.made(step.inputs[0])
    return step


def class_activation_map(network, batch: np.ndarray, seen: Pass, front) -> NetworkMap | None:
    """Return the class activation map of a network, or None if it does not end in pooling and a linear layer.

    Args:
        network: a Keras model.
        batch: (1, ...) one prepared sample without padding.
        seen: the forward pass of the sample.
        front: the step whose output defines the positions; None for the positions of the input.
    """
    head = linear_head(seen)
    if head is None or not all(isinstance(each.operation, AVERAGES + MAXIMA + FLAT) for each in head.parts):
        return None
    sizes = positions(front.output.shape if front else batch.shape)
    maps, constant, first = [], head.bias, 0
    for part in head.parts:
        count = int(part.output.shape[-1])
        kernel, mean = (each[first : first + count] for each in (head.kernel, head.mean))
        first += count
        features = numbers(part.inputs[0])[0]
        if features.ndim - 1 != len(sizes):
            return None
        scores, rest = _cell_scores(part.operation, features, kernel, mean)
        constant = constant + rest
        maker = seen.made(part.inputs[0])
        is_input = front is None and maker is None and len(head.parts) == 1
        if isinstance(part.operation, FLAT) and not is_input:
            scores = scores.sum(axis=-2)  # channels are separate only for values of the input itself
        if maker is not None and scores.shape[:-1] != sizes:
            scores = spread(scores, field_of(network, batch.shape[1:], maker.operation), sizes)
        maps.append(scores)
    is_weighted_input = all(isinstance(each.operation, FLAT) for each in head.parts) and not _has_kernels(seen)
    method = "weights of the linear layer" if is_weighted_input else "class activation map"
    return NetworkMap(np.sum(maps, axis=0), constant, method, True, front and front.operation)


def _has_kernels(seen: Pass) -> bool:
    return any(hasattr(step.operation, "kernel_size") for step in seen.steps)


def _cell_scores(operation: Any, features: np.ndarray, kernel: np.ndarray, mean: np.ndarray):
    """Return the contribution of each cell of a feature map (cells..., channels), and the rest (classes,).

    The contributions are (cells..., classes) with pooling, (cells..., channels, classes) with flattening.
    """
    no_rest = np.zeros(kernel.shape[1])
    channels, cells = features.shape[-1], features.shape[:-1]
    if isinstance(operation, FLAT):
        # With standardization, a value at the training mean contributes zero.
        values = np.zeros(len(kernel))
        values[: features.size] = features.ravel()
        each = (values - mean)[:, None] * kernel
        inside = each[: features.size].reshape(*cells, channels, -1)
        rest = mean @ kernel + each[features.size :].sum(axis=0)
        return inside, rest
    if isinstance(operation, MAXIMA):
        rows, scores = features.reshape(-1, channels), np.zeros((int(np.prod(cells)), kernel.shape[1]))
        best, level = rows.argmax(axis=0), rows.mean(axis=0)
        np.add.at(scores, best, (rows[best, np.arange(channels)] - level)[:, None] * kernel)
        return scores.reshape(*cells, -1), level @ kernel
    segments = getattr(operation, "segments", 1)
    if segments == 1:
        return features @ kernel / np.prod(cells), no_rest
    part = _segments(len(features), segments)
    counts = np.bincount(part, minlength=segments)
    kernels = kernel.reshape(segments, channels, -1)[part]
    return np.einsum("tc,tck->tk", features, kernels) / counts[part][:, None], no_rest


def _segments(steps: int, segments: int) -> np.ndarray:
    """Return the segment of each step (steps,), computed as in `SegmentAverage`."""
    position = (np.arange(steps, dtype=np.float32) + np.float32(0.5)) / np.float32(steps)
    return np.floor(position * np.float32(segments)).astype(int)
