"""The files that a run leaves for people: predictions, figures."""

import csv
from importlib import import_module
from pathlib import Path

from convpipe.data.dataset import Dataset, Subset
from convpipe.evaluation.figures.common import confusion_matrix, learning_curves
from convpipe.inference.classifier import Classifier, Predictions
from convpipe.registry import MODALITIES
from convpipe.training.fit import FitResult


def write_predictions(path: Path, subset: Subset, predictions: Predictions, class_names) -> None:
    """A row a sample: where it came from, its class, what was predicted, the probability of each class.

    Where samples were cut from recordings, the second column names the recording.
    """
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        recording = [] if subset.recordings is None else ["recording"]
        recordings = [[]] * len(subset) if subset.recordings is None else [[name] for name in subset.recordings]
        table.writerow(["sample_id", *recording, "label", "predicted", *(f"p({name})" for name in class_names)])
        columns = subset.sample_ids, recordings, subset.labels, predictions.names, predictions.probabilities
        for sample_id, where, label, name, row in zip(*columns, strict=True):
            table.writerow([sample_id, *where, class_names[label], name, *(f"{p:.9g}" for p in row)])


def write_figures(
    folder: Path, dataset: Dataset, subset: Subset, predictions: Predictions, classifier: Classifier, fitted: FitResult
) -> None:
    """Learning curves, confusion matrix, and what the modality gives to see: worst mistakes, first kernels."""
    folder.mkdir(parents=True, exist_ok=True)
    predicted = predictions.probabilities.argmax(axis=1)
    figures = import_module(MODALITIES[dataset.modality].figures).figures(dataset, subset, predictions, classifier)
    figures["learning_curves"] = learning_curves(fitted.history, fitted.best_epoch)
    figures["confusion_matrix"] = confusion_matrix(subset.labels, predicted, dataset.class_names)
    for name, figure in figures.items():
        if isinstance(figure, str):
            (folder / f"{name}.html").write_text(figure, encoding="utf-8")
        else:
            figure.savefig(folder / f"{name}.png", dpi=120)
