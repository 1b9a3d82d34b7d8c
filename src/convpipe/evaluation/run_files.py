"""The files that a run leaves for people: predictions, figures."""

import csv
from importlib import import_module
from pathlib import Path

from convpipe.classifier import Classifier, Predictions
from convpipe.data.samples import Part, Samples
from convpipe.evaluation.figures import confusion_matrix, learning_curves
from convpipe.training.fit import Fitted

#: kind of samples -> module here whose `figures(samples, part, predictions, classifier)` gives, by file name without
#: suffix, what is to be seen of the samples themselves: matplotlib figures (kept as PNG) or the text of HTML pages.
OF_KIND = {
    "series": "signal_figures",
    "text": "text_figures",
    "image": "image_figures",
    "volume": "volume_figures",
    "sound": "sound_figures",
}


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
    """Learning curves, confusion matrix, and what the kind of samples gives to see: worst mistakes, first kernels."""
    folder.mkdir(parents=True, exist_ok=True)
    module = import_module(f"convpipe.evaluation.{OF_KIND[samples.kind]}")
    figures = {
        "learning_curves": learning_curves(fitted.history, fitted.best_epoch),
        "confusion_matrix": confusion_matrix(
            part.labels, predictions.probabilities.argmax(axis=1), samples.class_names
        ),
        **module.figures(samples, part, predictions, classifier),
    }
    for name, figure in figures.items():
        if isinstance(figure, str):
            (folder / f"{name}.html").write_text(figure, encoding="utf-8")
        else:
            figure.savefig(folder / f"{name}.png", dpi=120)
