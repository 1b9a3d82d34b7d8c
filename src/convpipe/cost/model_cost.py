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

from convpipe.cost.keras_layers import EmptyOutput, layer_of, multiply_adds_of, starts_anew
from convpipe.cost.layer import BYTES_PER_VALUE, Layer, at_least
from convpipe.errors import ConfigError

LARGEST_INPUT = 1 << 20  # where the search for the smallest sufficient input gives up, in positions


class Reach(NamedTuple):
    """What one position sees along one axis, in input positions (see the module)."""

    low: int = 0
    high: int = 0
    stride: int = 1


@dataclass(frozen=True)
class Row:
    """One layer of a network, for one sample.

    Args:
        name: the layer's name; inside a nested network, path/name.
        kind: class of the layer.
        output_shape: without the batch axis.
        parameters: trained and untrained weights of the layer.
        multiply_adds: of convolutions and matrix products; normalisation, pooling and activations count none.
        receptive_field: input positions an output position can see along each axis, zeros of the padding included;
            None where it is everything (after global pooling) or cannot be told.
        effective_stride: input positions between neighbouring outputs along each axis; None likewise.
        activation_bytes: memory of the output in float32.
    """

    name: str
    kind: str
    output_shape: tuple[int, ...]
    parameters: int
    multiply_adds: int
    receptive_field: tuple[int, ...] | None
    effective_stride: tuple[int, ...] | None
    activation_bytes: int


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
        self._reaches: dict[int, tuple] = {}  # by id; the tensor is kept beside, so that ids are not used again
        expected = [tuple(tensor.shape[1:]) for tensor in network.inputs]
        same_axes = list(map(len, expected)) == list(map(len, shapes))
        sizes = zip(chain(*expected), chain(*shapes), strict=True)
        if not same_axes or any(wanted not in (None, size) for wanted, size in sizes):
            message = f"a sample of shape {shapes} does not fit the network {network.name}"
            raise ConfigError(message, value=shapes, remedy=f"use a sample of shape {expected}")
        pairs = zip(shapes, network.inputs, strict=True)
        inputs = [keras.KerasTensor((1, *shape), dtype=reference.dtype) for shape, reference in pairs]
        for tensor in inputs:
            self._remember(tensor, (Reach(),) * (len(tensor.shape) - 2))
        self._through(network, inputs)

    def _remember(self, tensor, reach) -> None:
        self._reaches[id(tensor)] = (reach, tensor)

    def _reach_of(self, tensor):
        return self._reaches.get(id(tensor), (None, None))[0]

    def _through(self, network, inputs, path: str = ""):
        # Keras has no public way to send shapes along a graph layer by layer; its own compute_output_spec uses this.
        graph = getattr(network, "_functional", None) or network
        return graph._run_through_graph(inputs, operation_fn=lambda operation: self._visitor(operation, path))

    def _visitor(self, operation, path: str):
        def visit(*args, **kwargs):
            import keras

            tensors = [x for x in keras.tree.flatten((args, kwargs)) if isinstance(x, keras.KerasTensor)]
            if isinstance(operation, keras.Model):
                return self._through(operation, tensors, f"{path}{operation.name}/")
            layer = layer_of(operation, tuple(tensors[0].shape[1:])) if tensors else None
            outputs = operation.compute_output_spec(*args, **kwargs)
            flat = keras.tree.flatten(outputs)
            for output in flat:
                self._remember(output, self._moved(operation, layer, tensors, output))
            self._write(operation, layer, tensors, flat, path)
            return outputs

        return visit

    def _moved(self, operation, layer, tensors, output):
        """The reach of an output: moved on by a kernel, started by an embedding, united where positions match."""
        sizes = tuple(output.shape[1:-1])
        if starts_anew(operation):
            return (Reach(),) * len(sizes)
        if layer is not None:
            return _through_kernel(self._reach_of(tensors[0]), layer)
        known = [self._reach_of(x) for x in tensors if tuple(x.shape[1:-1]) == sizes and self._reach_of(x)]
        return tuple(map(_united, zip(*known, strict=True))) if known else None

    def _write(self, operation, layer, tensors, outputs, path: str) -> None:
        reach = self._reach_of(outputs[0])
        multiply_adds = multiply_adds_of(operation, layer, tensors)
        weights = getattr(operation, "weights", [])
        if multiply_adds is None and any(len(weight.shape) > 1 for weight in weights):
            self.uncounted.append(path + operation.name)
        row = Row(
            name=path + operation.name,
            kind=type(operation).__name__,
            output_shape=tuple(outputs[0].shape[1:]),
            parameters=sum(math.prod(weight.shape) for weight in weights),
            multiply_adds=multiply_adds or 0,
            receptive_field=tuple(axis.high - axis.low + 1 for axis in reach) if reach else None,
            effective_stride=tuple(axis.stride for axis in reach) if reach else None,
            activation_bytes=sum(math.prod(x.shape[1:]) for x in outputs) * BYTES_PER_VALUE,
        )
        self.rows.append(row)


def _through_kernel(reaches, layer: Layer):
    if not reaches:
        return None
    rows = zip(reaches, layer.pads, layer.receptive_field, layer.strides, strict=True)
    return tuple(
        Reach(r.low - pad[0] * r.stride, r.high + (window - 1 - pad[0]) * r.stride, r.stride * stride)
        for r, pad, window, stride in rows
    )


def _united(reaches) -> Reach:
    lows, highs, strides = zip(*reaches, strict=True)
    return Reach(min(lows), max(highs), max(strides))
