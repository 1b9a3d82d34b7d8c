"""One run: read, split, train, evaluate, record."""

import hashlib
import json
import logging
import shutil
from contextlib import contextmanager
from pathlib import Path
from statistics import fmean

import numpy as np

from convpipe.config import Settings, read_settings
from convpipe.data import load
from convpipe.data.augmentation import check_augmentation
from convpipe.data.published import published
from convpipe.data.splits import Split, make_splits
from convpipe.errors import ConfigError
from convpipe.models import AXES, check_fits
from convpipe.training.devices import start_backend

log = logging.getLogger("convpipe")
#: Published methods whose gap to the run is tracked.
COMPARED = ("FCN", "ResNet", "InceptionTime", "LITETime", "MiniRocket", "HIVE-COTEv2")


def run(settings: Settings, folder: Path) -> dict:
    """Run `settings` and leave everything in `folder`.

    Args:
        settings: of the run; with training.resume those of the stopped run are used instead, in its folder.
        folder: of the run.

    Returns:
        What result.json holds.

    Raises:
        ConvpipeError: whatever the user can mend; what is seen before the training leaves nothing behind.
        KeyboardInterrupt: Ctrl-C; the run is left so that training.resume goes on with it.
    """
    if settings.training.resume:
        folder = Path(settings.training.resume).absolute()
        settings = stopped_run(folder)
    samples = load(settings.data, settings.window, log.info)
    check_augmentation(samples.kind, settings.augmentation)
    check_fits(settings.model, AXES[samples.kind], samples.kind == "text")
    splits = make_splits(samples, settings.split)
    start_backend()
    from convpipe.run_record import RunRecord
    from convpipe.training.train import Trainer

    trainers = [Trainer(samples, split, settings, log.info) for split in splits]
    hashes = {"data_sha256": samples.sha256, "split_sha256": _hash_of([split.sha256 for split in splits])}
    with RunRecord(settings, folder, hashes) as record, _told_how_to_go_on(folder):
        parts = [_part(trainer, record) for trainer in trainers]
        record.result |= combined(parts)
        record.tracker.metrics(_final_metrics(record.result) | _beside_published(record.result))
        shutil.rmtree(folder / "state", ignore_errors=True)
    _show(record.result, folder)
    return record.result | record.hashes


@contextmanager
def _told_how_to_go_on(folder: Path):
    try:
        yield
    except KeyboardInterrupt:
        if (folder / "state").exists():
            log.info(f"to go on: python scripts/train.py training.resume={folder}")
        raise


def _hash_of(hashes: list[str]) -> str:
    """One hash for all folds; that of the only split where there are none."""
    return hashes[0] if len(hashes) == 1 else hashlib.sha256("".join(hashes).encode()).hexdigest()


def stopped_run(folder: Path) -> Settings:
    """The settings of a run that was stopped.

    Raises:
        ConfigError: there is no such run, or it is finished.
    """
    config, result = folder / "config.yaml", folder / "result.json"
    if not config.exists() or not result.exists():
        missing = next(path.name for path in (config, result) if not path.exists())
        raise ConfigError(f"training.resume={folder} is not the folder of a run: it holds no {missing}")
    try:
        status = json.loads(result.read_text())["status"]
    except (ValueError, KeyError, TypeError):
        raise ConfigError(f"training.resume={folder}: result.json cannot be read; start the run anew") from None
    if status == "finished":
        raise ConfigError(f"training.resume={folder} is finished; there is nothing to go on with")
    return read_settings(config)


def _part(trainer, record) -> dict:
    """Train and evaluate one split; its figures, as they stand in result.json."""
    from convpipe.evaluation.metrics import measure
    from convpipe.evaluation.run_files import write_figures, write_predictions

    split, samples, fold = trainer.split, trainer.samples, _fold_name(trainer.split)
    log.info(split.rule)
    folder = record.folder / fold
    trained = trainer.train(_watchers(record.tracker, fold), record.folder / "state" / fold)
    trained.classifier.save(folder / "classifier")
    judged = samples.take(split.test)
    predictions = trained.classifier.predict(judged.inputs, judged.origins)
    measured = measure(judged.labels, predictions.probabilities)
    write_predictions(folder / "predictions.csv", judged, predictions, samples.class_names)
    write_figures(folder / "figures", samples, judged, predictions, trained.classifier, trained.fitted[0])
    record.tracker.folder(folder / "figures", f"{fold}/figures".lstrip("/"))
    fitted = trained.fitted
    seconds = round(sum(each.seconds for each in fitted), 2)
    return {
        "model_uri": record.tracker.classifier(folder / "classifier", f"classifier_{fold}".rstrip("_")),
        "classifier": str(folder / "classifier"),
        "train": {"n": len(split.train), "seconds": seconds, "epochs": fitted[0].epochs},
        "best_epoch": fitted[0].best_epoch,
        "validation": measured if split.judged == "validation" else trained.validation,
        "test": measured if split.judged == "test" else None,
        "parameters": sum(cost.parameters for cost in trained.costs),
        "multiply_adds": sum(cost.multiply_adds for cost in trained.costs),
        "preprocessing": trained.classifier.preprocessing.facts(),
    }


def _fold_name(split: Split) -> str:
    return "" if split.fold is None else f"fold_{split.fold + 1}"


def _watchers(tracker, fold: str):
    """What watches the trainings of a split: the progress on the terminal, and the tracker."""
    from convpipe.training.progress import progress
    from convpipe.training.watching import EpochTracking

    def watch(title: str, epochs: int, name: str) -> list:
        places = [place for place in (fold, "" if name == "network_0" else name) if place]
        title = ", ".join(part for part in (fold.replace("_", " "), title) if part)
        return [progress(title, epochs), EpochTracking(tracker, "/".join(places))]

    return watch


def combined(parts: list[dict]) -> dict:
    """The figures of a run: those of its one split, or the mean over folds, with their spread and each fold's own."""
    if len(parts) == 1:
        return parts[0]
    mean = parts[0] | {"model_uri": None, "classifier": None, "best_epoch": None}
    for part in ("validation", "test"):
        mean[part] = _over_folds([each[part] for each in parts], np.mean)
    mean["preprocessing"] = {}
    mean["train"] = _over_folds([each["train"] for each in parts], np.mean, lambda counts: round(fmean(counts)))
    spread = {part: _over_folds([each[part] for each in parts], np.std) for part in ("validation", "test")}
    return mean | {"spread": spread, "folds": parts}


def _over_folds(figures: list[dict | None], function, count=sum) -> dict | None:
    """`function` over each figure; the numbers of samples are added up, or what `count` makes of them."""
    if figures[0] is None:
        return None
    values = {key: float(function([each[key] for each in figures])) for key in figures[0] if key != "n"}
    return {"n": count(each["n"] for each in figures)} | values


def _beside_published(result: dict) -> dict[str, float]:
    """Published accuracies, and the test accuracy less each, for data sets that have any."""
    if result["test"] is None:
        return {}
    known = published(result["data"])
    compared = {name: known[name] for name in COMPARED if name in known}
    gaps = {f"gap/{name}": result["test"]["accuracy"] - accuracy for name, accuracy in compared.items()}
    return gaps | {f"published/{name}": accuracy for name, accuracy in compared.items()}


def _final_metrics(result: dict) -> dict[str, float]:
    figures = {key: result[key] for key in ("best_epoch", "parameters", "multiply_adds")}
    for part in ("train", "validation", "test", "preprocessing"):
        figures |= {f"{part}/{key}": value for key, value in (result[part] or {}).items()}
    for part, values in result.get("spread", {}).items():
        figures |= {f"{part}/{key}_spread": value for key, value in (values or {}).items() if key != "n"}
    return figures


def _show(result: dict, folder: Path) -> None:
    from rich.console import Console

    from convpipe.evaluation.report import closing_table

    Console().print(closing_table(result, published(result["data"])))
    here = Path.cwd()
    log.info(f"everything is in {folder.relative_to(here) if folder.is_relative_to(here) else folder}")
    if result["run_id"]:
        log.info("see it beside other runs: python scripts/ui.py")
