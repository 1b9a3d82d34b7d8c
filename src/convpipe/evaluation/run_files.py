"""Write the files of a run for people: predictions, layers and figures."""

import csv
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import numpy as np

from convpipe.cost.model_cost import ModelCost
from convpipe.data.dataset import Dataset, Subset
from convpipe.evaluation.figures.common import confusion_matrix, learning_curves
from convpipe.evaluation.figures.context import FigureContext
from convpipe.evaluation.figures.curves import reliability_diagram
from convpipe.evaluation.figures.words import save_png
from convpipe.inference.classifier import Classifier, Predictions
from convpipe.registry import MODALITIES
from convpipe.training.fit import FitResult


def write_predictions(path: Path, subset: Subset, predictions: Predictions, class_names) -> None:
    """Write one row per sample: sample id, true class, predicted class, probability of each class.

    Recordings and groups have their own columns if the samples have them.
    """
    about = {name: getattr(subset, name) for name in ("recordings", "groups") if getattr(subset, name) is not None}
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        headers = [name.removesuffix("s") for name in about]
        table.writerow(["sample_id", *headers, "label", "predicted", *(f"p({name})" for name in class_names)])
        origins = list(zip(*about.values(), strict=True)) or [()] * len(subset)
        columns = subset.sample_ids, origins, subset.labels, predictions.names, predictions.probabilities
        for sample_id, origin, label, name, row in zip(*columns, strict=True):
            table.writerow([sample_id, *origin, class_names[label], name, *(f"{p:.9g}" for p in row)])


def write_layers(path: Path, cost: ModelCost) -> None:
    """Write one row per layer of a network: output shape and costs per sample."""
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["layer", "kind", "output", "parameters", "multiply_adds", "receptive_field"])
        for row in cost.rows:
            sizes = (" x ".join(map(str, each)) for each in (row.output_shape, row.receptive_field or ()))
            output, field = sizes
            table.writerow([row.name, row.kind, output, row.parameters, row.multiply_adds, field])


def write_figures(
    folder: Path,
    dataset: Dataset,
    subset: Subset,
    predictions: Predictions,
    classifier: Classifier,
    fitted: FitResult,
    context: FigureContext,
) -> Iterator[str]:
    """Write learning curves, confusion matrix, reliability diagram, and the figures of the modality.

    Yields:
        A line for each figure that failed. The classifier is already trained and stored, so a failure must not end the
        run.
    """
    folder.mkdir(parents=True, exist_ok=True)
    predicted = predictions.probabilities.argmax(axis=1)
    module = import_module(MODALITIES[dataset.modality].figures)
    fold = context.part.partition(", ")[2]
    trained = replace(context, part=", ".join(filter(None, ["training and validation part", fold])))
    makers: dict[str, Callable[[], dict]] = {
        "learning curves": lambda: {"learning_curves": learning_curves(fitted.history, fitted.best_epoch, trained)},
        "confusion matrix": lambda: {
            "confusion_matrix": confusion_matrix(subset.labels, predicted, dataset.class_names, context)
        },
        "calibration": lambda: {"reliability": reliability_diagram(subset.labels, predictions.probabilities, context)},
        "samples and kernels": lambda: module.figures(dataset, subset, predictions, classifier, context),
        "explained samples": lambda: explained_samples(subset, predictions, classifier, context),
    }
    for what, make in makers.items():
        try:
            for name, figure in make().items():
                write_figure(folder / name, figure)
        except Exception as error:
            reason = " ".join(f"{type(error).__name__}: {error}".split())
            yield f"warning: the figures of {what} are incomplete ({reason[:200]})"


def write_figure(path: Path, figure) -> None:
    """Write an HTML page or a PNG figure."""
    if isinstance(figure, str):
        path.with_name(f"{path.name}.html").write_text(figure, encoding="utf-8")
        return
    save_png(figure, path.with_name(f"{path.name}.png"))


def explained_samples(subset: Subset, predictions: Predictions, classifier: Classifier, context) -> dict:
    """Explain the most confident wrong and the most confident correct prediction: figures, HTML fragments for texts."""
    from convpipe.evaluation.explanation import explain
    from convpipe.evaluation.figures.explanation import explanation_figure, explanation_html

    predicted, confidence = predictions.probabilities.argmax(axis=1), predictions.probabilities.max(axis=1)
    explained: dict = {}
    for kind, of_kind in (("wrong", predicted != subset.labels), ("right", predicted == subset.labels)):
        if not of_kind.any():
            continue
        row = int(np.where(of_kind, confidence, -np.inf).argmax())
        true = f", true class {classifier.class_names[subset.labels[row]]}" if kind == "wrong" else ""
        explanation = explain(classifier, subset.inputs[row], f"{subset.sample_ids[row]}{true}")
        is_text = explanation.modality == "text"
        figure = explanation_html(explanation) if is_text else explanation_figure(explanation, context)
        explained[f"explained_{kind}_1"] = figure
    return explained
