"""Noise samples contain one motif that determines the class: explanations must locate it."""

import pytest

from convpipe.evaluation.explanation import explain
from convpipe.evaluation.explanation.regions import strongest_regions

pytestmark = pytest.mark.slow

CAM = "class activation map"
FIXED = "class activation map of fixed kernels"
LINEAR = "weights of the linear layer"
GRADIENTS = "integrated gradients"
TINY2D = {"filters": [8, 8], "kernel_sizes": [3, 3], "strides": [1, 1], "pooling": [2, 1]}
FAMILIES = [
    ("series", "cnn1d", {"filters": [8, 8], "kernel_sizes": [5, 5], "strides": [1, 1], "pooling": [2, 1]}, CAM),
    ("series", "fcn", {"filters": [8, 8, 8]}, CAM),
    ("series", "tcn", {"filters": 8, "kernel_size": 3, "num_blocks": 2, "dropout": 0.0}, CAM),
    ("series", "mini_rocket", {"features": 2000}, FIXED),
    ("series", "hydra", {}, FIXED),
    ("series", "linear", {}, LINEAR),
    ("series", "mlp", {"units": [32], "dropout": 0.0}, GRADIENTS),
    ("series", "tcn", {"filters": 8, "kernel_size": 4, "num_blocks": 4, "dropout": 0.0, "pooling": "last"}, GRADIENTS),
    ("image", "cnn2d", TINY2D, CAM),
    ("image", "linear", {}, LINEAR),
    ("volume", "cnn3d", TINY2D, CAM),
    ("volume", "linear", {}, LINEAR),
    ("sound", "cnn2d", TINY2D, CAM),
    ("sound", "m5", {"filters": [8, 8], "kernel_size": 40}, CAM),
    ("sound", "linear", {}, LINEAR),
]


@pytest.mark.parametrize(("modality", "name", "settings", "method"), FAMILIES, ids=str)
def test_the_strongest_region_is_the_motif(modality, name, settings, method, trained, planted):
    classifier = trained(modality, name, **settings)
    inputs, labels, places = planted(modality, 100, 1)
    hits = right = 0
    for sample, label, place in zip(inputs, labels, places, strict=True):
        explanation = explain(classifier, sample, label=int(label))
        assert explanation.method == method
        right += explanation.predicted == label
        found = strongest_regions(explanation, 1)
        hits += bool(found) and is_on(explanation, found[0], place)
    assert right >= 95 and hits >= 95, (right, hits)


def is_on(explanation, region, place) -> bool:
    """Whether the center of a region is on the motif, or at most one kernel away."""
    units = 1 / explanation.sampling_rate if explanation.sampling_rate else 1.0
    slack = {"series": 3, "sound": 60, "image": 2, "volume": 1}[explanation.modality]
    for axis, bounds, (start, stop) in zip(explanation.axes, region.bounds, place, strict=False):
        middle = sum(axis.edges[each] for each in bounds) / 2 / units
        if axis.name not in ("channel", "frequency") and not start - slack <= middle <= stop + slack:
            return False
    return True


def test_the_strongest_band_is_that_of_the_tone(trained, planted):
    classifier = trained("sound", "cnn2d", **TINY2D)
    inputs, labels, _ = planted("sound", 20, 1)
    hits = 0
    for sample, label in zip(inputs, labels, strict=True):
        explanation = explain(classifier, sample, label=int(label))
        low, high = strongest_regions(explanation, 1)[0].bounds[1]
        edges = explanation.axes[1].edges
        hits += edges[low] - 60 <= (100, 300)[label] <= edges[high] + 60
    assert hits >= 19


def test_the_strongest_fixed_kernels_respond_to_the_motif(trained, planted):
    classifier = trained("series", "mini_rocket", features=2000)
    inputs, labels, places = planted("series", 20, 1)
    hits = 0
    for sample, label, ((start, stop),) in zip(inputs, labels, places, strict=True):
        kernels = explain(classifier, sample, label=int(label)).kernels
        assert 0 < len(kernels) <= 6 and all(each.stop - each.start <= 64 for each in kernels)
        hits += kernels[0].start < stop and start < kernels[0].stop
    assert hits >= 18
