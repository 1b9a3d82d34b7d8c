"""Predictions of classifiers on labeled samples, here those of a part of a run."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from convpipe.data.dataset import Subset
from convpipe.errors import ConfigError, DataError
from convpipe.evaluation.bootstrap import Units, units_of
from convpipe.evaluation.figures.context import FigureContext, context_of_run, part_name
from convpipe.inference.classifier import Classifier, Predictions, prepare
from convpipe.inference.evaluation_part import EvaluationPart, evaluation_parts, record_of


@dataclass(frozen=True)
class Answers:
    """Predictions of one classifier on labeled samples.

    Args:
        classifier: display name of the classifier.
        data: display name of the data.
        class_names: in the order of the columns.
        labels: (n,) int64, the true classes.
        probabilities: (n, classes) float64, rows that sum to one.
        sample_ids: n sample ids.
        groups, recordings: (n,) str, or None.
        sha256: of the data of the run; None for new samples.
        context: for the titles of figures.
    """

    classifier: str
    data: str
    class_names: tuple[str, ...]
    labels: np.ndarray
    probabilities: np.ndarray
    sample_ids: Sequence[str]
    groups: np.ndarray | None = None
    recordings: np.ndarray | None = None
    sha256: str | None = None
    context: FigureContext = field(kw_only=True)

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def predicted(self) -> np.ndarray:
        """(n,) int64, the predicted classes."""
        return self.probabilities.argmax(axis=1)

    @property
    def right(self) -> np.ndarray:
        """(n,) bool, whether each prediction is correct."""
        return self.predicted == self.labels

    @cached_property
    def units(self) -> Units:
        """The units that a bootstrap draws."""
        return units_of(len(self), self.groups, self.recordings)

    @property
    def predictions(self) -> tuple[Subset, Predictions]:
        """The arguments of `write_predictions`, which writes predictions.csv."""
        names = [self.class_names[column] for column in self.predicted]
        subset = Subset(self.sample_ids, self.labels, self.sample_ids, recordings=self.recordings)
        return subset, Predictions(names, self.probabilities, self.sample_ids)


#: The display name of a classifier, and its folder.
Named = tuple[str, Path]


def answers_of_run(classifiers: Sequence[Named]) -> list[Answers]:
    """Predict the samples that the runs of some classifiers were evaluated on, which must be the same for all.

    Args:
        classifiers: one or more, each inside the folder of its run.

    Raises:
        ConvpipeError: the data of a run cannot be read again, or the runs differ in their parts or classes.
    """
    evaluated: list[Answers] = []
    first: EvaluationPart | None = None
    for name, folder in classifiers:
        (own,) = evaluation_parts(str(folder))
        first = first or own
        if own.dataset.sha256 != first.dataset.sha256 or not np.array_equal(own.rows, first.rows):
            message = f"the test part differs from that of {classifiers[0][0]}"
            remedy = "give data for both with --data INPUT"
            raise DataError(message, file=folder, key="part", value=own.name, remedy=remedy)
        evaluated.append(answers_for(Classifier.load(folder), name, folder, first))
    return evaluated


def on_validation_part(first: Named, owner: Named) -> list[Answers]:
    """Predict the validation part of the second classifier's run with both classifiers.

    Raises:
        ConvpipeError: the run has no validation part, its data cannot be read again, or the first classifier does not
            accept its samples.
    """
    (part,) = evaluation_parts(str(owner[1]), "validation")
    return [answers_for(Classifier.load(folder), name, folder, part) for name, folder in (first, owner)]


def answers_for(classifier: Classifier, name: str, folder: Path, part: EvaluationPart) -> Answers:
    """Predict a part of a run, which may be a different run than that of the classifier.

    Args:
        classifier: trained on samples that were cut into windows like those of the part.
        name: display name of the classifier.
        folder: of the classifier.
        part: the samples.

    Raises:
        ConfigError: the classifier has another modality or other classes.
        DataError: the classifier does not accept a sample.
    """
    dataset, rows = part.dataset, part.rows
    columns = check_same(classifier, name, dataset.modality, dataset.class_names, dataset.source)
    subset = dataset.subset(rows)
    prepared = prepare(classifier.preprocessing, subset.inputs, subset.sample_ids)
    probabilities = classifier.predict_prepared(prepared, len(subset), subset.sample_ids).probabilities
    return Answers(
        name,
        f"{dataset.source}, {part.name} part",
        dataset.class_names,
        subset.labels,
        normalized(probabilities[:, columns]),
        subset.sample_ids,
        None if dataset.groups is None else dataset.groups[rows],
        subset.recordings,
        dataset.sha256,
        context=context_of_run(record_of(folder), name, dataset.source, part_name(part.name, part.fold, part.folds)),
    )


def check_same(classifier: Classifier, name: str, modality: str, class_names: Sequence[str], other: str) -> list[int]:
    """Refuse a classifier whose modality or classes differ from those of some samples or of another classifier.

    Args:
        classifier: to be checked.
        name: display name of the classifier.
        modality, class_names: of the samples, or of the other classifier.
        other: display name of the samples or of the other classifier.

    Returns:
        The columns of the classifier's probabilities in the order of `class_names`.

    Raises:
        ConfigError: the modality or the classes differ.
    """
    own = classifier.preprocessing.modality
    if own != modality:
        message = f"{name} is for {own} samples, not for the {modality} samples of {other}"
        raise ConfigError(message, key="modality", value=own, remedy="use classifiers of the same modality")
    differing = sorted({*class_names} ^ {*classifier.class_names})
    if differing:
        shown = ", ".join(differing[:6]) + (", ..." if len(differing) > 6 else "")
        message = f"{name} and {other} have different classes: only one of them has {shown}"
        raise ConfigError(message, key="classes", value=differing, remedy="use classifiers with the same classes")
    return [classifier.class_names.index(each) for each in class_names]


def normalized(probabilities: np.ndarray) -> np.ndarray:
    """Convert to float64 and remove the rounding error of float32 from the row sums."""
    values = np.asarray(probabilities, np.float64)
    return values / values.sum(axis=1, keepdims=True)
