"""Choose the input positions to change, so that a wrong receptive field is detected.

A field that is too small is detected by changing everything after (or before) the field of an output. Cuts through the
sample at a few places serve all layers: at each cut, the field of some output ends.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from convpipe.cost.model_cost import ModelCost, Reach, Row

#: Maximum multiply-adds of all changed copies of a sample together, which bounds the time.
MOST_WORK = 4 * 10**10
#: Cost of a byte of activations, in multiply-adds.
WORK_PER_BYTE = 8
#: Minimum number of positions per axis that are changed one by one, whatever the cost.
LEAST_POSITIONS = 16


class Probe(NamedTuple):
    """The change of positions `start` to `stop - 1` along `axis`, at all positions along the other axes."""

    axis: int
    start: int
    stop: int

    @property
    def single(self) -> bool:
        """Whether only one position is changed."""
        return self.stop == self.start + 1


def reach_of(row: Row, axis: int) -> Reach:
    """Return what the output positions of a layer with a known field see along an axis."""
    assert row.field is not None, "the row must have a field"
    return row.field.axes[axis]


def select_probes(cost: ModelCost, origin: tuple[int, ...]) -> list[Probe]:
    """Return for each axis: everything before or after the field of some output positions, and single positions."""
    rows = [row for row in cost.rows if row.field and row.field.origin == origin]
    cuts = [cut for axis, size in enumerate(origin) for cut in _cuts(rows, axis, size)]
    work = cost.multiply_adds + WORK_PER_BYTE * cost.activation_bytes
    most = max((MOST_WORK // work - len(cuts)) // len(origin), LEAST_POSITIONS)
    probes = list(cuts)
    for axis, size in enumerate(origin):
        positions = range(size) if size <= most else _some_positions(rows, axis, size, most)
        probes += [Probe(axis, at, at + 1) for at in positions]
    return probes


def _some_positions(rows: Sequence[Row], axis: int, size: int, most: int) -> list[int]:
    """Return about `most` positions along an axis: half spread over the axis, half over the fields of some outputs."""
    windows = {window(row, axis)[1:] for row in rows}
    spread = [(0, size - 1, most // 2), *((low, high, max(3, most // 2 // len(windows))) for low, high in windows)]
    positions = {int(at) for low, high, number in spread for at in np.linspace(low, high, number)}
    return sorted(at for at in positions if 0 <= at < size)


def _cuts(rows: Sequence[Row], axis: int, size: int) -> list[Probe]:
    """Return everything before, and everything after, the field of an output position, at three places of the input."""
    cuts = set()
    for row in rows:
        for target in (size // 4, size // 2, 3 * size // 4):
            first, last = (_position_at(row, axis, size, edge, target) for edge in ("low", "high"))
            cuts |= {Probe(axis, 0, first)} if first else set()
            cuts |= {Probe(axis, last + 1, size)} if last is not None and last + 1 < size else set()
    return sorted(cuts)


def _position_at(row: Row, axis: int, size: int, edge: str, target: int) -> int | None:
    """Return the input position nearest to `target` that is the first (edge="low") or the last ("high") position in
    the field of some output; None if all these positions lie outside the input."""
    reach, outputs = reach_of(row, axis), row.output_shape[axis]
    offset = getattr(reach, edge)
    least, most = max(0, -(offset // reach.stride)), min(outputs - 1, (size - 1 - offset) // reach.stride)
    if least > most:
        return None
    return min(max(round((target - offset) / reach.stride), least), most) * reach.stride + offset


def window(row: Row, axis: int) -> tuple[int, int, int]:
    """Return the output position that sees most of the sample along an axis (the middle one of several), and the first
    and the last input position in its field."""
    reach, size = reach_of(row, axis), row.field.origin[axis] if row.field else 0
    starts = np.arange(row.output_shape[axis]) * reach.stride
    inside = np.minimum(starts + reach.high, size - 1) - np.maximum(starts + reach.low, 0)
    best = np.flatnonzero(inside == inside.max())
    position = int(best[len(best) // 2])
    return position, position * reach.stride + reach.low, position * reach.stride + reach.high


def impulses(rows: Sequence[Row], axis: int, size: int) -> list[Probe]:
    """Return single positions that are the first or the last one in the field of an output of each layer, if the input
    has such positions."""
    places = [(row, edge, target) for row in rows for edge in ("low", "high") for target in (size // 3, 2 * size // 3)]
    positions = {_position_at(row, axis, size, edge, target) for row, edge, target in places}
    return [Probe(axis, at, at + 1) for at in sorted(position for position in positions if position is not None)]
