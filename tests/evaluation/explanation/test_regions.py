"""The strongest regions of a map, and their descriptions."""

import numpy as np
import pytest

from convpipe.evaluation.explanation import Axis
from convpipe.evaluation.explanation.regions import place_of, regions
from convpipe.evaluation.explanation.result import Explanation


def axis(name, unit, size, scale=1.0, labels=()):
    return Axis(name, unit, np.arange(size + 1) * scale, labels)


def explanation_of(values, axes, modality="series"):
    scores = np.stack([values, np.zeros_like(values)], axis=-1)
    about = (np.zeros(2), scores.sum(axis=tuple(range(values.ndim))), np.array([0.7, 0.3]), ("a", "b"), 0, "made", True)
    return Explanation(modality, np.zeros((len(values), 1)), scores, axes, *about)


def test_the_strongest_region_comes_first_with_its_sum():
    values = np.zeros(64)
    values[10:14], values[40:50], values[55:60] = 3, 1, -2
    axes = (axis("time", "steps", 64),)
    first, second = regions(values, axes, 1)
    assert first.bounds[0][0] in (9, 10) and first.bounds[0][1] in (14, 15) and first.total == 12
    assert second.bounds[0][0] >= 39 and second.bounds[0][1] <= 51
    (against,) = regions(values, axes, -1)
    assert against.total == -10


def test_without_contributions_there_is_no_region():
    assert regions(-np.ones(8), (axis("time", "steps", 8),), 1) == [] == regions(np.zeros(8), (axis("x", "", 8),), 1)


def test_a_patch_has_its_bounding_box():
    values = np.zeros((20, 18))
    values[4:8, 10:15] = 1
    (found,) = regions(values, (axis("row", "px", 20), axis("column", "px", 18)), 1)
    assert found.bounds == ((4, 8), (10, 15)) and found.center == (6, 12.5)


@pytest.mark.parametrize(
    ("axes", "bounds", "said"),
    [
        ([axis("time", "s", 100, 0.02)], [(10, 20)], "0.20 to 0.40 s"),
        ([axis("time", "steps", 100)], [(10, 20)], "steps 10 to 19"),
        ([axis("time", "steps", 100)], [(10, 11)], "step 10"),
        ([axis("row", "px", 10, 2), axis("column", "px", 10)], [(1, 3), (4, 5)], "row 2 to 5, column 4"),
        ([axis("time", "steps", 9), axis("channel", "", 3, labels=("x", "y", "z"))], [(0, 9), (1, 2)], "channel y"),
        ([axis("time", "s", 9), axis("frequency", "Hz", 4, 125)], [(2, 3), (1, 3)], "125 to 375 Hz"),
    ],
)
def test_regions_are_described_in_the_units_of_the_axes(axes, bounds, said):
    from convpipe.evaluation.explanation.regions import Region

    values = np.zeros([len(each) for each in axes])
    assert said in place_of(explanation_of(values, tuple(axes)), Region(tuple(bounds), 1.0))
