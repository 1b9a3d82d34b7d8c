"""The content of the figures of images."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from convpipe.data.dataset import Subset
from convpipe.evaluation.figures.context import FigureContext
from convpipe.evaluation.figures.images import first_kernels, worst_mistakes

CONTEXT = FigureContext("made here", "fcn", 3, "test part")
NAMES = ("cat", "dog")


def heading(figure) -> str:
    return " ".join(text.get_text() for text in figure.texts)


def shown(figure):
    """The panels with an image."""
    return [axes for axes in figure.axes if axes.images]


def mistakes(confidences, channels=1, size=(4, 5)):
    inputs = [np.full((*size, channels), number, np.uint8) for number in range(len(confidences))]
    probabilities = np.array([[1 - sure, sure] for sure in confidences])
    labels, sample_ids = np.zeros(len(confidences), int), [f"folder/{n}.png" for n in range(len(confidences))]
    return worst_mistakes(Subset(inputs, labels, sample_ids, modality="image"), probabilities, NAMES, CONTEXT)


def test_the_most_confident_mistakes_come_first_with_class_names():
    panels = shown(mistakes([0.6, 0.95, 0.1, 0.7]))  # the third is correct
    assert [int(axes.images[0].get_array().max()) for axes in panels] == [1, 3, 0]
    assert panels[0].get_title(loc="left") == "cat → dog (95%)"
    assert panels[0].texts[0].get_text() == "folder/1.png"


def test_at_most_twelve_images_are_shown_and_all_mistakes_are_counted():
    figure = mistakes([0.9] * 30)
    assert len(shown(figure)) == 12 and all(each in heading(figure) for each in ("30 mistakes", "12"))


def test_gray_images_use_the_full_scale_and_color_images_are_unchanged():
    assert shown(mistakes([0.9]))[0].images[0].get_clim() == (0, 255)
    assert shown(mistakes([0.9], channels=3))[0].images[0].get_array().shape == (4, 5, 3)


def test_without_mistakes_there_is_a_message():
    figure = mistakes([0.1])
    assert isinstance(figure, Figure) and "No mistakes" in heading(figure)


def test_images_that_are_not_shown_are_not_read():
    class Files:
        def __len__(self):
            return 2

        def __getitem__(self, at):
            assert at == 1
            return np.zeros((4, 4, 3), np.uint8)

    part = Subset(Files(), np.zeros(2, int), ["a", "b"], modality="image")
    assert len(shown(worst_mistakes(part, np.array([[0.9, 0.1], [0.1, 0.9]]), NAMES, CONTEXT))) == 1


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_the_kernel_with_the_largest_norm_comes_first(channels):
    weights = np.full((3, 5, channels, 4), 0.1)
    weights[..., 2] = -0.5
    figure = first_kernels(weights, CONTEXT)
    axes = figure.axes[0]
    assert [text.get_text() for text in axes.texts] == ["2", "0", "1", "3"]
    assert "4 kernels of 3 x 5" in heading(figure)
    drawn = np.asarray(axes.images[0].get_array())
    assert (drawn == (0 if channels == 3 else -1)).all() and drawn.shape[:2] == (3, 5)


def test_at_most_64_kernels_are_shown(tmp_path):
    figure = first_kernels(np.random.default_rng(0).normal(size=(3, 3, 1, 100)), CONTEXT)
    assert len(figure.axes[0].images) == 64 and "64 of 100" in heading(figure)
    figure.savefig(tmp_path / "kernels.png")
