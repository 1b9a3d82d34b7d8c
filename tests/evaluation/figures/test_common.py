import math
from types import SimpleNamespace

import numpy as np
import pytest

from convpipe.data.dataset import Subset
from convpipe.evaluation.figures.common import confusion_matrix, learning_curves
from convpipe.evaluation.figures.context import FigureContext
from convpipe.evaluation.figures.kernels import kernel_figures
from convpipe.evaluation.figures.series import first_kernels, worst_mistakes

CONTEXT = FigureContext("made here", "fcn", 3, "test part")


def drawn(figure) -> None:
    """Draw the figure without a warning (the test configuration or -W may turn these into errors)."""
    figure.canvas.draw()


def words(figure) -> list[str]:
    import matplotlib.text

    return [text.get_text() for text in figure.findobj(matplotlib.text.Text) if text.get_text()]


def lines_of(collections) -> list[np.ndarray]:
    return [np.asarray(segment) for collection in collections for segment in collection.get_segments()]


def test_validation_is_plotted_at_validated_epochs_and_the_best_epoch_is_marked():
    history = {"loss": [3.0, 2.0, 1.0], "accuracy": [0.1, 0.5, 0.9], "learning_rate": [0.1, 0.2, 0.0]}
    history |= {"val_loss": [math.nan, 2.5, 1.5], "val_accuracy": [math.nan, 0.4, 0.8]}
    figure = learning_curves(history, 2, CONTEXT)
    training, validation, best = figure.axes[0].lines
    np.testing.assert_array_equal(training.get_xydata(), [[1, 3], [2, 2], [3, 1]])
    np.testing.assert_array_equal(validation.get_xydata(), [[2, 2.5], [3, 1.5]])
    assert best.get_xdata()[0] == 2 and "best epoch: 2" in words(figure)
    drawn(figure)


@pytest.mark.parametrize("history", [{"loss": [1.0], "accuracy": [0.5]}, {"loss": [10.0, math.nan, 0.01]}, {}])
def test_short_and_incomplete_histories_are_plotted(history):
    drawn(learning_curves(history, None, CONTEXT))


def test_confusions_are_counted_by_true_row_and_predicted_column():
    figure = confusion_matrix(np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1]), ("rest", "walk", "run"), CONTEXT)
    shares = figure.axes[0].images[0].get_array()
    np.testing.assert_allclose(shares[:2], [[2 / 3, 1 / 3, 0], [0, 1, 0]])
    assert shares.mask[2].all()  # no sample of this class: no fraction
    assert {"2\n67%", "1\n33%", "1\n100%", "run  (0)", "Confusion matrix: 3 of 4 correct (75.0%)"} <= set(words(figure))


@pytest.mark.parametrize("classes", [2, 17, 52])
def test_confusion_matrix_with_few_and_many_classes(classes):
    labels = np.arange(500) % classes
    names = [f"a rather long name of class {i}" for i in range(classes)]
    figure = confusion_matrix(labels, np.roll(labels, 1), names, CONTEXT)
    drawn(figure)


def test_worst_mistakes_are_the_most_confident_wrong_predictions_in_seconds():
    inputs = [np.full((steps, 1), float(steps)) for steps in (50, 100, 150)]
    probabilities = np.array([[0.3, 0.7], [0.1, 0.9], [0.8, 0.2]])
    part = Subset(inputs, np.zeros(3, int), ["one", "two", "three"], 50.0)
    figure = worst_mistakes(part, probabilities, ("Gun", "Point"), CONTEXT)
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == ["Gun → Point (90%)", "Gun → Point (70%)"]
    surest = lines_of(figure.axes[0].collections)[0]
    assert surest[-1].tolist() == [99 / 50, 100.0]
    assert "three" not in words(figure) and "time (s)" in words(figure)
    drawn(figure)


def test_worst_mistakes_have_channel_names_and_no_padding():
    random = np.random.default_rng(0)
    inputs = [random.normal(size=(30 + i, 3)) for i in range(12)]
    inputs[0][20:] = np.nan
    probabilities = np.tile([0.01, 0.99], (12, 1))
    probabilities[0] = [0, 1]
    part = Subset(inputs, np.zeros(12, int), [""] * 12)
    figure = worst_mistakes(part, probabilities, "ab", CONTEXT, ("x", "y", "z"))
    assert len(figure.axes) == 9
    assert {"x", "y", "z", "time (steps)", "a → b (99.9%)"} <= set(words(figure))
    assert figure.axes[0].get_xlim() == (0, 19)
    drawn(figure)


def test_without_mistakes_there_is_a_message():
    figure = worst_mistakes(Subset([np.zeros((4, 1))] * 2, np.arange(2), ["", ""]), np.eye(2), "ab", CONTEXT)
    assert any("No mistakes" in word for word in words(figure))
    drawn(figure)


def test_at_most_64_kernels_are_sorted_by_norm():
    weights = np.ones((5, 2, 70)) * np.arange(70)
    figure = first_kernels(weights, CONTEXT, ("x", "y"))
    numbers = [int(text.get_text()) for text in figure.axes[0].texts]
    assert numbers == list(range(69, 5, -1))
    assert {"x", "y"} <= set(words(figure))
    drawn(figure)


def test_derived_channels_are_numbered():
    figure = first_kernels(np.ones((5, 4, 1)), CONTEXT, ("x", "y"))
    assert {"x", "y", "x (2)", "y (2)"} <= set(words(figure))
    assert {"channel 0", "channel 2"} <= set(words(first_kernels(np.ones((5, 3, 1)), CONTEXT, ("x", "y"))))


@pytest.mark.parametrize("shape", [(2, 1, 1), (2, 3, 4), (40, 20, 9)])
def test_kernels_of_any_shape_are_plotted(shape):
    drawn(first_kernels(np.random.default_rng(0).normal(size=shape), CONTEXT))


def test_zero_kernels_are_plotted():
    drawn(first_kernels(np.zeros((3, 1, 2)), CONTEXT))


@pytest.mark.parametrize(
    ("axes", "seen", "others"),
    [
        (1, (3, 2, 4), [(1, 2, 4), (3, 5, 4), (2, 4), (3, 3, 2, 4)]),
        (2, (1, 3, 2, 4), [(1, 1, 2, 4), (3, 3, 5, 4), (3, 2, 4)]),
        (3, (3, 1, 1, 2, 4), [(1, 1, 1, 2, 4), (3, 3, 3, 5, 4), (3, 3, 2, 4)]),
    ],
)
def test_the_first_convolution_has_the_channels_of_the_samples(axes, seen, others):
    def classifier(*shapes):
        layers = [SimpleNamespace(), *(SimpleNamespace(kernel=np.zeros(shape)) for shape in shapes)]
        return SimpleNamespace(
            preprocessing=SimpleNamespace(input_shape=(9,) * axes + (2,)), networks=[SimpleNamespace(layers=layers)]
        )

    found = kernel_figures(classifier(*others, seen, (7, *seen[1:])), axes, lambda weights: weights)
    assert list(found) == ["first_kernels"] and found["first_kernels"].shape == seen
    assert kernel_figures(classifier(*others), axes, pytest.fail) == {}
