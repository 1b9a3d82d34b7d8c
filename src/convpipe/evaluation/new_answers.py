"""Predictions of classifiers on new labeled samples, read in the same way as the training data."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from convpipe.data.new_samples import each_line_once
from convpipe.errors import DataError
from convpipe.evaluation.answers import Answers, Named, check_same, normalized
from convpipe.evaluation.figures.context import context_of_run
from convpipe.inference.classifier import Classifier
from convpipe.inference.evaluation_part import record_of
from convpipe.inference.new_samples import NewSamples, read_new
from convpipe.preprocessing.warned import Warnings


def answers_of_data(
    classifiers: Sequence[Named], paths: Sequence[str | Path], report: Callable[[str], None]
) -> list[Answers]:
    """Predict the labeled samples in files or folders with classifiers of the same classes.

    A recording longer than the training windows has one prediction, the mean over its windows.

    Args:
        classifiers: one or more.
        paths: files or folders.
        report: called once with each line for the user.

    Raises:
        ConvpipeError: a sample cannot be read, a classifier does not accept it, no sample is labeled, or the
            classifiers are not comparable.
    """
    if "-" in map(str, paths) and len(classifiers) > 1:
        message, remedy = "standard input can be read only once, but there are several classifiers", "give files"
        raise DataError(message, key="--data", value="-", remedy=remedy)
    evaluated: list[Answers] = []
    modality, say = "", each_line_once(report)
    for name, folder in classifiers:
        classifier = Classifier.load(folder)
        if not evaluated:
            modality, classes = classifier.preprocessing.modality, classifier.class_names
        columns = check_same(classifier, name, modality, classes, classifiers[0][0])
        evaluated.append(_Labeled(classifier, name, folder, say).answers(paths, columns))
        if list(evaluated[-1].sample_ids) != list(evaluated[0].sample_ids):
            message = f"{name} and {classifiers[0][0]} read different samples from this input"
            raise DataError(message, key="--data", value=str(paths[0]), remedy="evaluate each classifier separately")
    return evaluated


class _Labeled:
    """Read and predict labeled samples in chunks."""

    def __init__(self, classifier: Classifier, name: str, folder: Path, say: Callable[[str], None]):
        self.classifier, self.name, self.folder, self.say = classifier, name, folder, say
        self.warnings = Warnings(say)
        self.labels: list[int] = []
        self.sample_ids: list[str] = []
        self.groups: list[str | None] = []
        self.probabilities: list[np.ndarray] = []

    def answers(self, paths: Sequence[str | Path], columns: list[int]) -> Answers:
        """Return the predictions for all labeled samples.

        Args:
            paths: files or folders.
            columns: the order of the classes.

        Raises:
            DataError: no sample is labeled.
        """
        read = sum(self._add(piece) for piece in read_new(self.classifier, paths, self.say))
        self.warnings.end()
        places, left_out = ", ".join(str(path) for path in paths), read - len(self.labels)
        if not self.labels:
            remedy = "give files with labels, in the same form as the training data"
            raise DataError(
                f"none of the {read:,} samples is labeled with a class of the classifier",
                file=places,
                key="--data",
                remedy=remedy,
            )
        if left_out:
            self.say(
                f"{left_out:,} of {read:,} samples are not labeled with a class of the classifier and are left out"
            )
        groups = None if None in self.groups else np.array(self.groups, dtype=str)
        if groups is None and any(each is not None for each in self.groups):
            self.say("some samples have no group, so groups are not used")
        probabilities = normalized(np.concatenate(self.probabilities)[:, columns])
        labels = np.array([columns.index(label) for label in self.labels], dtype=np.int64)
        class_names = tuple(self.classifier.class_names[column] for column in columns)
        context = context_of_run(record_of(self.folder), self.name, "new samples", places)
        about = self.name, places, class_names, labels, probabilities, self.sample_ids, groups
        return Answers(*about, context=context)

    def _add(self, piece: NewSamples) -> int:
        """Predict the labeled samples of a chunk and return the number of all its samples."""
        names = piece.labels
        rows = [row for row, name in enumerate(names) if name is not None]
        if not rows:
            return len(names)
        sample_ids = [piece.sample_ids[row] for row in rows]
        inputs = [piece.inputs[row] for row in rows]
        predictions = self.classifier.predict(inputs, sample_ids, sampling_rate=piece.sampling_rate)
        self.warnings.add(predictions.warnings)
        self.probabilities.append(predictions.probabilities)
        self.sample_ids += sample_ids
        self.labels += [self.classifier.class_names.index(names[row]) for row in rows]
        self.groups += [None if piece.groups is None else piece.groups[row] for row in rows]
        return len(names)
