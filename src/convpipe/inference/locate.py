"""Finding a trained classifier by the run that left it."""

import json
from pathlib import Path

from convpipe import paths
from convpipe.errors import ConvpipeError


def classifier_folder(run: str) -> Path:
    """The classifier of a run.

    Args:
        run: a run's folder, its classifier's folder, or the run_id of its result.json.

    Raises:
        ConvpipeError: there is no such run, or it left no classifier.
    """
    for folder in (inside for outer in _folders(run) for inside in (outer, outer / "classifier")):
        if (folder / "classifier.json").is_file():
            return folder
    runs = paths.HOME / "runs"
    message = f"run={run} is neither a folder with a classifier nor the run_id of a result.json under {runs}"
    raise ConvpipeError(message, key="run", value=run, remedy="set run=FOLDER to the folder of a finished run")


def classifier_folders(run: str) -> list[Path]:
    """The classifiers of a run: one, or one a fold in the order of the folds.

    Args:
        run: as in `classifier_folder`, or the folder of a cross-validated run or of one of its folds.

    Raises:
        ConvpipeError: there is no such run, or it left no classifier.
    """
    for folder in _folders(run):
        if folds := [file.parent for file in folder.glob("fold_*/classifier/classifier.json")]:
            return sorted(folds, key=lambda fold: int(fold.parent.name.removeprefix("fold_")))
    return [classifier_folder(run)]


def modality_of(classifier: Path) -> str | None:
    """The modality of the classifier in a folder, without loading it; None where its files do not say."""
    try:
        return json.loads((classifier / "classifier.json").read_text(encoding="utf-8"))["modality"]
    except (ValueError, LookupError, TypeError, RecursionError, OSError):
        return None


def _folders(run: str) -> list[Path]:
    """The folder that `run` names, and those of the runs that have it for a run_id."""
    files = (paths.HOME / "runs").rglob("result.json")
    return [Path(run), *(file.parent for file in files if _run_id(file) == run)]


def _run_id(file: Path) -> str | None:
    try:
        return json.loads(file.read_text(encoding="utf-8")).get("run_id")
    except (ValueError, AttributeError, RecursionError, OSError):
        return None  # a run that is being written just now, or a file of something else
