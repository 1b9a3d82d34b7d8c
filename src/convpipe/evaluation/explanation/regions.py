"""The strongest regions of a map: intervals of steps, patches, blocks, words."""

from dataclasses import dataclass

import numpy as np

from convpipe.evaluation.explanation.result import Axis, Explanation

#: Fraction of each axis over which a map is smoothed before the peak search; fraction of its peak that a region
#: reaches everywhere; minimum height of a peak as a fraction of the largest absolute value.
SMOOTHED, REACHED, LEAST = 1 / 32, 0.5, 0.05
#: Maximum number of regions per sign, and of peaks to examine, since a noisy map has thousands.
MOST, MOST_TRIED = 3, 100


@dataclass(frozen=True)
class Region:
    """A connected part of a map.

    Args:
        bounds: (start, stop) of the positions along each axis.
        total: sum of the values of its positions.
    """

    bounds: tuple[tuple[int, int], ...]
    total: float

    @property
    def center(self) -> tuple[float, ...]:
        """Center along each axis, in positions."""
        return tuple((start + stop) / 2 for start, stop in self.bounds)


def regions(values: np.ndarray, axes: tuple[Axis, ...], sign: int, most: int = MOST) -> list[Region]:
    """Find the regions with the largest positive (`sign` 1) or negative (-1) contributions, strongest first.

    Args:
        values: (positions...) of a map.
        axes: of the positions; an axis of channels is not smoothed.
        sign: 1 or -1.
        most: maximum number of regions.
    """
    from scipy import ndimage

    sizes = [1 if axis.name == "channel" else max(1, round(SMOOTHED * len(axis))) for axis in axes]
    smooth = ndimage.uniform_filter(values, sizes, mode="constant") if max(sizes) > 1 else values
    least, smooth = LEAST * float(np.abs(smooth).max(initial=0.0)), sign * smooth
    tops = np.argwhere((smooth == ndimage.maximum_filter(smooth, 3)) & (smooth > least))
    selected, taken, tried = list[Region](), np.zeros(smooth.shape, bool), 0
    for at in map(tuple, tops[np.argsort(-smooth[tuple(tops.T)], kind="stable")]):
        if taken[at]:
            continue
        if len(selected) == most or tried == MOST_TRIED:
            break
        tried += 1
        marked, _ = ndimage.label(smooth >= REACHED * smooth[at])
        inside = marked == marked[at]
        if (inside & taken).any():
            continue  # the slope of a higher peak
        taken |= inside
        bounds = tuple((each.start, each.stop) for each in ndimage.find_objects(inside.astype(int))[0])
        selected.append(Region(bounds, float(values[inside].sum())))
    return [each for each in selected if sign * each.total > 0]


def strongest_regions(explanation: Explanation, sign: int) -> list[Region]:
    """Return the regions for (`sign` 1) or against (-1) the explained class."""
    return regions(explanation.values, explanation.axes, sign)


def place_of(explanation: Explanation, region: Region) -> str:
    """Describe the position of a region in the units of the axes.

    Examples: "0.42 to 0.61 s", "rows 3 to 9, columns 4 to 12 px", "channel ax, 10 to 24 steps".
    """
    pairs = zip(explanation.axes, region.bounds, strict=True)
    parts = [_along(axis, *bounds) for axis, bounds in pairs if len(axis) > 1]
    return ", ".join(parts) or "everywhere"


def _along(axis: Axis, start: int, stop: int) -> str:
    if axis.labels:
        names = [axis.labels[start], axis.labels[stop - 1]]
        return f"{axis.name} {names[0]}" if stop - start == 1 else f"{axis.name}s {' to '.join(names)}"
    low, high = axis.edges[start], axis.edges[stop]
    if axis.unit in ("px", "voxels", "steps", ""):
        first, last = int(low), max(int(low), int(np.ceil(high)) - 1)
        named = axis.unit or axis.name
        prefix = "" if axis.name == "time" else f"{axis.name} "
        where = f"{first:,}" if first == last else f"{first:,} to {last:,}"
        return f"step{'s' if first != last else ''} {where}" if named == "steps" else f"{prefix}{where}"
    return f"{number_on(low, axis)} to {number_on(high, axis)} {axis.unit}"


def number_on(value: float, axis: Axis) -> str:
    """Format a value on an axis, with a precision of one position or a hundredth of the axis."""
    edges = axis.edges
    step = max(float(np.diff(edges).min()), float(edges[-1] - edges[0]) / 100) or 1.0
    digits = max(0, int(np.ceil(-np.log10(step)))) if step < 1 else 0
    return f"{value:,.{digits}f}"
