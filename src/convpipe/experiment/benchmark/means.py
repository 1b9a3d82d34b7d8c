"""Accuracy and seconds of models on several datasets: a table for a terminal of 80 columns, and means."""

from collections.abc import Mapping
from statistics import mean, median

from convpipe.experiment.benchmark.table import text_lines


def warm_seconds(row: dict) -> float:
    """Return the warm seconds: those of the second fit and prediction."""
    return float(row["fit_seconds"]) + float(row["predict_seconds"])


def common_sets(rows: list[dict]) -> list[dict[str, dict]]:
    """Return the rows by model, for each dataset that has rows of all models."""
    measured = [row for row in rows if not row["error"]]
    models = {row["model"] for row in measured}
    by_set: dict[str, dict[str, dict]] = {}
    for row in measured:
        by_set.setdefault(row["set"], {})[row["model"]] = row
    return [by_model for by_model in by_set.values() if len(by_model) == len(models)]


def over_sets(rows: list[dict]) -> list[dict]:
    """Return the means of each model over the datasets that have rows of all models.

    Args:
        rows: of the table.

    Returns:
        For each model: model, library, sets (number of datasets), seconds (warm) and accuracy. Empty if there is no
        such dataset.
    """
    common, found = common_sets(rows), []
    for model, first in common[0].items() if common else ():
        own = [by_model[model] for by_model in common]
        about = {"model": model, "library": first["library"], "sets": len(common)}
        accuracy = mean(float(row["accuracy"]) for row in own)
        found.append(about | {"seconds": mean(map(warm_seconds, own)), "accuracy": accuracy})
    return found


def lines(rows: list[dict], counterparts: Mapping[str, str]) -> list[str]:
    """The rows as a table, then the means of each model and the ratio of its seconds to those of its counterpart.

    Args:
        rows: of the table.
        counterparts: model -> the model that it is compared with.
    """
    heads, body = ["set", "model", "fit s", "predict s", "cold s", "accuracy"], []
    for row in (row for row in rows if not row["error"]):
        cold = float(row["cold_fit_seconds"]) + float(row["cold_predict_seconds"])
        seconds = [float(row["fit_seconds"]), float(row["predict_seconds"]), cold]
        spread = f" ± {float(row['accuracy_spread']):.3f}" if row["accuracy_spread"] else ""
        accuracy = f"{float(row['accuracy']):.3f}{spread}"
        body.append([row["set"][:16], short_name(row), *map(digits, seconds), accuracy])
    common, summary = common_sets(rows), []
    for each in over_sets(rows):
        ratio = _ratio(common, each["model"], counterparts.get(each["model"], ""))
        summary.append([short_name(each), digits(each["seconds"]), ratio, f"{each['accuracy']:.3f}"])
    if not summary:
        return text_lines([(heads, body, 2)])
    sets = "1 set" if len(common) == 1 else f"{len(common)} sets"
    about = [f"mean of {sets}", "fit + predict s", "ratio to peer", "accuracy"]
    return text_lines([(heads, body, 2), ([], [], 0), (about, summary, 1)])


def _ratio(common: list[dict[str, dict]], model: str, peer: str) -> str:
    """The ratio of a model's seconds to its peer's: median, lowest and highest over datasets; empty without a peer."""
    ratios = [warm_seconds(each[model]) / warm_seconds(each[peer]) for each in common if peer in each]
    return f"{median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})" if ratios else ""


def digits(seconds: float) -> str:
    """Return seconds with three significant digits, without an exponent.

    >>> [digits(seconds) for seconds in (0.01234, 1.2345, 123.45, 12345.6)]
    ['0.0123', '1.23', '123', '12346']
    """
    return f"{seconds:.0f}" if seconds >= 100 else f"{seconds:.3g}"


def short_name(row: dict) -> str:
    """Return a short name of a model for tables.

    >>> short_name({"model": "HydraClassifier", "library": "aeon"})
    'aeon Hydra'
    """
    if row["library"] == "convpipe":
        return row["model"]
    return f"{row['library']} {row['model'].removesuffix('Classifier')}"
