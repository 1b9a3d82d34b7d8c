"""Finding a trained classifier: by its folder, by the run that left it, or in MLflow's registry."""

import json
from pathlib import Path

from convpipe import paths
from convpipe.errors import ConvpipeError
from convpipe.mlflow_import import import_mlflow

#: How the address of a model in MLflow begins.
MODELS = "models:/"


def classifier_folder(run: str, fold: int | None = None) -> Path:
    """The folder of one classifier.

    Args:
        run: a run's folder, its classifier's folder, the run_id of its result.json, or `models:/NAME@ALIAS`.
        fold: of a cross-validated run, counted from 1.

    Raises:
        ConvpipeError: there is no such run, it left no classifier, or it left several and `fold` names none of them.
    """
    if run.startswith(MODELS):
        return _registered(run)
    for folder in (inside for outer in _folders(run) for inside in (outer, outer / "classifier")):
        if (folder / "classifier.json").is_file():
            return folder
    folds = _folds(run)
    if not folds:
        runs = paths.HOME / "runs"
        message = f"run={run} is neither a folder with a classifier nor the run_id of a result.json under {runs}"
        raise ConvpipeError(message, key="run", value=run, remedy="name the folder of a finished run")
    if fold is None or not 1 <= fold <= len(folds):
        message = f"{run} is a cross-validated run of {len(folds)} classifiers"
        remedy = f"add --fold N with N from 1 to {len(folds)}, or name the folder fold_N in it"
        raise ConvpipeError(message, key="fold", value=fold, remedy=remedy)
    return folds[fold - 1]


def classifier_folders(run: str) -> list[Path]:
    """The classifiers of a run: one, or one a fold in the order of the folds.

    Args:
        run: as in `classifier_folder`, or the folder of a cross-validated run or of one of its folds.

    Raises:
        ConvpipeError: there is no such run, or it left no classifier.
    """
    return ([] if run.startswith(MODELS) else _folds(run)) or [classifier_folder(run)]


def run_folder(run: str) -> Path:
    """The folder of a run, by itself, by its classifier's folder, or by its run_id.

    Raises:
        ConvpipeError: there is no such run.
    """
    for folder in (each for found in _folders(run) for each in (found, found.absolute().parent)):
        if (folder / "result.json").is_file() and (folder / "config.yaml").is_file():
            return folder
    message = f"{run} is neither the folder of a run nor the run_id of a result.json under {paths.HOME / 'runs'}"
    raise ConvpipeError(message, key="run", value=run, remedy="name the folder of a finished run")


def modality_of(classifier: Path) -> str | None:
    """The modality of the classifier in a folder, without loading it; None where its files do not say."""
    try:
        found = json.loads((classifier / "classifier.json").read_text(encoding="utf-8"))["modality"]
        return found if isinstance(found, str) else None
    except (ValueError, LookupError, TypeError, RecursionError, OSError):
        return None


def _folds(run: str) -> list[Path]:
    """The classifiers of a cross-validated run, in the order of the folds; none of another run."""
    for folder in _folders(run):
        if folds := [file.parent for file in folder.glob("fold_*/classifier/classifier.json")]:
            return sorted(folds, key=lambda fold: int(fold.parent.name.removeprefix("fold_")))
    return []


def _folders(run: str) -> list[Path]:
    """The folder that `run` names, and those of the runs that have it for a run_id."""
    files = (paths.HOME / "runs").rglob("result.json")
    return [Path(run).expanduser(), *(file.parent for file in files if _run_id(file) == run)]


def _run_id(file: Path) -> str | None:
    try:
        return json.loads(file.read_text(encoding="utf-8")).get("run_id")
    except (ValueError, AttributeError, RecursionError, OSError):
        return None  # a run that is being written just now, or a file of something else


def _registered(address: str) -> Path:
    """The classifier in a model of MLflow; it is fetched where the store is a server's."""
    mlflow = import_mlflow()
    mlflow.set_tracking_uri(paths.store_uri())
    try:
        folder = Path(mlflow.artifacts.download_artifacts(address)) / "artifacts" / "classifier"
    except Exception as error:  # MLflow raises errors of many kinds about stores and names
        reason = str(error).strip().split("\n")[0]
        message = f"{address} cannot be had from {paths.store_uri()} ({reason})"
        raise ConvpipeError(message, key="run", value=address, remedy="write models:/NAME@ALIAS") from None
    if not (folder / "classifier.json").is_file():
        raise ConvpipeError("is a model of MLflow, but no classifier of convpipe", file=address, key="run")
    return folder
