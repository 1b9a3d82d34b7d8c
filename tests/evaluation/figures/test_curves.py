"""Curves show the computed values, also in edge cases."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from convpipe.evaluation.figures.context import FigureContext
from convpipe.evaluation.figures.curves import (
    COLORS,
    precision_recall_curves,
    reliability_diagram,
    risk_coverage_curve,
    roc_curves,
)
from convpipe.evaluation.rejection import risk_coverage
from convpipe.metrics import expected_calibration_error

CONTEXT = FigureContext("made here", "fcn", 3, "test part")


def heading(figure) -> str:
    return " ".join(text.get_text() for text in figure.texts)


def some(n=200, classes=3):
    random, labels = np.random.default_rng(0), np.arange(n) % classes
    probabilities = random.dirichlet(np.ones(classes), n) + np.eye(classes)[labels]
    return labels, probabilities / probabilities.sum(axis=1, keepdims=True), [f"class {i}" for i in range(classes)]


def legend(figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].get_legend().get_texts()]


def test_bars_are_the_accuracy_of_each_bin():
    labels, probabilities, _ = some()
    figure = reliability_diagram(labels, probabilities, CONTEXT)
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    (bars,) = (each for each in figure.axes[0].containers)
    for bar in bars:
        inside = (confidence > bar.get_x() + 1e-12) & (confidence <= bar.get_x() + bar.get_width() + 1e-12)
        assert bar.get_height() == pytest.approx(right[inside].mean())
    assert sum(bar.get_height() for bar in figure.axes[1].containers[0]) == len(labels)
    assert f"{expected_calibration_error(labels, probabilities):.3f}" in heading(figure)


@pytest.mark.parametrize(("draw", "measure"), [
    (roc_curves, roc_auc_score), (precision_recall_curves, average_precision_score)
])  # fmt: skip
def test_the_legend_has_the_area_of_each_class(draw, measure):
    labels, probabilities, names = some()
    figure = draw(labels, probabilities, names, CONTEXT)
    expected = {name: measure(labels == i, probabilities[:, i]) for i, name in enumerate(names)}
    assert sorted(legend(figure)) == sorted(f"{name}  {value:.3f}" for name, value in expected.items())
    assert f"{np.mean(list(expected.values())):.3f}" in heading(figure)


@pytest.mark.parametrize("draw", [roc_curves, precision_recall_curves])
def test_the_legend_has_the_worst_of_many_classes(draw):
    labels, probabilities, names = some(400, 40)
    figure = draw(labels, probabilities, names, CONTEXT)
    areas = [float(text.split()[-1]) for text in legend(figure)]
    assert len(areas) == len(COLORS) and areas == sorted(areas)
    assert len([line for line in figure.axes[0].lines if len(line.get_xdata()) > 2]) == 40
    assert "8 of 40" in figure.axes[0].get_legend().get_title().get_text()


@pytest.mark.parametrize("draw", [roc_curves, precision_recall_curves])
def test_samples_of_one_class_have_no_curve(draw):
    labels, probabilities, names = some()
    figure = draw(np.zeros_like(labels), probabilities, names, CONTEXT)
    assert "same class" in figure.axes[0].texts[0].get_text()
    figure = draw(labels % 2, probabilities, names, CONTEXT)
    assert "1 without samples" in figure.axes[0].get_legend().get_title().get_text()


def test_markers_are_at_the_coverages():
    labels, probabilities, _ = some()
    found = risk_coverage(labels, probabilities)
    marks = [
        line.get_xdata()[0] for line in risk_coverage_curve(found, CONTEXT).axes[0].lines if line.get_marker() == "o"
    ]
    assert marks == [100 * found.coverage_at(0.01), 100 * found.coverage_at(0.05)]
