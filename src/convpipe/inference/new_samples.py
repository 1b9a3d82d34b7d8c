"""New samples for a trained classifier, read in the same way as its training samples."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, replace
from pathlib import Path

from convpipe.config.data import DataSettings
from convpipe.data.new_samples import Known, NewSamples
from convpipe.errors import ConfigError, DataError
from convpipe.inference.classifier import Classifier
from convpipe.registry import MODALITIES, READERS, Reader

__all__ = ["NewSamples", "read_new"]


def read_new(
    classifier: Classifier, paths: Sequence[str | Path], report: Callable[[str], None]
) -> Iterator[NewSamples]:
    """Read the samples in files and folders in pieces, in the order of the paths.

    They are read by the reader of the training data, with its settings. If that reader is for one particular dataset,
    the modality's reader of users' files replaces it.

    Args:
        classifier: that will predict them.
        paths: files, folders, or "-" for standard input if the reader supports it.
        report: called with each line for the user.

    Yields:
        NewSamples, at least one; `share` is the fraction of all paths that has been read.

    Raises:
        ConfigError: the reader cannot read new samples.
        DataError: a file cannot be read, or there are no samples.
    """
    reader, settings = _reader(classifier)
    preprocessing, training = classifier.preprocessing, classifier.training
    channels = int(preprocessing.input_shape[-1])
    known = Known(classifier.class_names, training.channel_names, channels, classifier.sampling_rate)
    assert reader.new is not None
    for number, path in enumerate(paths):
        found, unknown = 0, Counter[str]()
        for piece in reader.new(settings, Path(path), known, report):
            found += len(piece)
            share = None if piece.share is None else (number + piece.share) / len(paths)
            yield replace(_with_known_labels(piece, unknown, known), share=share)
        if unknown:
            count, name = sum(unknown.values()), next(iter(unknown))
            report(f"{path}: {count:,} labels, such as {name}, are not classes of the classifier and are ignored")
        if not found:
            raise DataError("no samples", file=path, remedy="give a file or folder with samples")


def _reader(classifier: Classifier) -> tuple[Reader, DataSettings]:
    """The reader of new samples, and its settings."""
    stored = classifier.reader or {}
    name = str(stored.get("reader"))
    if name in READERS and READERS[name].new is not None:
        reader = READERS[name]
        names = {each.name for each in fields(reader.settings)} - {"path", "test", "validation", "train"}
        return reader, reader.settings(**{key: value for key, value in stored.items() if key in names}, path="?")
    modality = MODALITIES[classifier.preprocessing.modality]
    if modality.reader is None:
        message = f"the reader {name} cannot read new samples"
        raise ConfigError(message, key="reader", value=name, remedy="call Classifier.predict from Python")
    reader = READERS[modality.reader]
    return reader, reader.settings(path="?")


def _with_known_labels(piece: NewSamples, unknown: Counter, known: Known) -> NewSamples:
    """The piece without labels that are not classes of the classifier; these are counted in `unknown`."""
    classes = {*known.class_names}
    unknown.update(label for label in piece.labels if label is not None and label not in classes)
    return replace(piece, labels=[label if label in classes else None for label in piece.labels])
