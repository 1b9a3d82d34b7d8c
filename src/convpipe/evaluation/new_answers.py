"""What classifiers answer for new labeled samples, which are read as those of their training."""

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
    """What classifiers of the same classes answer for the labeled samples in some files or folders.

    A recording that is longer than the windows of training has one answer, the mean over its windows.

    Args:
        classifiers: one or more.
        paths: files or folders.
        report: is handed each line that the user should see, once.

    Raises:
        ConvpipeError: samples that cannot be read or taken, none that is labeled, or classifiers that cannot be
            compared.
    """
    if "-" in map(str, paths) and len(classifiers) > 1:
        message, remedy = "standard input can be read once only, but there are several classifiers", "name files"
        raise DataError(message, key="--data", value="-", remedy=remedy)
    found: list[Answers] = []
    modality, say = "", each_line_once(report)
    for name, folder in classifiers:
        classifier = Classifier.load(folder)
        if not found:
            modality, classes = classifier.preprocessing.modality, classifier.class_names
        columns = check_same(classifier, name, modality, classes, classifiers[0][0])
        found.append(_Labeled(classifier, name, folder, say).answers(paths, columns))
        if list(found[-1].sample_ids) != list(found[0].sample_ids):
            message = f"{name} reads other samples there than {classifiers[0][0]}"
            raise DataError(message, key="--data", value=str(paths[0]), remedy="evaluate each by itself")
    return found


class _Labeled:
    """Reads and predicts labeled samples piece by piece."""

    def __init__(self, classifier: Classifier, name: str, folder: Path, say: Callable[[str], None]):
        self.classifier, self.name, self.folder, self.say = classifier, name, folder, say
        self.warnings = Warnings(say)
        self.labels: list[int] = []
        self.sample_ids: list[str] = []
        self.groups: list[str | None] = []
        self.probabilities: list[np.ndarray] = []

    def answers(self, paths: Sequence[str | Path], columns: list[int]) -> Answers:
        """The answers, their columns in another order.

        Raises:
            DataError: no sample is labeled.
        """
        read = sum(self._add(piece) for piece in read_new(self.classifier, paths, self.say))
        self.warnings.end()
        places, left_out = ", ".join(str(path) for path in paths), read - len(self.labels)
        if not self.labels:
            remedy = "name files with labels, as those of training"
            raise DataError(
                f"none of the {read:,} samples has a label among the classes", file=places, key="--data", remedy=remedy
            )
        if left_out:
            self.say(f"{left_out:,} of {read:,} samples have no label among the classes and are left out")
        groups = None if None in self.groups else np.array(self.groups, dtype=str)
        if groups is None and any(each is not None for each in self.groups):
            self.say("some samples have no group, so that none is used")
        probabilities = normalized(np.concatenate(self.probabilities)[:, columns])
        labels = np.array([columns.index(label) for label in self.labels], dtype=np.int64)
        class_names = tuple(self.classifier.class_names[column] for column in columns)
        context = context_of_run(record_of(self.folder), self.name, "new samples", places)
        about = self.name, places, class_names, labels, probabilities, self.sample_ids, groups
        return Answers(*about, context=context)

    def _add(self, piece: NewSamples) -> int:
        """Predict the labeled samples of a piece; how many samples it has in all."""
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
