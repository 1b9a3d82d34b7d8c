"""Finding a trained classifier: by its folder, by its run, or in MLflow's registry."""

import json
from pathlib import Path

from convpipe import paths
from convpipe.errors import ConvpipeError
from convpipe.mlflow_import import import_mlflow

#: Prefix of the URI of a model in MLflow.
MODELS = "models:/"


def classifier_folder(run: str, fold: int | None = None) -> Path:
    """Return the folder of one classifier.

    Args:
        run: a run's folder, its classifier's folder, the run_id of its result.json, or `models:/NAME@ALIAS`.
        fold: of a cross-validated run, counted from 1.

    Raises:
        ConvpipeError: there is no such run, it has no classifier, or it has several and `fold` does not select one.
    """
    if run.startswith(MODELS):
        return _registered(run)
    for folder in (inside for outer in _folders(run) for inside in (outer, outer / "classifier")):
        if (folder / "classifier.json").is_file():
            return folder
    folds = _folds(run)
    if not folds:
        runs = paths.HOME / "runs"
        message = f"{run} is neither a folder with a classifier nor the run_id of a result.json under {runs}"
        raise ConvpipeError(message, key="run", value=run, remedy="use the folder of a finished run")
    if fold is None or not 1 <= fold <= len(folds):
        message = f"{run} is a cross-validated run of {len(folds)} classifiers"
        remedy = f"add --fold N with N from 1 to {len(folds)}, or use the folder fold_N in it"
        raise ConvpipeError(message, key="fold", value=fold, remedy=remedy)
    return folds[fold - 1]


def classifier_folders(run: str) -> list[Path]:
    """Return the folders of a run's classifiers: one, or one per fold in the order of the folds.

    Args:
        run: as in `classifier_folder`, or the folder of a cross-validated run or of one of its folds.

    Raises:
        ConvpipeError: there is no such run, or it has no classifier.
    """
    return ([] if run.startswith(MODELS) else _folds(run)) or [classifier_folder(run)]


def run_folder(run: str) -> Path:
    """Return the folder of a run, which is given by itself, by its classifier's folder, or by its run_id.

    Raises:
        ConvpipeError: there is no such run.
    """
    for folder in (each for found in _folders(run) for each in (found, found.absolute().parent)):
        if (folder / "result.json").is_file() and (folder / "config.yaml").is_file():
            return folder
    message = f"{run} is neither the folder of a run nor the run_id of a result.json under {paths.HOME / 'runs'}"
    raise ConvpipeError(message, key="run", value=run, remedy="use the folder of a finished run")


def modality_of(classifier: Path) -> str | None:
    """Read the modality of the classifier in a folder without loading it; None if it is missing or unreadable."""
    try:
        found = json.loads((classifier / "classifier.json").read_text(encoding="utf-8"))["modality"]
        return found if isinstance(found, str) else None
    except (ValueError, LookupError, TypeError, RecursionError, OSError):
        return None


def _folds(run: str) -> list[Path]:
    """The folders of the classifiers of a cross-validated run, in the order of the folds; else an empty list."""
    for folder in _folders(run):
        if folds := [file.parent for file in folder.glob("fold_*/classifier/classifier.json")]:
            return sorted(folds, key=lambda fold: int(fold.parent.name.removeprefix("fold_")))
    return []


def _folders(run: str) -> list[Path]:
    """The folder that `run` names, and the folders of runs whose run_id it is."""
    files = (paths.HOME / "runs").rglob("result.json")
    return [Path(run).expanduser(), *(file.parent for file in files if _run_id(file) == run)]


def _run_id(file: Path) -> str | None:
    try:
        return json.loads(file.read_text(encoding="utf-8")).get("run_id")
    except (ValueError, AttributeError, RecursionError, OSError):
        return None  # a file that is being written, or not of convpipe


def _registered(address: str) -> Path:
    """The folder of the classifier in an MLflow model, which is downloaded if the store is a server."""
    mlflow = import_mlflow()
    mlflow.set_tracking_uri(paths.store_uri())
    try:
        folder = Path(mlflow.artifacts.download_artifacts(address)) / "artifacts" / "classifier"
    except Exception as error:  # MLflow raises many types of errors for stores and names
        reason = str(error).strip().split("\n")[0]
        message = f"{address} cannot be read from {paths.store_uri()} ({reason})"
        raise ConvpipeError(message, key="run", value=address, remedy="use models:/NAME@ALIAS") from None
    if not (folder / "classifier.json").is_file():
        raise ConvpipeError("is a model in MLflow, but not a classifier of convpipe", file=address, key="run")
    return folder
