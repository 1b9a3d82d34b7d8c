"""The samples that are to be explained: texts, files and folders, samples of a run's own test part."""

import csv
import difflib
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convpipe.errors import DataError

if TYPE_CHECKING:
    from convpipe.evaluation.figures.context import FigureContext
    from convpipe.inference.classifier import Classifier

#: What stands for standard input.
STDIN = "-"


@dataclass(frozen=True)
class Words:
    """What the words of a command line name; each word is in one of the lists.

    Args:
        texts: to be explained as they are.
        paths: files and folders, or "-".
        sample_ids: of samples of the run's own test part.
    """

    texts: list[str]
    paths: list[str]
    sample_ids: list[str]

    @property
    def may_be_several(self) -> bool:
        """Whether more than one sample is named for certain; a file may hold several, too."""
        named = len(self.texts) + len(self.paths) + len(self.sample_ids)
        return named != 1 or any(each == STDIN or Path(each).is_dir() for each in self.paths)


@dataclass(frozen=True)
class ToExplain:
    """One sample, what it is called, and where it comes from, for the title of a figure."""

    sample: Any
    sample_id: str
    part: str


def sort_words(words: Sequence[str], folder: Path, modality: str | None) -> Words:
    """Find out what the words of a command line name, before anything heavy is imported.

    A word is a sample of the test part if predictions.csv names it, else a file or folder if there is one, else a text
    where the classifier takes texts. For texts a path must hold a separator or a dot, since a word of a text may be the
    name of a folder.

    Args:
        words: of the command line; none: the lines of standard input, which are texts.
        folder: of the classifier.
        modality: of the classifier; None where it is not known.

    Raises:
        DataError: a word that names nothing.
    """
    is_text = modality in ("text", None)
    if not words and not is_text:
        remedy = "name a file, a folder or a sample of the test part, or add --axes for the shuffle test"
        raise DataError(f"a classifier of {modality} samples needs an input", key="INPUT", remedy=remedy)
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
        remedy = "check the path; samples of a test part need the folder of a run"
        return DataError("no such file or folder", file=word, key="INPUT", value=word, remedy=remedy)
    close = difflib.get_close_matches(word, ids, n=1, cutoff=0.0)
    message = "no such file or folder, and no sample of the test part"
    return DataError(message, file=word, key="INPUT", value=word, remedy=f"the nearest sample is {close[0]}")


def predicted_ids(folder: Path) -> list[str]:
    """The ids of the samples of the test part, as predictions.csv beside a classifier has them; none without it."""
    try:
        with (folder.absolute().parent / "predictions.csv").open(newline="", encoding="utf-8") as file:
            return [row["sample_id"] for row in csv.DictReader(file)]
    except (OSError, ValueError, KeyError, csv.Error):
        return []


def samples_of(
    words: Words, folder: Path, classifier: "Classifier", report: Callable[[str], None]
) -> Iterator[ToExplain]:
    """The samples that the words of a command line name, one after the other.

    Args:
        words: as `sort_words` sorted them.
        folder: of the classifier.
        classifier: that predicts them.
        report: is handed each line that the user should see.

    Raises:
        ConvpipeError: a file that cannot be read, or a test part that is not that of the run any more.
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
            message = "stands in predictions.csv, but not in the test part of the run"
            raise DataError(message, file=sample_id, key="INPUT", value=sample_id, remedy="train again")
        yield ToExplain(part.dataset.inputs[rows[sample_id]], sample_id, name)


def context_of(folder: Path, classifier: "Classifier", part: str) -> "FigureContext":
    """Where a sample comes from: data, model and seed of the run that left the classifier, as far as they are known."""
    from convpipe.evaluation.figures.context import FigureContext
    from convpipe.inference.evaluation_part import record_of

    try:
        result = json.loads((record_of(folder) / "result.json").read_text(encoding="utf-8"))
        return FigureContext(str(result["data"]), str(result["model"]), int(result["seed"]), part)
    except (OSError, ValueError, LookupError, TypeError):
        reader = str((classifier.reader or {}).get("reader") or classifier.preprocessing.modality)
        return FigureContext(reader, classifier.networks[0].name, None, part)
