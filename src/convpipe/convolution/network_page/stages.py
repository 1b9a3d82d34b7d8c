"""The stages of a network after the responses of its first kernels: normalization, activation, pooling."""

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from convpipe.convolution.network_page.kernels import consumers, padding_of, read_by

#: Kinds of stages that change the positions.
POOLING = ("maximum", "average", "largest", "mean")


@dataclass(frozen=True)
class Stage:
    """One step after a convolution, applied to each filter separately.

    Args:
        kind: "normalization", "relu", "maximum" or "average" (over a window), "largest" or "mean" (over everything).
        name: name of the layer.
        numbers: for a normalization: mean, deviation, gamma and beta, (filters,) float32 each; for a ReLU: slope and
            most (None for no limit); for a pooling: size, strides, before and places, one number per axis.
    """

    kind: str
    name: str
    numbers: dict[str, Any] = field(default_factory=dict)

    def apply(self, maps: np.ndarray) -> np.ndarray:
        """Apply the stage to feature maps (*positions, filters) float64."""
        n = self.numbers
        if self.kind == "normalization":
            return (maps - n["mean"]) / n["deviation"] * n["gamma"] + n["beta"]
        if self.kind == "relu":
            return np.minimum(np.where(maps > 0, maps, n["slope"] * maps), n["most"] or np.inf)
        axes = tuple(range(maps.ndim - 1))
        if self.kind in ("largest", "mean"):
            return (np.max if self.kind == "largest" else np.mean)(maps, axis=axes)
        pooled = np.empty((*n["places"], maps.shape[-1]))
        for place in np.ndindex(*n["places"]):
            starts = [p * s - b for p, s, b in zip(place, n["strides"], n["before"], strict=True)]
            window = tuple(slice(max(start, 0), start + size) for start, size in zip(starts, n["size"], strict=True))
            pooled[place] = (np.max if self.kind == "maximum" else np.mean)(maps[window], axis=axes)
        return pooled


@dataclass(frozen=True)
class Chain:
    """The stages after a convolution, and the tensor with their result.

    Args:
        stages: the stages in order.
        tensor: symbolic output of the last stage; None without stages.
        offset: first channel of the convolution's filters in `tensor`, which a concatenation may shift.
    """

    stages: tuple[Stage, ...]
    tensor: Any
    offset: int


def chain_of(network, layer, places: tuple[int, ...] | None) -> Chain:
    """Return the stages that follow `layer` and treat each filter separately.

    Args:
        network: the network of the layer.
        layer: a convolution.
        places: its output positions; None if only the kinds of stages matter.
    """
    filters, offset, stages, tensor = layer.output.shape[-1], 0, [], layer.output
    own = _relu(layer.name) if _has_fixed_kernels(layer) else _activation(layer.name, layer.activation)
    if own is False:
        return Chain((), None, 0)
    stages += [own] if own else []
    while following := _next(network, tensor):
        operation, shift = following
        stage = _stage(operation, slice(offset + shift, offset + shift + filters), places)
        if stage is False:
            break
        offset, tensor = offset + shift, operation.output
        if stage is None:
            continue
        stages.append(stage)
        places = stage.numbers.get("places", places)
        if stage.kind in ("largest", "mean"):
            break
    return Chain(tuple(stages), tensor if stages else None, offset)


def _has_fixed_kernels(layer) -> bool:
    return not hasattr(layer, "activation")


def _next(network, tensor):
    """The operation that processes the filters of `tensor` separately, and by how many channels it shifts them."""
    import keras

    readers = list(consumers(network, tensor))
    for operation in readers:
        if isinstance(operation, keras.layers.Concatenate) and operation.axis in (-1, len(tensor.shape) - 1):
            parts = read_by(operation)
            at = next(number for number, part in enumerate(parts) if part is tensor)
            return operation, sum(part.shape[-1] for part in parts[:at])
        stage = _stage(operation, slice(None), None) if len(read_by(operation)) == 1 else False
        if stage is False or (stage and stage.kind in POOLING and len(readers) > 1):
            continue  # a pooling next to other readers starts a separate branch
        return operation, 0
    return None


def _stage(operation, channels: slice, places) -> Stage | None | Literal[False]:
    """The stage of an operation; None if it changes nothing, False if the page has no stage for it."""
    from keras import layers

    from convpipe.models.layers import masking

    if isinstance(operation, (layers.Dropout, layers.SpatialDropout1D, layers.SpatialDropout2D, layers.Concatenate)):
        return None
    if isinstance(operation, layers.BatchNormalization):
        return _normalization(operation, channels)
    if isinstance(operation, layers.ReLU):
        if operation.threshold:
            return False
        return _relu(operation.name, float(operation.negative_slope or 0), operation.max_value)
    if isinstance(operation, layers.LeakyReLU):
        return _relu(operation.name, float(operation.negative_slope))
    if isinstance(operation, layers.Activation):
        return _activation(operation.name, operation.activation)
    whole = (masking.GlobalMaximum, *(getattr(layers, f"GlobalMaxPooling{n}D") for n in (1, 2, 3)))
    mean = tuple(getattr(layers, f"GlobalAveragePooling{n}D") for n in (1, 2, 3))
    if isinstance(operation, whole):
        return Stage("largest", operation.name)
    if isinstance(operation, mean) or (isinstance(operation, masking.SegmentAverage) and operation.segments == 1):
        return Stage("mean", operation.name)
    for kind, family in (("maximum", "MaxPooling"), ("average", "AveragePooling")):
        if isinstance(operation, tuple(getattr(layers, f"{family}{n}D") for n in (1, 2, 3))):
            return _pooling(operation, kind, places)
    return False


def _normalization(operation, channels: slice) -> Stage:
    def numbers(variable, default: float) -> np.ndarray:
        whole = np.full(operation.moving_mean.shape, default) if variable is None else np.asarray(variable)
        return whole.astype(np.float32)[channels]

    deviation = np.sqrt(numbers(operation.moving_variance, 1.0) + np.float32(operation.epsilon))
    values = {"mean": numbers(operation.moving_mean, 0.0), "deviation": deviation}
    values |= {"gamma": numbers(operation.gamma, 1.0), "beta": numbers(operation.beta, 0.0)}
    return Stage("normalization", operation.name, values)


def _relu(name: str, slope: float = 0.0, most: float | None = None) -> Stage:
    return Stage("relu", name, {"slope": slope, "most": most})


def _activation(name: str, function) -> Stage | None | Literal[False]:
    from keras import activations

    if function in (None, activations.linear):
        return None
    return _relu(name) if function is activations.relu else False


def _pooling(operation, kind: str, places) -> Stage:
    if places is None:  # only the kind matters
        return Stage(kind, operation.name)
    size, strides, ones = tuple(operation.pool_size), tuple(operation.strides), (1,) * len(places)
    pads = padding_of(operation, (*places, 1), size, strides, ones)
    rows = zip(places, pads, size, strides, strict=True)
    pooled = tuple((n + sum(pad) - k) // s + 1 for n, pad, k, s in rows)
    numbers = {"size": size, "strides": strides, "before": tuple(pad[0] for pad in pads), "places": pooled}
    return Stage(kind, operation.name, numbers)
