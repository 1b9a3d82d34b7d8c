"""Figures of volumes: the worst mistakes and the first kernels."""

from types import SimpleNamespace

import numpy as np
import pytest

from convpipe.data.dataset import Dataset, Subset
from convpipe.evaluation.figures.context import FigureContext
from convpipe.evaluation.figures.volumes import figures, first_kernels, middle_slices, worst_mistakes

CONTEXT = FigureContext("made here", "fcn", 3, "test part")
NAMES = ("caudate", "insula")


def heading(figure) -> str:
    return " ".join(text.get_text() for text in figure.texts)


def volumes(count, size=(3, 4, 5), channels=1):
    return list(np.random.default_rng(0).normal(size=(count, *size, channels)).astype(np.float32))


def titles(figure):
    return [axes.get_title(loc="left") for axes in figure.axes if axes.images]


def test_slices_are_central_with_the_last_axis_upwards():
    volume = np.arange(60).reshape(3, 4, 5)
    depth, height, width = middle_slices(volume)
    assert depth.shape == (5, 4) and height.shape == (5, 3) and width.shape == (4, 3)
    assert depth[0, 1] == volume[1, 1, 4] and height[4, 2] == volume[2, 2, 0] and width[0, 0] == volume[0, 3, 2]


def test_the_most_confident_mistakes_come_first_with_three_slices_each():
    probabilities = np.array([[0.4, 0.6], [0.1, 0.9], [0.9, 0.1], [0.3, 0.7]])
    part = Subset(volumes(4), np.array([0, 0, 0, 1]), [f"scan {i}" for i in range(4)], modality="volume")
    figure = worst_mistakes(part, probabilities, NAMES, CONTEXT)
    assert titles(figure) == ["caudate → insula (90%)", "caudate → insula (60%)"]
    assert [axes.texts[0].get_text() for axes in figure.axes] == ["scan 1", "scan 0"]
    assert [len(axes.images) for axes in figure.axes] == [3, 3]
    np.testing.assert_array_equal(figure.axes[0].images[0].get_array(), volumes(4)[1][1, :, :, 0].T[::-1])
    assert all(each in heading(figure) for each in ("2 mistakes", "4 samples"))


def test_at_most_nine_volumes_are_read_and_shown():
    class Counted(list):
        read = 0

        def __getitem__(self, at):
            Counted.read += 1
            return super().__getitem__(at)

    part = Subset(Counted(volumes(12)), np.zeros(12, int), ["scan"] * 12, modality="volume")
    figure = worst_mistakes(part, np.tile([0.2, 0.8], (12, 1)), NAMES, CONTEXT)
    assert len(titles(figure)) == Counted.read == 9 and "9 most confident" in heading(figure)


def test_without_mistakes_there_is_a_message():
    figure = worst_mistakes(Subset(volumes(1), np.ones(1, int), ["scan"]), np.array([[0.0, 1.0]]), NAMES, CONTEXT)
    assert "No mistakes" in heading(figure)


@pytest.mark.parametrize("shape", [(3, 3, 3, 1, 16), (5, 2, 1, 3, 30), (2, 2, 2, 1, 1)])
def test_kernels_are_sorted_by_norm(shape, tmp_path):
    weights = np.random.default_rng(0).normal(size=shape)
    figure = first_kernels(weights, CONTEXT)
    strongest = int((weights**2).sum(axis=(0, 1, 2, 3)).argmax())
    assert figure.axes[0].get_title(loc="left") == str(strongest)
    image = figure.axes[0].images[0].get_array()
    assert image.shape == (shape[1], shape[0] * (shape[2] + 1) - 1)
    figure.savefig(tmp_path / "kernels.png")


def test_all_figures_of_a_part(tmp_path):
    inputs = volumes(3)
    labels = np.array([0, 1, 0])
    samples = Dataset(inputs, labels, NAMES, ["scan"] * 3, "made", "0" * 64, modality="volume")
    network = SimpleNamespace(layers=[SimpleNamespace(), SimpleNamespace(kernel=np.ones((3, 3, 3, 1, 2)))])
    classifier = SimpleNamespace(preprocessing=SimpleNamespace(input_shape=(3, 4, 5, 1)), networks=[network])
    predictions = SimpleNamespace(probabilities=np.tile([0.4, 0.6], (3, 1)))
    made = figures(samples, Subset(inputs, labels, ["scan"] * 3, modality="volume"), predictions, classifier, CONTEXT)
    assert list(made) == ["worst_mistakes", "first_kernels"]
    for name, figure in made.items():
        figure.savefig(tmp_path / f"{name}.png")
    network.layers.pop()
    assert list(figures(samples, samples.subset([0, 1, 2]), predictions, classifier, CONTEXT)) == ["worst_mistakes"]
