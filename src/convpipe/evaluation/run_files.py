"""The files that a run leaves for people: predictions, figures."""

import csv
import io
from collections.abc import Callable, Iterator
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
) -> Iterator[str]:
    """Learning curves, confusion matrix, and what the modality gives to see: worst mistakes, first kernels.

    Yields:
        A line for each figure that could not be made. The classifier is trained and stored by then, so that no
        failure here may end the run.
    """
    folder.mkdir(parents=True, exist_ok=True)
    predicted = predictions.probabilities.argmax(axis=1)
    module = import_module(MODALITIES[dataset.modality].figures)
    makers: dict[str, Callable[[], dict]] = {
        "learning curves": lambda: {"learning_curves": learning_curves(fitted.history, fitted.best_epoch)},
        "confusion matrix": lambda: {
            "confusion_matrix": confusion_matrix(subset.labels, predicted, dataset.class_names)
        },
        "samples and kernels": lambda: module.figures(dataset, subset, predictions, classifier),
    }
    for what, make in makers.items():
        try:
            for name, figure in make().items():
                write_figure(folder / name, figure)
        except Exception as error:
            reason = " ".join(f"{type(error).__name__}: {error}".split())
            yield f"warning: the figures of {what} are incomplete ({reason[:200]})"


def write_figure(path: Path, figure) -> None:
    """Write a page or a picture."""
    if isinstance(figure, str):
        path.with_name(f"{path.name}.html").write_text(figure, encoding="utf-8")
        return
    path.with_name(f"{path.name}.png").write_bytes(png_of(figure))


def png_of(figure) -> bytes:
    """A figure as a PNG file; dollar signs in names are no mathematics."""
    from matplotlib.text import Text

    for text in figure.findobj(Text):
        text.set_parse_math(False)
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=120)
    return file.getvalue()
