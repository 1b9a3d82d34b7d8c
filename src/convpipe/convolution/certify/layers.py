"""The receptive fields of `cost.model_cost`, checked on the weights of a network by changing its input.

Two claims are checked for every layer with a known receptive field. Outside of it, no change of the input changes a bit
of an output position: this is checked with the network's own weights and must hold for any. Inside, its first and its
last position can change the output: trained weights may hide that (a dead ReLU, a maximum), so this is checked with
positive random weights in a copy of the network, long enough to hold the field where the network leaves its size open.

Each axis is checked by itself, all positions along the other axes being changed at once.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from convpipe.convolution.certify.perturbation import Perturbation
from convpipe.convolution.certify.probes import MOST_WORK, Probe, chosen_probes, impulses, reach_of, window
from convpipe.cost.model_cost import ModelCost, Row, model_cost

#: Changed copies with fresh weights, as a guess, before a longer sample is chosen for them.
FRESH_COPIES = 30


class ReceptiveFieldError(Exception):
    """The arithmetic gives a layer another receptive field than its weights have: a mistake of this package, or of a
    layer that hands on positions otherwise than its shape tells.

    Args:
        row: the layer.
        probe: the input positions that were changed.
        position: of the output along the axis of the probe.
        hidden: whether the output should have changed, with fresh weights, and did not; else it changed and should not.
    """

    def __init__(self, row: Row, probe: Probe, position: int, hidden: bool) -> None:
        reach = reach_of(row, probe.axis)
        low, high = position * reach.stride + reach.low, position * reach.stride + reach.high
        until = "" if probe.single else f" to {probe.stop - 1}"
        changed = f"a change of {probe.start}{until}"
        happened = "did not change it, with fresh weights" if hidden else "changed it"
        where = f"position {position} along axis {probe.axis}"
        super().__init__(f"{row.name}: {where} is said to see {low} to {high} of the input, but {changed} {happened}")
        self.layer, self.probe, self.position, self.hidden = row.name, probe, position, hidden


@dataclass(frozen=True)
class CertifiedLayer:
    """A layer whose receptive field is certified.

    Args:
        row: of `ModelCost`.
        share: of the input positions that were changed one by one inside the field of one output position (the one
            that sees most of the sample), those that changed it; 0 where none was.
        reach: positions along each axis from the first to the last that changed that output; 0 where none did.
        edges: how many of its two edges along each axis were seen to show with fresh weights; the others lie outside
            of the sample.
    """

    row: Row
    share: float
    reach: tuple[int, ...]
    edges: tuple[int, ...]


@dataclass(frozen=True)
class Certificate:
    """What was checked, and found true.

    Args:
        cost: of the network.
        layers: the layers whose receptive field is known, in order.
        copies: changed copies of a sample that went through the network with its own weights.
        every_position: whether each input position was changed by itself.
        unknown: names of layers that see all positions, or whose receptive field is not known.
    """

    cost: ModelCost
    layers: tuple[CertifiedLayer, ...]
    copies: int
    every_position: bool
    unknown: tuple[str, ...]


def certify(network, shape: tuple[int, ...], seed: int = 0) -> Certificate:
    """Check the receptive field of every layer by changing positions of a random sample.

    Args:
        network: a functional or sequential keras.Model of one input.
        shape: of a sample, without the batch axis.
        seed: of the sample, its changes and the fresh weights.

    Raises:
        ReceptiveFieldError: a receptive field is wrong.
        ConfigError: the shape does not fit the network.
    """
    import keras

    cost = model_cost(network, shape)
    found: dict[int, tuple[float, tuple[int, ...]]] = {}
    edges: dict[int, list[int]] = {}
    copies, complete = 0, True
    with keras.device("cpu"):  # graphics cards compute neighboring outputs together, with other roundings
        sample = _sample(network, shape, seed)
        for origin in _origins(cost.rows):
            probes = chosen_probes(cost, origin)
            changed = Perturbation(network, cost.rows, sample, origin, seed=seed).changed(probes)
            for number, each in changed.items():
                _check_outside(cost.rows[number], probes, each)
                found[number] = _seen(cost.rows[number], probes, each)
            copies += len(probes)
            complete &= len({probe for probe in probes if probe.single}) == sum(origin)
        for axis in range(max((len(origin) for origin in _origins(cost.rows)), default=0)):
            for number, shown in _fresh_edges(network, shape, cost, axis, seed).items():
                edges.setdefault(number, []).append(shown)
    layers = [CertifiedLayer(cost.rows[n], *found[n], tuple(edges[n])) for n in sorted(found)]
    operations = {row.name for row in cost.rows if "/" not in row.name} - {layer.name for layer in network.layers}
    unknown = (row.name for row in cost.rows if row.field is None and row.name not in operations)  # those of masks
    return Certificate(cost, tuple(layers), copies, complete, tuple(unknown))


def _origins(rows: Sequence[Row]) -> list[tuple[int, ...]]:
    return list(dict.fromkeys(row.field.origin for row in rows if row.field))


def _sample(network, shape: tuple[int, ...], seed: int) -> np.ndarray:
    """Random values of variance one, or ids of tokens other than padding."""
    random = np.random.default_rng(seed)
    if "int" not in network.inputs[0].dtype:
        return random.normal(size=shape).astype("float32")
    counts = [getattr(layer, "count", None) or getattr(layer, "input_dim", None) for layer in network.layers]
    return random.integers(1, max(2, min((count for count in counts if count), default=2)), shape).astype("int32")


# ---- the network's own weights ----


def _check_outside(row: Row, probes: Sequence[Probe], changed: Sequence[np.ndarray]) -> None:
    """Raise ReceptiveFieldError where an output changed that sees none of the changed positions."""
    for probe, outputs in zip(probes, changed, strict=True):
        reach, starts = reach_of(row, probe.axis), np.arange(len(outputs))
        sees = (starts * reach.stride + reach.low < probe.stop) & (starts * reach.stride + reach.high >= probe.start)
        if (wrong := np.flatnonzero(outputs & ~sees)).size:
            raise ReceptiveFieldError(row, probe, int(wrong[0]), hidden=False)


def _seen(row: Row, probes: Sequence[Probe], changed: Sequence[np.ndarray]) -> tuple[float, tuple[int, ...]]:
    """Share and reach of `CertifiedLayer`."""
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


# ---- fresh weights ----


def _fresh_edges(network, shape: tuple[int, ...], cost: ModelCost, axis: int, seed: int) -> dict[int, int]:
    """By the number of each row with so many axes: how many edges of its field along `axis` show with fresh weights.

    Raises:
        ReceptiveFieldError: an edge inside the sample does not show, or a position outside of the field does.
    """
    copy, shape, cost = _fresh_copy(network, shape, cost, axis, seed)
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
    """How many edges of the field along the axis of the probes were met; each that is met must show."""
    met = set()
    for probe, outputs in zip(probes, shown, strict=True):
        reach = reach_of(row, probe.axis)
        for edge in (reach.low, reach.high):
            position, rest = divmod(probe.start - edge, reach.stride)
            if rest or not 0 <= position < len(outputs):
                continue
            if not outputs[position]:
                raise ReceptiveFieldError(row, probe, position, hidden=True)
            met |= {"low"} if edge == reach.low else set()
            met |= {"high"} if edge == reach.high else set()
    return len(met)


def _fresh_copy(network, shape: tuple[int, ...], cost: ModelCost, axis: int, seed: int):
    """A copy of the network with positive random weights, the shape of a sample that holds its fields along `axis`
    where the network takes one and it is not too much work, and the costs for that shape."""
    longer = _longer(shape, cost, axis)
    try:
        copy, cost = _rebuilt(network, longer)
    except ValueError:  # some layer fixes its number of positions
        longer, (copy, cost) = shape, _rebuilt(network, shape)
    random = np.random.default_rng(seed)
    for weight in copy.weights:
        if len(weight.shape) > 1 and "float" in str(weight.dtype):
            weight.assign(random.uniform(0.5, 1.0, weight.shape).astype("float32") / weight.shape[-2])
    return copy, longer, cost


def _rebuilt(network, shape: tuple[int, ...]):
    """The same layers with weights of their own for samples of `shape`, and their costs."""
    import keras

    inputs = keras.Input(shape, dtype=network.inputs[0].dtype)
    if not isinstance(network, keras.Sequential):  # which has no structure of inputs, and takes the tensor itself
        inputs = keras.tree.pack_sequence_as(network.input, [inputs])
    copy = keras.models.clone_model(network, inputs)
    return copy, model_cost(copy, shape)


def _longer(shape: tuple[int, ...], cost: ModelCost, axis: int) -> tuple[int, ...]:
    """`shape`, longer along `axis` if that is what the widest field needs to lie inside of the sample."""
    factor = 1.0
    for row in cost.rows:
        if row.field and axis < len(row.field.axes):
            needed = reach_of(row, axis).size + 3 * reach_of(row, axis).stride
            factor = max(factor, needed / row.field.origin[axis])
    if cost.multiply_adds * factor * FRESH_COPIES > MOST_WORK:
        return shape
    positions = len(shape) - 1 or 1
    return tuple(math.ceil(size * factor) if at == axis < positions else size for at, size in enumerate(shape))
