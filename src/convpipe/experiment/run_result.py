"""The results of a run: of a split, over folds, as metrics and as a description for MLflow."""

import csv
from pathlib import Path
from statistics import fmean

import numpy as np

from convpipe.data.published import published

#: Keys of counts: samples, and the recordings that they were cut from.
COUNTS = ("n", "recordings")


def split_results(trained, split, measured: dict, folder: Path) -> dict:
    """Return the results of one split, as in result.json."""
    fitted = trained.fitted
    seconds = round(sum(each.seconds for each in fitted), 2)
    return {
        "model_uri": None,
        "classifier": str(folder / "classifier"),
        "train": {"n": len(split.train), "seconds": seconds, "epochs": fitted[0].epochs},
        "best_epoch": fitted[0].best_epoch,
        "validation": measured if split.evaluated_on == "validation" else trained.validation,
        "test": measured if split.evaluated_on == "test" else None,
        "calibration": trained.calibration,
        "parameters": sum(cost.parameters for cost in trained.costs),
        "multiply_adds": sum(cost.multiply_adds for cost in trained.costs),
        "preprocessing": trained.classifier.preprocessing.statistics(),
    }


def combined(folds: list[dict]) -> dict:
    """Return the results of a run: those of its only split, or means and spreads over the folds, and each fold's."""
    if len(folds) == 1:
        return folds[0]
    mean = folds[0] | {"model_uri": None, "classifier": None, "best_epoch": None, "calibration": None}
    for part in ("validation", "test"):
        mean[part] = _over_folds([each[part] for each in folds], np.mean)
    mean["preprocessing"] = {}
    mean["train"] = _over_folds([each["train"] for each in folds], np.mean, lambda counts: round(fmean(counts)))
    spread = {part: _over_folds([each[part] for each in folds], np.std) for part in ("validation", "test")}
    return mean | {"spread": spread, "folds": folds}


def _over_folds(results: list[dict | None], function, count=sum) -> dict | None:
    """Apply `function` to each value that all folds have, and `count` to the numbers of samples."""
    known = [each for each in results if each is not None]
    if not known:
        return None
    common = [key for key in known[0] if all(key in each for each in known)]
    counts = {key: count(each[key] for each in known) for key in common if key in COUNTS}
    return counts | {key: float(function([each[key] for each in known])) for key in common if key not in COUNTS}


def write_published(result: dict, path: Path) -> None:
    """Write published accuracies of the dataset, if any, and how far the test accuracy is above each."""
    known = published(result["data"])
    if not known or result["test"] is None:
        return
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["method", "accuracy", "difference"])
        for method, accuracy in known.items():
            table.writerow([method, f"{accuracy:.6g}", f"{result['test']['accuracy'] - accuracy:.6g}"])


def final_metrics(result: dict) -> dict[str, float]:
    """Return the metrics of a whole run for MLflow. Their names have no slash, so their charts follow the curves."""
    numbers = {"parameters": result["parameters"], "train_seconds": result["train"]["seconds"]}
    numbers["train_epochs"] = result["train"]["epochs"]
    for part in ("validation", "test"):
        numbers |= {f"{part}_{name}": value for name, value in (result[part] or {}).items() if name not in COUNTS}
    for part, values in result.get("spread", {}).items():
        spread = {f"{part}_{name}_spread": value for name, value in (values or {}).items() if name not in COUNTS}
        numbers |= spread
    return numbers


def description(result: dict, folder: Path) -> str:
    """Return the description of a run for its page in MLflow (Markdown): scores, command, costs, folder."""
    scores = [f"{part} accuracy **{result[part]['accuracy']:.3f}**" for part in ("test", "validation") if result[part]]
    train = result["train"]
    costs = f"{result['parameters']:,} parameters, {result['multiply_adds']:,} multiply-adds per sample"
    time = f"{train['n']:,} samples, {train['epochs']:g} epochs, {train['seconds']:.1f} s"
    folds = f", mean of {len(result['folds'])} folds" if result.get("folds") else ""
    lines = [
        f"{', '.join(scores)}{folds}",
        f"    {result['provenance']['command']}",
        f"- model: {costs}",
        f"- training: {time}{' per fold' if folds else ''}",
        f"- folder: `{folder}`",
        "- figures: `figures` under Artifacts; all predictions: `predictions.csv`",
    ]
    return "\n\n".join(lines[:2]) + "\n\n" + "\n".join(lines[2:]) + "\n"
