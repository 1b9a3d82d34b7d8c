"""The files that a run leaves for people: predictions, figures."""

import csv
from pathlib import Path

import numpy as np

from convpipe.classifier import Classifier, Predictions
from convpipe.data.samples import Part, Samples
from convpipe.evaluation.figures import confusion_matrix, learning_curves
from convpipe.evaluation.signal_figures import first_kernels, worst_mistakes
from convpipe.training.fit import Fitted


def write_predictions(path: Path, part: Part, predictions: Predictions, class_names) -> None:
    """A row a sample: where it came from, its class, what was predicted, the probability of each class."""
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["origin", "label", "predicted", *(f"p({name})" for name in class_names)])
        for origin, label, name, row in zip(
            part.origins, part.labels, predictions.names, predictions.probabilities, strict=True
        ):
            table.writerow([origin, class_names[label], name, *(f"{p:.9g}" for p in row)])


def write_figures(
    folder: Path, samples: Samples, part: Part, predictions: Predictions, classifier: Classifier, fitted: Fitted
) -> None:
    """Learning curves, confusion matrix, worst mistakes and the first layer's kernels, as PNG."""
    folder.mkdir(parents=True, exist_ok=True)
    probabilities, names = predictions.probabilities, samples.class_names
    figures = {
        "learning_curves": learning_curves(fitted.history, fitted.best_epoch),
        "confusion_matrix": confusion_matrix(part.labels, probabilities.argmax(axis=1), names),
        "worst_mistakes": worst_mistakes(
            part.inputs, part.labels, probabilities, names, part.origins, samples.sampling_rate, samples.channel_names
        ),
    }
    kernels = first_layer(classifier)
    if kernels is not None:
        figures["first_kernels"] = first_kernels(kernels, samples.channel_names)
    for name, figure in figures.items():
        figure.savefig(folder / f"{name}.png", dpi=120)


def first_layer(classifier: Classifier) -> np.ndarray | None:
    """Kernels (kernel_size, channels, filters) of the convolution that sees the series themselves, None for none."""
    channels = classifier.preprocessing.width
    for layer in classifier.networks[0].layers:
        kernel = getattr(layer, "kernel", None)
        if kernel is not None and len(kernel.shape) == 3 and kernel.shape[1] == channels and kernel.shape[0] > 1:
            return np.asarray(kernel)
    return None
