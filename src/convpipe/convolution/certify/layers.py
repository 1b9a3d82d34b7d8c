"""Check the receptive fields of `cost.model_cost` on the weights of a network by changing its input.

Two claims are checked for every layer with a known receptive field:

- Outside the field, no change of the input changes a bit of an output position. This must hold for any weights and is
  checked with the network's own.
- Inside the field, its first and its last position can change the output. Trained weights may hide this (a dead ReLU,
  a maximum), so it is checked in a copy of the network with positive random weights. If the network accepts other
  sizes, the sample is made long enough to contain the field.

Each axis is checked separately; a change covers all positions along the other axes.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from convpipe.convolution.certify.perturbation import Perturbation
from convpipe.convolution.certify.probes import MOST_WORK, Probe, impulses, reach_of, select_probes, window
from convpipe.cost.model_cost import ModelCost, Row, model_cost

#: Estimated number of changed copies with random weights, which decides whether a longer sample is too much work.
RANDOM_COPIES = 30


class ReceptiveFieldError(Exception):
    """The computed receptive field of a layer contradicts its weights. This is a bug of convpipe, or the layer moves
    positions in a way that its shape does not show.

    Args:
        row: the layer.
        probe: the changed input positions.
        position: output position along the axis of the probe.
        hidden: True if the output should have changed, with random weights, but did not; False if it changed but
            should not have.
    """

    def __init__(self, row: Row, probe: Probe, position: int, hidden: bool) -> None:
        reach = reach_of(row, probe.axis)
        low, high = position * reach.stride + reach.low, position * reach.stride + reach.high
        until = "" if probe.single else f" to {probe.stop - 1}"
        changed = f"a change of {probe.start}{until}"
        happened = "did not change it, with random weights" if hidden else "changed it"
        where = f"position {position} along axis {probe.axis}"
        super().__init__(
            f"{row.name}: {where} should depend on input positions {low} to {high}, but {changed} {happened}"
        )
        self.layer, self.probe, self.position, self.hidden = row.name, probe, position, hidden


@dataclass(frozen=True)
class CertifiedLayer:
    """A layer with a certified receptive field.

    Args:
        row: row of `ModelCost`.
        share: share of the input positions in the field of one output position (the one that sees most of the sample)
            that changed this output when changed one by one; 0 if none was tested.
        reach: number of positions along each axis from the first to the last that changed this output; 0 if none did.
        edges: number of field edges along each axis, at most two, that changed the output with random weights; the
            others lie outside the sample.
    """

    row: Row
    share: float
    reach: tuple[int, ...]
    edges: tuple[int, ...]


@dataclass(frozen=True)
class Certificate:
    """The result of a successful check.

    Args:
        cost: cost of the network.
        layers: the layers with a known receptive field, in order.
        copies: number of changed copies of a sample that were evaluated with the network's own weights.
        every_position: whether each input position was changed separately.
        unknown: names of layers that see all positions, or have an unknown receptive field.
    """

    cost: ModelCost
    layers: tuple[CertifiedLayer, ...]
    copies: int
    every_position: bool
    unknown: tuple[str, ...]


def certify(network, shape: tuple[int, ...], seed: int = 0) -> Certificate:
    """Check the receptive field of every layer by changing positions of a random sample.

    Args:
        network: a functional or sequential keras.Model with one input.
        shape: shape of a sample, without the batch axis.
        seed: random seed of the sample, its changes and the random weights.

    Raises:
        ReceptiveFieldError: a receptive field is wrong.
        ConfigError: the shape does not fit the network.
    """
    import keras

    cost = model_cost(network, shape)
    sensitivity: dict[int, tuple[float, tuple[int, ...]]] = {}
    edges: dict[int, list[int]] = {}
    copies, complete = 0, True
    with keras.device("cpu"):  # GPUs compute neighboring outputs together, with different rounding
        sample = _sample(network, shape, seed)
        for origin in _origins(cost.rows):
            probes = select_probes(cost, origin)
            changed = Perturbation(network, cost.rows, sample, origin, seed=seed).changed(probes)
            for number, each in changed.items():
                _check_outside(cost.rows[number], probes, each)
                sensitivity[number] = _sensitivity(cost.rows[number], probes, each)
            copies += len(probes)
            complete &= len({probe for probe in probes if probe.single}) == sum(origin)
        for axis in range(max((len(origin) for origin in _origins(cost.rows)), default=0)):
            for number, shown in _edges_with_random_weights(network, shape, cost, axis, seed).items():
                edges.setdefault(number, []).append(shown)
    layers = [CertifiedLayer(cost.rows[n], *sensitivity[n], tuple(edges[n])) for n in sorted(sensitivity)]
    # Operations on masks are not layers.
    operations = {row.name for row in cost.rows if "/" not in row.name} - {layer.name for layer in network.layers}
    unknown = (row.name for row in cost.rows if row.field is None and row.name not in operations)
    return Certificate(cost, tuple(layers), copies, complete, tuple(unknown))


def _origins(rows: Sequence[Row]) -> list[tuple[int, ...]]:
    return list(dict.fromkeys(row.field.origin for row in rows if row.field))


def _sample(network, shape: tuple[int, ...], seed: int) -> np.ndarray:
    """Random values with variance one, or random token ids other than padding."""
    random = np.random.default_rng(seed)
    if "int" not in network.inputs[0].dtype:
        return random.normal(size=shape).astype("float32")
    counts = [getattr(layer, "count", None) or getattr(layer, "input_dim", None) for layer in network.layers]
    return random.integers(1, max(2, min((count for count in counts if count), default=2)), shape).astype("int32")


# ---- the network's own weights ----


def _check_outside(row: Row, probes: Sequence[Probe], changed: Sequence[np.ndarray]) -> None:
    """Raise ReceptiveFieldError if an output changed that sees none of the changed positions."""
    for probe, outputs in zip(probes, changed, strict=True):
        reach, starts = reach_of(row, probe.axis), np.arange(len(outputs))
        sees = (starts * reach.stride + reach.low < probe.stop) & (starts * reach.stride + reach.high >= probe.start)
        if (wrong := np.flatnonzero(outputs & ~sees)).size:
            raise ReceptiveFieldError(row, probe, int(wrong[0]), hidden=False)


def _sensitivity(row: Row, probes: Sequence[Probe], changed: Sequence[np.ndarray]) -> tuple[float, tuple[int, ...]]:
    """Return share and reach of `CertifiedLayer`."""
    tested, showed, reaches = 0, 0, []
    for axis in range(len(row.output_shape) - 1):
        position, low, high = window(row, axis)
        inside = [
            (probe.start, outputs[position])
            for probe, outputs in zip(probes, changed, strict=True)
            if probe.axis == axis and probe.single and low <= probe.start <= high
        ]
        seen = [start for start, shows in inside if shows]
        tested, showed = tested + len(inside), showed + len(seen)
        reaches.append(max(seen) - min(seen) + 1 if seen else 0)
    return showed / max(1, tested), tuple(reaches)


# ---- random weights ----


def _edges_with_random_weights(
    network, shape: tuple[int, ...], cost: ModelCost, axis: int, seed: int
) -> dict[int, int]:
    """Map the number of each row with this axis to the number of field edges along it that change the output.

    Raises:
        ReceptiveFieldError: an edge inside the sample does not change the output, or a position outside the field does.
    """
    copy, shape, cost = _copy_with_random_weights(network, shape, cost, axis, seed)
    edges: dict[int, int] = {}
    for origin in _origins(cost.rows):
        if axis >= len(origin):
            continue
        rows = [row for row in cost.rows if row.field and row.field.origin == origin]
        probes = impulses(rows, axis, origin[axis])
        perturbation = Perturbation(copy, cost.rows, _sample(copy, shape, seed), origin, impulses=True)
        rising, falling = (perturbation.changed(probes, sign) for sign in (1, -1))
        for number in rising:
            shown = [np.logical_or(up, down) for up, down in zip(rising[number], falling[number], strict=True)]
            _check_outside(cost.rows[number], probes, shown)
            edges[number] = _edges_shown(cost.rows[number], probes, shown)
    return edges


def _edges_shown(row: Row, probes: Sequence[Probe], shown: Sequence[np.ndarray]) -> int:
    """Count the edges of the field, along the axis of the probes, that some probe changes; each must show in an output.

    Raises:
        ReceptiveFieldError: the change of an edge does not show.
    """
    tested = set()
    for probe, outputs in zip(probes, shown, strict=True):
        reach = reach_of(row, probe.axis)
        for edge in (reach.low, reach.high):
            position, rest = divmod(probe.start - edge, reach.stride)
            if rest or not 0 <= position < len(outputs):
                continue
            if not outputs[position]:
                raise ReceptiveFieldError(row, probe, position, hidden=True)
            tested |= {"low"} if edge == reach.low else set()
            tested |= {"high"} if edge == reach.high else set()
    return len(tested)


def _copy_with_random_weights(network, shape: tuple[int, ...], cost: ModelCost, axis: int, seed: int):
    """Return a copy of the network with positive random weights, a sample shape, and the costs for that shape.

    The sample is long enough for the fields along `axis`, if the network accepts it and it is not too much work.
    """
    longer = _longer(shape, cost, axis)
    try:
        copy, cost = _rebuilt(network, longer)
    except ValueError:  # a layer requires a fixed number of positions
        longer, (copy, cost) = shape, _rebuilt(network, shape)
    random = np.random.default_rng(seed)
    for weight in copy.weights:
        if len(weight.shape) > 1 and "float" in str(weight.dtype):
            weight.assign(random.uniform(0.5, 1.0, weight.shape).astype("float32") / weight.shape[-2])
    return copy, longer, cost


def _rebuilt(network, shape: tuple[int, ...]):
    """Return the same layers with separate weights for samples of `shape`, and their costs."""
    import keras

    inputs = keras.Input(shape, dtype=network.inputs[0].dtype)
    if not isinstance(network, keras.Sequential):  # a Sequential takes the tensor itself
        inputs = keras.tree.pack_sequence_as(network.input, [inputs])
    copy = keras.models.clone_model(network, inputs)
    return copy, model_cost(copy, shape)


def _longer(shape: tuple[int, ...], cost: ModelCost, axis: int) -> tuple[int, ...]:
    """Return `shape`, made longer along `axis` if the widest field needs it to lie inside the sample."""
    factor = 1.0
    for row in cost.rows:
        if row.field and axis < len(row.field.axes):
            needed = reach_of(row, axis).size + 3 * reach_of(row, axis).stride
            factor = max(factor, needed / row.field.origin[axis])
    if cost.multiply_adds * factor * RANDOM_COPIES > MOST_WORK:
        return shape
    positions = len(shape) - 1 or 1
    return tuple(math.ceil(size * factor) if at == axis < positions else size for at, size in enumerate(shape))
