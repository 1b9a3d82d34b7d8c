"""Read the samples to explain: texts, files and folders, samples of the test part of a run."""

import csv
import difflib
import json
import os
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convpipe.errors import DataError

if TYPE_CHECKING:
    from convpipe.evaluation.figures.context import FigureContext
    from convpipe.inference.classifier import Classifier

#: The argument for standard input.
STDIN = "-"


@dataclass(frozen=True)
class Words:
    """The arguments of a command line by their meaning; each argument is in one of the lists.

    Args:
        texts: texts to explain.
        paths: files and folders, or "-".
        sample_ids: ids of samples of the test part of the run.
    """

    texts: list[str]
    paths: list[str]
    sample_ids: list[str]

    @property
    def may_be_several(self) -> bool:
        """Whether there may be several samples without looking into files; a single file may hold several, too."""
        named = len(self.texts) + len(self.paths) + len(self.sample_ids)
        return named != 1 or any(each == STDIN or Path(each).is_dir() for each in self.paths)


@dataclass(frozen=True)
class ToExplain:
    """One sample, its id, and its source for the title of a figure."""

    sample: Any
    sample_id: str
    part: str


def sort_words(words: Sequence[str], folder: Path, modality: str | None) -> Words:
    """Sort the arguments of a command line by their meaning, without slow imports.

    An argument is a sample of the test part if predictions.csv has this sample id, else a file or folder if it exists,
    else a text if the classifier is for texts. For such a classifier, a path must contain a separator or a dot, since a
    one-word text may equal the name of a folder.

    Args:
        words: arguments; if empty, each line of standard input is a text.
        folder: of the classifier.
        modality: of the classifier; None if unknown.

    Raises:
        DataError: an argument is none of these, or there is no argument and the classifier is not for texts.
    """
    is_text = modality in ("text", None)
    if not words and not is_text:
        remedy = "give a file, a folder or a sample of the test part, or add --axes for the shuffle test"
        raise DataError(f"a classifier for {modality} samples needs an input", key="INPUT", remedy=remedy)
    sorted_words, ids = Words([], [], []), predicted_ids(folder)
    known = set(ids)
    for word in words or [STDIN]:
        if word in known:
            sorted_words.sample_ids.append(word)
        elif word == STDIN or (Path(word).exists() and (not is_text or os.sep in word or "." in word)):
            sorted_words.paths.append(word)
        elif is_text:
            sorted_words.texts.append(word)
        else:
            raise _unknown(word, ids)
    return sorted_words


def _unknown(word: str, ids: Sequence[str]) -> DataError:
    if not ids:
        remedy = "check the path; a sample id of the test part needs the folder of a run"
        return DataError("no such file or folder", file=word, key="INPUT", value=word, remedy=remedy)
    close = difflib.get_close_matches(word, ids, n=1, cutoff=0.0)
    message = "no such file or folder, and no such sample in the test part"
    return DataError(message, file=word, key="INPUT", value=word, remedy=f"did you mean {shlex.quote(close[0])}?")


def predicted_ids(folder: Path) -> list[str]:
    """Return the sample ids of the test part from predictions.csv next to a classifier; empty without that file."""
    try:
        with (folder.absolute().parent / "predictions.csv").open(newline="", encoding="utf-8") as file:
            return [row["sample_id"] for row in csv.DictReader(file)]
    except (OSError, ValueError, KeyError, csv.Error):
        return []


def samples_of(
    words: Words, folder: Path, classifier: "Classifier", report: Callable[[str], None]
) -> Iterator[ToExplain]:
    """Yield the samples that the arguments of a command line name.

    Args:
        words: as returned by `sort_words`.
        folder: of the classifier.
        classifier: predicts the samples.
        report: called with each line for the user.

    Raises:
        ConvpipeError: a file cannot be read, or the test part has changed since the run.
    """
    for text in words.texts:
        yield ToExplain(text, "", "a text")
    for path in words.paths:
        yield from _of_path(path, classifier, report)
    if words.sample_ids:
        yield from _of_test_part(words.sample_ids, folder)


def _of_path(path: str, classifier: "Classifier", report: Callable[[str], None]) -> Iterator[ToExplain]:
    from convpipe.inference.new_samples import read_new
    from convpipe.inference.training_shape import resampled
    from convpipe.preprocessing.series import as_series

    if path == STDIN and classifier.preprocessing.modality == "text":
        for line in sys.stdin:
            yield ToExplain(line.rstrip("\r\n"), "", "standard input")
        return
    name = "standard input" if path == STDIN else Path(path).name
    for piece in read_new(classifier, [path], report):
        for sample, sample_id in zip(piece.inputs, piece.sample_ids, strict=True):
            rate = piece.sampling_rate
            if rate and classifier.sampling_rate and rate != classifier.sampling_rate:
                sample = resampled(as_series(sample, sample_id), rate, classifier.sampling_rate)
            yield ToExplain(sample, sample_id, name)


def _of_test_part(sample_ids: Sequence[str], folder: Path) -> Iterator[ToExplain]:
    from convpipe.inference.evaluation_part import evaluation_parts

    (part,) = evaluation_parts(str(folder))
    rows = {str(part.dataset.sample_ids[row]): row for row in part.rows.tolist()}
    name = f"{part.name} part" + ("" if part.fold is None else f", fold {part.fold}")
    for sample_id in sample_ids:
        if sample_id not in rows:
            message = "is in predictions.csv but not in the test part of the run"
            raise DataError(message, file=sample_id, key="INPUT", value=sample_id, remedy="train again")
        yield ToExplain(part.dataset.inputs[rows[sample_id]], sample_id, name)


def context_of(folder: Path, classifier: "Classifier", part: str) -> "FigureContext":
    """Return the source of a sample: data, model and seed of the run, as far as known."""
    from convpipe.evaluation.figures.context import FigureContext
    from convpipe.inference.evaluation_part import record_of

    try:
        result = json.loads((record_of(folder) / "result.json").read_text(encoding="utf-8"))
        return FigureContext(str(result["data"]), str(result["model"]), int(result["seed"]), part)
    except (OSError, ValueError, LookupError, TypeError):
        reader = str((classifier.reader or {}).get("reader") or classifier.preprocessing.modality)
        return FigureContext(reader, classifier.networks[0].name, None, part)
