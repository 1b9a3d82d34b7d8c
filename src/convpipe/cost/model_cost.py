"""Shape, cost and receptive field of every layer of a Keras network, computed along its graph without running it.

The receptive field follows Araujo, Norris and Sim, "Computing receptive fields of convolutional neural networks",
Distill 2019 (doi:10.23915/distill.00021): for each axis of each tensor, position p depends on the input positions from
`p * stride + low` to `p * stride + high`. So the receptive field of parallel branches is the union of their windows,
even if these do not overlap (Inception, or causal next to `same`).
"""

import math
from bisect import bisect_left
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from convpipe.cost.graph import run_through, tensors_in
from convpipe.cost.keras_layers import EmptyOutput, layer_of, mixes_positions, multiply_adds_of, starts_anew
from convpipe.cost.layer import BYTES_PER_VALUE, Layer, at_least
from convpipe.errors import ConfigError

LARGEST_INPUT = 1 << 20  # positions at which the search for the smallest sufficient input gives up


class Reach(NamedTuple):
    """Receptive field along one axis of a tensor: position p depends on the input positions from `p * stride + low` to
    `p * stride + high`. Positions outside the input are zeros of the padding.

    >>> Reach(-1, 1, 2).size
    3
    """

    low: int = 0
    high: int = 0
    stride: int = 1

    @property
    def size(self) -> int:
        """Number of input positions on which one position depends."""
        return self.high - self.low + 1


class Field(NamedTuple):
    """Receptive field of a tensor along all axes.

    Args:
        axes: one `Reach` per axis.
        origin: sizes of the tensor whose positions are counted: the input of the network, or the output of a layer
            that defines new positions (vectors of tokens, frames of a spectrogram).
    """

    axes: tuple[Reach, ...]
    origin: tuple[int, ...]


@dataclass(frozen=True)
class Row:
    """One layer of a network, for one sample.

    Args:
        name: name of the layer; inside a nested network, path/name.
        kind: class of the layer.
        output_shape: shape without the batch axis.
        parameters: number of trainable and non-trainable weights.
        multiply_adds: those of convolutions and matrix products; normalization, pooling and activations count zero.
        activation_bytes: bytes of the output in float32.
        field: receptive field; None if it is the whole input (after global pooling) or unknown.
    """

    name: str
    kind: str
    output_shape: tuple[int, ...]
    parameters: int
    multiply_adds: int
    activation_bytes: int
    field: Field | None

    @property
    def receptive_field(self) -> tuple[int, ...] | None:
        """Input positions in the receptive field along each axis, including zeros of the padding; None like `field`."""
        return tuple(axis.size for axis in self.field.axes) if self.field else None

    @property
    def effective_stride(self) -> tuple[int, ...] | None:
        """Input positions from one output position to the next along each axis; None like `field`."""
        return tuple(axis.stride for axis in self.field.axes) if self.field else None


@dataclass(frozen=True)
class ModelCost:
    """A whole network, for one sample.

    Args:
        rows: the layers in topological order.
        parameters: number of weights; those of a shared layer count once.
        multiply_adds: sum over the rows.
        receptive_field: the largest of the rows: that of one position of the last feature maps.
        activation_bytes: sum over the rows: the memory that training needs for backpropagation.
        uncounted: layers with weights but unknown multiply-adds, which count as zero.
    """

    rows: tuple[Row, ...]
    parameters: int
    multiply_adds: int
    receptive_field: tuple[int, ...]
    activation_bytes: int
    uncounted: tuple[str, ...]


def model_cost(network, input_shape) -> ModelCost:
    """Compute shapes and costs of `network` for one sample of `input_shape`.

    Args:
        network: a functional or sequential keras.Model with channels last; its number of steps may be None.
        input_shape: shape of one sample without the batch axis, such as (steps, channels); for a network with several
            inputs, a list of such shapes.

    Raises:
        ConfigError: the shape does not fit the network, or the output of a layer would be empty; then the error names
            the layer and the smallest sufficient input.
    """
    shapes = [tuple(shape) for shape in ([input_shape] if isinstance(input_shape[0], int) else input_shape)]
    try:
        walk = _Walk(network, shapes)
    except EmptyOutput as error:
        remedy = _smallest_input(network, shapes)
        raise ConfigError(str(error), key="model", value=network.name, remedy=remedy) from None
    fields = [row.receptive_field for row in walk.rows if row.receptive_field]
    axes = max(map(len, fields), default=0)
    return ModelCost(
        rows=tuple(walk.rows),
        parameters=int(network.count_params()),
        multiply_adds=sum(row.multiply_adds for row in walk.rows),
        receptive_field=tuple(max(field[axis] for field in fields if len(field) == axes) for axis in range(axes)),
        activation_bytes=sum(row.activation_bytes for row in walk.rows),
        uncounted=tuple(walk.uncounted),
    )


def _smallest_input(network, shapes) -> str:
    """Return the remedy for an empty output: the smallest sufficient input, found by bisection."""

    def enlarged(least: int) -> list:
        return [(*(max(size, least) for size in shape[:-1]), *shape[-1:]) for shape in shapes]

    def suffices(least: int) -> bool:
        try:
            _Walk(network, enlarged(least))
        except (EmptyOutput, ConfigError):
            return False
        return True

    enough = 2
    while not suffices(enough):
        enough *= 2
        if enough > LARGEST_INPUT:
            return "lower its kernel sizes, strides or pooling, because the network has a fixed input size"
    sizes = range(enough // 2 + 1, enough + 1)
    return at_least(enlarged(sizes[bisect_left(sizes, True, key=suffices)])[0][:-1])


class _Walk:
    """Passes through the graph of a network and makes one row per layer.

    Raises:
        ConfigError: the shapes do not fit the network.
        EmptyOutput: the input of a layer has fewer positions than its kernel spans.
    """

    def __init__(self, network, shapes) -> None:
        import keras

        self.rows: list[Row] = []
        self.uncounted: list[str] = []
        self._fields: dict[int, tuple] = {}  # by id; the tensor is stored too, so that its id is not reused
        expected = [tuple(tensor.shape[1:]) for tensor in network.inputs]
        same_axes = list(map(len, expected)) == list(map(len, shapes))
        sizes = zip(chain(*expected), chain(*shapes), strict=True)
        if not same_axes or any(fixed not in (None, size) for fixed, size in sizes):
            message = f"a sample of shape {shapes} does not fit the network {network.name}"
            raise ConfigError(message, value=shapes, remedy=f"use a sample of shape {expected}")
        pairs = zip(shapes, network.inputs, strict=True)
        inputs = [keras.KerasTensor((1, *shape), dtype=reference.dtype) for shape, reference in pairs]
        for tensor in inputs:
            self._store_field(tensor, _identity_field(_sizes(tensor)))
        run_through(network, inputs, self._visit)

    def _store_field(self, tensor, field: Field | None) -> None:
        self._fields[id(tensor)] = (field, tensor)

    def _field_of(self, tensor) -> Field | None:
        return self._fields.get(id(tensor), (None, None))[0]

    def _visit(self, operation, name: str, args, kwargs):
        import keras

        tensors = tensors_in(args, kwargs)
        layer = layer_of(operation, tuple(tensors[0].shape[1:])) if tensors else None
        outputs = operation.compute_output_spec(*args, **kwargs)
        flat = keras.tree.flatten(outputs)
        for output in flat:
            self._store_field(output, self._output_field(operation, layer, tensors, output))
        self._add_row(operation, layer, tensors, flat, name)
        return outputs

    def _output_field(self, operation, layer, tensors, output) -> Field | None:
        """Return the receptive field of an output: enlarged by a kernel, new after an embedding, else the union."""
        if starts_anew(operation):
            return _identity_field(_sizes(output))
        if layer is not None and layer.kind == "transposed":
            return None  # the size of the receptive field differs between neighboring outputs
        if layer is not None:
            field = self._field_of(tensors[0])
            return field and Field(_through_kernel(field.axes, layer), field.origin)
        tensors = [tensor for tensor in tensors if tensor.dtype != "bool"]  # a mask has no channels
        same_positions = all(_sizes(tensor) == _sizes(output) for tensor in tensors)
        if mixes_positions(operation, len(output.shape)) or not same_positions:
            return None
        return _union([self._field_of(tensor) for tensor in tensors], _sizes(output))

    def _add_row(self, operation, layer, tensors, outputs, name: str) -> None:
        multiply_adds = multiply_adds_of(operation, layer, tensors)
        weights = getattr(operation, "weights", [])
        if multiply_adds is None and any(len(weight.shape) > 1 for weight in weights):
            self.uncounted.append(name)
        row = Row(
            name=name,
            kind=type(operation).__name__,
            output_shape=tuple(outputs[0].shape[1:]),
            parameters=sum(math.prod(weight.shape) for weight in weights),
            multiply_adds=multiply_adds or 0,
            activation_bytes=sum(math.prod(x.shape[1:]) for x in outputs) * BYTES_PER_VALUE,
            field=self._field_of(outputs[0]),
        )
        self.rows.append(row)


def _sizes(tensor) -> tuple[int, ...]:
    """Return the sizes of a tensor along each axis, without batch and channels."""
    return tuple(tensor.shape[1:-1])


def _identity_field(sizes: tuple[int, ...]) -> Field | None:
    """Return the field of a tensor that defines positions: each position depends on itself. None without an axis."""
    return Field((Reach(),) * len(sizes), sizes) if sizes else None


def _through_kernel(reaches: tuple[Reach, ...], layer: Layer) -> tuple[Reach, ...]:
    rows = zip(reaches, layer.pads, layer.receptive_field, layer.strides, strict=True)
    return tuple(
        Reach(r.low - pad[0] * r.stride, r.high + (window - 1 - pad[0]) * r.stride, r.stride * stride)
        for r, pad, window, stride in rows
    )


def _union(fields: list[Field | None], sizes: tuple[int, ...]) -> Field | None:
    """Return the smallest field that contains those of all branches.

    None if the field of a branch is unknown, if the branches count different positions, or if their strides differ, so
    that joined positions are not at the same place.
    """
    known = [field for field in fields if field]
    if not known or len(known) < len(fields) or len({field.origin for field in known}) > 1:
        return None
    axes = []
    for reaches, size in zip(zip(*(field.axes for field in known), strict=True), sizes, strict=True):
        lows, highs, strides = zip(*reaches, strict=True)
        if size > 1 and len(set(strides)) > 1:
            return None
        axes.append(Reach(min(lows), max(highs), max(strides)))
    return Field(tuple(axes), known[0].origin)
