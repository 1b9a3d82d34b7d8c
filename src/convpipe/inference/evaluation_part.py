"""The test or validation part of a finished run, read again from the source of its data."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from convpipe.config import Settings
from convpipe.data import load
from convpipe.data.dataset import Dataset
from convpipe.data.splits import Split, check_hashes, hashes_of, make_splits
from convpipe.errors import ConvpipeError, DataError
from convpipe.inference.locate import classifier_folders
from convpipe.schemas import read_settings


@dataclass(frozen=True)
class EvaluationPart:
    """The part of a dataset on which a classifier was evaluated or validated.

    Args:
        classifier: its folder.
        dataset: of the run.
        rows: (n,) int64, the samples of `dataset` in that part.
        name: "test" or "validation".
        fold: number of the fold, from 1; None without folds.
        folds: number of folds.
    """

    classifier: Path
    dataset: Dataset
    rows: np.ndarray
    name: str
    fold: int | None = None
    folds: int = 1


def evaluation_parts(run: str, part: str = "evaluated") -> list[EvaluationPart]:
    """Return the parts on which the classifiers of a run were evaluated: one, or one per fold.

    Args:
        run: a run's folder, the folder of a fold or of a classifier in it, or the run_id of its result.json.
        part: "evaluated" (the test part) or "validation". They are the same for a fold inside the training part of a
            dataset with an official test part, since that test part is not used.

    Raises:
        ConvpipeError: there is no such run, or its folder has no classifier, config.yaml or result.json.
        DataError: the data cannot be read again or differ from those of the run, or the run has no such part.
    """
    folders = classifier_folders(run)
    record = record_of(folders[0])
    for name in ("config.yaml", "result.json"):
        if not (record / name).is_file():
            message = f"contains no {name}, which is needed to find the test part of the run"
            raise ConvpipeError(message, file=record, key="run", value=run, remedy="use the folder of a finished run")
    settings, result = read_settings(record / "config.yaml"), json.loads((record / "result.json").read_text("utf-8"))
    dataset, splits = _read_again(settings, result, record)
    parts = []
    for folder in folders:
        fold = fold_of(folder)
        split = splits[fold - 1 if fold else 0]
        rows, name = split.test, split.evaluated_on
        if part == "validation" and name != "validation":
            rows, name = split.validation, "validation"
        if not len(rows):
            message = f"this run has no {name} part ({split.rule})"
            raise DataError(message, file=record, key="part", value=name, remedy="give labeled data with --data")
        parts.append(EvaluationPart(folder, dataset, rows, name, fold, len(splits)))
    return parts


def record_of(classifier: Path) -> Path:
    """Return the folder of the run that trained a classifier; it holds config.yaml and result.json."""
    return classifier.parent.parent if fold_of(classifier) else classifier.parent


def fold_of(classifier: Path) -> int | None:
    """Return the number of a classifier's fold, from 1; None without folds.

    >>> fold_of(Path("runs/today/fold_2/classifier")), fold_of(Path("runs/today/classifier"))
    (2, None)
    """
    name, _, number = classifier.absolute().parent.name.partition("_")
    return int(number) if name == "fold" and number.isdecimal() else None


def _read_again(settings: Settings, result: dict, record: Path) -> tuple[Dataset, list[Split]]:
    """The dataset and the splits of a run.

    Raises:
        DataError: they cannot be read, or differ from those of the run.
    """
    try:
        dataset = load(settings.data, settings.window, lambda line: None)
    except ConvpipeError as error:
        message = f"the data of this run cannot be read again ({error})"
        remedy = "restore the data, or change to the folder in which the run was started"
        raise DataError(message, file=record, remedy=remedy) from None
    splits = make_splits(dataset, settings.split)
    check_hashes(hashes_of(dataset, splits), result, record, "restore the data of the run, or train again")
    return dataset, splits
