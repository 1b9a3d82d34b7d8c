"""Shape, cost and receptive field of every layer of a Keras network, computed along its graph without running it.

The receptive field follows Araujo, Norris and Sim, "Computing receptive fields of convolutional neural networks",
Distill 2019 (doi:10.23915/distill.00021): each tensor carries, for each axis, the input positions from
`start * stride + low` to `start * stride + high` that position `start` can see, so that branches whose windows lie
apart (Inception, causal beside `same`) are united and not merely compared.
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

LARGEST_INPUT = 1 << 20  # where the search for the smallest sufficient input gives up, in positions


class Reach(NamedTuple):
    """What the positions of a tensor see along one axis: position p sees the input positions from `p * stride + low`
    to `p * stride + high`, of which those outside the input are zeros of the padding.

    >>> Reach(-1, 1, 2).size
    3
    """

    low: int = 0
    high: int = 0
    stride: int = 1

    @property
    def size(self) -> int:
        """Input positions that one position sees."""
        return self.high - self.low + 1


class Field(NamedTuple):
    """What the positions of a tensor see along every axis.

    Args:
        axes: one reach for each axis.
        origin: sizes of the tensor whose positions are counted: the input of the network, or the output of a layer
            from which positions are counted anew (vectors of tokens, frames of a spectrogram).
    """

    axes: tuple[Reach, ...]
    origin: tuple[int, ...]


@dataclass(frozen=True)
class Row:
    """One layer of a network, for one sample.

    Args:
        name: the layer's name; inside a nested network, path/name.
        kind: class of the layer.
        output_shape: without the batch axis.
        parameters: trained and untrained weights of the layer.
        multiply_adds: of convolutions and matrix products; normalization, pooling and activations count none.
        activation_bytes: memory of the output in float32.
        field: what each output position can see; None where it is everything (after global pooling) or cannot be told.
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
        """Input positions an output position can see along each axis, zeros of the padding included; None likewise."""
        return tuple(axis.size for axis in self.field.axes) if self.field else None

    @property
    def effective_stride(self) -> tuple[int, ...] | None:
        """Input positions between neighboring outputs along each axis; None likewise."""
        return tuple(axis.stride for axis in self.field.axes) if self.field else None


@dataclass(frozen=True)
class ModelCost:
    """A whole network, for one sample.

    Args:
        rows: the layers in an order in which they can be computed.
        parameters: weights, those of a shared layer once.
        multiply_adds: the sum over the rows.
        receptive_field: the widest of the rows: what one position of the last feature maps sees.
        activation_bytes: the sum over the rows, what training keeps for the way back.
        uncounted: layers with weights whose multiply-adds this module cannot tell, counted as zero.
    """

    rows: tuple[Row, ...]
    parameters: int
    multiply_adds: int
    receptive_field: tuple[int, ...]
    activation_bytes: int
    uncounted: tuple[str, ...]


def model_cost(network, input_shape) -> ModelCost:
    """Shapes and costs of `network` for one sample of `input_shape`.

    Args:
        network: a functional or sequential keras.Model with channels last; it may leave the number of steps open.
        input_shape: shape of one sample without the batch axis, such as (steps, channels); for a network of several
            inputs a list of such shapes.

    Raises:
        ConfigError: the shape does not fit the network, or a layer's output would be empty; then the error names the
            layer and the smallest sufficient input.
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
    """The remedy for an empty output: the smallest sufficient input, found by bisection."""

    def enlarged(least: int) -> list:
        return [(*(max(size, least) for size in shape[:-1]), *shape[-1:]) for shape in shapes]

    def does(least: int) -> bool:
        try:
            _Walk(network, enlarged(least))
        except (EmptyOutput, ConfigError):
            return False
        return True

    enough = 2
    while not does(enough):
        enough *= 2
        if enough > LARGEST_INPUT:
            return "lower its kernel sizes, strides or pooling: no larger input would do, as the network fixes its size"
    sizes = range(enough // 2 + 1, enough + 1)
    return at_least(enlarged(sizes[bisect_left(sizes, True, key=does)])[0][:-1])


class _Walk:
    """Goes along a network's graph and writes a row a layer.

    Raises:
        ConfigError: the shapes do not fit the network.
        EmptyOutput: a layer gets fewer positions than its kernel spans.
    """

    def __init__(self, network, shapes) -> None:
        import keras

        self.rows: list[Row] = []
        self.uncounted: list[str] = []
        self._fields: dict[int, tuple] = {}  # by id; the tensor is kept beside, so that ids are not used again
        expected = [tuple(tensor.shape[1:]) for tensor in network.inputs]
        same_axes = list(map(len, expected)) == list(map(len, shapes))
        sizes = zip(chain(*expected), chain(*shapes), strict=True)
        if not same_axes or any(wanted not in (None, size) for wanted, size in sizes):
            message = f"a sample of shape {shapes} does not fit the network {network.name}"
            raise ConfigError(message, value=shapes, remedy=f"use a sample of shape {expected}")
        pairs = zip(shapes, network.inputs, strict=True)
        inputs = [keras.KerasTensor((1, *shape), dtype=reference.dtype) for shape, reference in pairs]
        for tensor in inputs:
            self._remember(tensor, _started(_sizes(tensor)))
        run_through(network, inputs, self._visit)

    def _remember(self, tensor, field: Field | None) -> None:
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
            self._remember(output, self._moved(operation, layer, tensors, output))
        self._write(operation, layer, tensors, flat, name)
        return outputs

    def _moved(self, operation, layer, tensors, output) -> Field | None:
        """The field of an output: moved on by a kernel, started by an embedding, united where positions match."""
        if starts_anew(operation):
            return _started(_sizes(output))
        if layer is not None and layer.kind == "transposed":
            return None  # neighboring outputs do not see as many input positions
        if layer is not None:
            field = self._field_of(tensors[0])
            return field and Field(_through_kernel(field.axes, layer), field.origin)
        tensors = [tensor for tensor in tensors if tensor.dtype != "bool"]  # a mask has no channels
        same_positions = all(_sizes(tensor) == _sizes(output) for tensor in tensors)
        if mixes_positions(operation, len(output.shape)) or not same_positions:
            return None
        return _united([self._field_of(tensor) for tensor in tensors], _sizes(output))

    def _write(self, operation, layer, tensors, outputs, name: str) -> None:
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
    """Positions of a tensor along each axis, without batch and channels."""
    return tuple(tensor.shape[1:-1])


def _started(sizes: tuple[int, ...]) -> Field | None:
    """The field of a tensor from which positions are counted: each sees itself. None without an axis."""
    return Field((Reach(),) * len(sizes), sizes) if sizes else None


def _through_kernel(reaches: tuple[Reach, ...], layer: Layer) -> tuple[Reach, ...]:
    rows = zip(reaches, layer.pads, layer.receptive_field, layer.strides, strict=True)
    return tuple(
        Reach(r.low - pad[0] * r.stride, r.high + (window - 1 - pad[0]) * r.stride, r.stride * stride)
        for r, pad, window, stride in rows
    )


def _united(fields: list[Field | None], sizes: tuple[int, ...]) -> Field | None:
    """The hull of what branches of the same positions see.

    None where one of them sees everything, where they count other positions, or where they move at different strides:
    then the positions that are joined do not lie over each other.
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
