"""Reopen a trained run: its first network, and samples of the part on which it was evaluated."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from convpipe.data import Dataset
from convpipe.errors import ConfigError, DataError
from convpipe.inference.evaluation_part import evaluation_parts
from convpipe.inference.locate import classifier_folders

if TYPE_CHECKING:
    from convpipe.inference.classifier import Classifier

#: Maximum number of test samples that are predicted to select a few.
MOST_PREDICTED = 1000
#: Maximum number of classes with a selected sample.
MOST_CLASSES = 6


@dataclass(frozen=True)
class OpenedRun:
    """A run, its first network and its test part.

    Args:
        name: model and dataset, for display.
        classifier: the run's classifier with its first network only.
        networks: number of networks of the run's classifier.
        dataset: dataset of the run.
        test: (n,) int64, rows of the test part (of a fold: the held-out part) in `dataset`.
    """

    name: str
    classifier: "Classifier"
    networks: int
    dataset: Dataset
    test: np.ndarray


def trained_folder(run: str) -> Path:
    """Return the folder of a run's classifier.

    Raises:
        ConvpipeError: there is none.
        ConfigError: the run was cross-validated and has one classifier per fold.
    """
    folders = classifier_folders(run)
    if len(folders) > 1:
        message = f"run={run} was cross-validated and has {len(folders)} classifiers, one per fold"
        raise ConfigError(message, key="run", value=run, remedy=f"set run={folders[0].parent} or another fold")
    return folders[0]


def open_run(run: str) -> OpenedRun:
    """Return the first network of a run and its test samples.

    Args:
        run: folder of a run (of a cross-validated run: the folder of a fold) or of its classifier, or a run_id.

    Raises:
        ConvpipeError: the run does not exist, or its classifier or its data cannot be read.
        DataError: the data are not those that the run was trained on.
    """
    folder = trained_folder(run)
    (part,) = evaluation_parts(run)
    from convpipe.backend import start_backend

    start_backend()
    from convpipe.inference.classifier import Classifier

    classifier = Classifier.load(folder)
    first = replace(classifier, networks=classifier.networks[:1], weights=None)
    record = folder.parent.parent if part.fold else folder.parent
    result = json.loads((record / "result.json").read_text(encoding="utf-8"))
    name = f"{result['model']} on {result['data']}" + (f", fold {part.fold}" if part.fold else "")
    return OpenedRun(name, first, len(classifier.networks), part.dataset, part.rows)


def choose_samples(opened: OpenedRun, sample: int | None) -> list[int]:
    """Return the numbers of samples in the test part: the requested one, or a few.

    The few are the most confident correct prediction of each of up to six classes, the most confident first, and then
    the most confident mistake. In a large test part, only 1,000 samples are predicted.

    Raises:
        DataError: the test part has no sample with this number.
    """
    count = len(opened.test)
    if sample is not None and sample >= count:
        message = f"sample={sample} is not in the test part, which has {count} samples, 0 to {count - 1}"
        raise DataError(message, key="sample", value=sample, remedy=f"set sample={count - 1} or a lower number")
    if sample is not None:
        return [sample]
    numbers = spread(opened.dataset.labels[opened.test], MOST_PREDICTED)
    part = opened.dataset.subset(opened.test[numbers])
    predictions = opened.classifier.predict(part.inputs, part.sample_ids)
    return [int(numbers[at]) for at in representative(part.labels, predictions.probabilities)]


def spread(labels: np.ndarray, most: int) -> np.ndarray:
    """Return positions of about `most` samples, equally many per class and evenly spaced; all if there are fewer.

    >>> spread(np.array([0, 0, 0, 0, 1]), 4).tolist()
    [0, 3, 4]
    """
    if len(labels) <= most:
        return np.arange(len(labels))
    classes = np.unique(labels)
    each = max(1, most // len(classes))
    members = [np.flatnonzero(labels == label) for label in classes]
    return np.sort(
        np.concatenate([m[np.unique(np.linspace(0, len(m) - 1, each).round().astype(int))] for m in members])
    )


def representative(labels: np.ndarray, probabilities: np.ndarray) -> list[int]:
    """Return the positions of the few samples that `choose_samples` describes.

    >>> representative(np.array([0, 0, 1]), np.array([[0.6, 0.4], [0.9, 0.1], [0.7, 0.3]]))
    [1, 2]
    """
    predicted, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
    correct, best = predicted == labels, []
    for label in np.unique(labels)[:MOST_CLASSES]:
        members = np.flatnonzero(correct & (labels == label))
        if len(members):
            best.append(int(members[confidence[members].argmax()]))
    best.sort(key=lambda at: -confidence[at])
    wrong = np.flatnonzero(~correct)
    return best + ([int(wrong[confidence[wrong].argmax()])] if len(wrong) else [])
