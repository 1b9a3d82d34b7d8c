"""What classifiers answer for labeled samples: those of a run's own part, or new ones."""

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
    """What one classifier answers for labeled samples.

    Args:
        classifier: its name for people.
        data: what the samples are, for people.
        class_names: in the order of the columns.
        labels: (n,) int64, the true classes.
        probabilities: (n, classes) float64, rows that sum to one.
        sample_ids: what each is called.
        groups, recordings: (n,) str, or None.
        sha256: of the data that a run read; None for new samples.
        context: of figures of these answers.
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
        """(n,) int64, the most probable classes."""
        return self.probabilities.argmax(axis=1)

    @property
    def right(self) -> np.ndarray:
        """(n,) bool."""
        return self.predicted == self.labels

    @cached_property
    def units(self) -> Units:
        """What a bootstrap draws."""
        return units_of(len(self), self.groups, self.recordings)

    @property
    def predictions(self) -> tuple[Subset, Predictions]:
        """As a run writes them to predictions.csv."""
        names = [self.class_names[column] for column in self.predicted]
        subset = Subset(self.sample_ids, self.labels, self.sample_ids, recordings=self.recordings)
        return subset, Predictions(names, self.probabilities, self.sample_ids)


#: The name of a classifier for people, and its folder.
Named = tuple[str, Path]


def answers_of_run(classifiers: Sequence[Named]) -> list[Answers]:
    """What classifiers answer for the samples that their runs were evaluated on, which must be the same.

    Args:
        classifiers: one or more, each inside the folder of its run.

    Raises:
        ConvpipeError: a run whose data cannot be read again, or runs whose parts or classes differ.
    """
    found: list[Answers] = []
    first: EvaluationPart | None = None
    for name, folder in classifiers:
        (own,) = evaluation_parts(str(folder))
        first = first or own
        if own.dataset.sha256 != first.dataset.sha256 or not np.array_equal(own.rows, first.rows):
            message = f"{name} was evaluated on other samples than {classifiers[0][0]}"
            raise DataError(message, file=folder, key="part", value=own.name, remedy="name common data with --data")
        found.append(answers_for(Classifier.load(folder), name, folder, first))
    return found


def on_validation_part(first: Named, owner: Named) -> list[Answers]:
    """What two classifiers answer for the validation part of the second one's run.

    Raises:
        ConvpipeError: it has none or cannot be read again, or the first one does not take its samples.
    """
    (part,) = evaluation_parts(str(owner[1]), "validation")
    return [answers_for(Classifier.load(folder), name, folder, part) for name, folder in (first, owner)]


def answers_for(classifier: Classifier, name: str, folder: Path, part: EvaluationPart) -> Answers:
    """What a classifier answers for a part of a run, which may be another one than its own.

    Args:
        classifier: trained on samples that were cut into windows as those of the part.
        name: of the classifier, for people.
        folder: of the classifier.
        part: the samples.

    Raises:
        ConfigError: it takes samples of another modality, or has other classes.
        DataError: a sample that the classifier cannot take.
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


def check_same(classifier: Classifier, name: str, modality: str, class_names: Sequence[str], beside: str) -> list[int]:
    """Refuse a classifier that does not take some samples, or has other classes.

    Args:
        classifier, name: the classifier.
        modality, class_names: of the samples, or of another classifier.
        beside: what these belong to, for people.

    Returns:
        The columns of the classifier's probabilities in the order of `class_names`.

    Raises:
        ConfigError: it does.
    """
    taken = classifier.preprocessing.modality
    if taken != modality:
        message = f"{name} takes {taken} samples, but those of {beside} are {modality} samples"
        raise ConfigError(message, key="modality", value=taken, remedy="name a classifier of the same modality")
    differing = sorted({*class_names} ^ {*classifier.class_names})
    if differing:
        shown = ", ".join(differing[:6]) + (", ..." if len(differing) > 6 else "")
        message = f"the classes of {name} are not those of {beside}: only one of them has {shown}"
        raise ConfigError(message, key="classes", value=differing, remedy="name a classifier of the same classes")
    return [classifier.class_names.index(each) for each in class_names]


def normalized(probabilities: np.ndarray) -> np.ndarray:
    """In float64, with rows that sum to one beyond the rounding of float32."""
    values = np.asarray(probabilities, np.float64)
    return values / values.sum(axis=1, keepdims=True)
