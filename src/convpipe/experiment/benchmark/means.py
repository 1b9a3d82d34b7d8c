"""Accuracy and seconds of models on several datasets: a table for a terminal of 80 columns, and the means."""

from collections.abc import Mapping
from statistics import mean, median

from convpipe.experiment.benchmark.table import text_lines


def warm_seconds(row: dict) -> float:
    """Seconds of fitting and predicting, the second time."""
    return float(row["fit_seconds"]) + float(row["predict_seconds"])


def common_sets(rows: list[dict]) -> list[dict[str, dict]]:
    """Of every set that all models have, its rows by model."""
    measured = [row for row in rows if not row["error"]]
    models = {row["model"] for row in measured}
    by_set: dict[str, dict[str, dict]] = {}
    for row in measured:
        by_set.setdefault(row["set"], {})[row["model"]] = row
    return [held for held in by_set.values() if len(held) == len(models)]


def over_sets(rows: list[dict]) -> list[dict]:
    """Means of each model over the sets that all models have.

    Args:
        rows: of the table.

    Returns:
        model, library, sets (their number), seconds (warm) and accuracy, a model each; empty without such a set.
    """
    common, found = common_sets(rows), []
    for model, first in common[0].items() if common else ():
        own = [held[model] for held in common]
        about = {"model": model, "library": first["library"], "sets": len(common)}
        accuracy = mean(float(row["accuracy"]) for row in own)
        found.append(about | {"seconds": mean(map(warm_seconds, own)), "accuracy": accuracy})
    return found


def lines(rows: list[dict], counterparts: Mapping[str, str]) -> list[str]:
    """A line for each row; then for each model the means, and how its seconds stand to those of its counterpart.

    Args:
        rows: of the table.
        counterparts: model -> the one that it is compared with.
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
    about = [f"mean of {sets}", "fit + predict s", "of its peer's", "accuracy"]
    return text_lines([(heads, body, 2), ([], [], 0), (about, summary, 1)])


def _ratio(common: list[dict[str, dict]], model: str, peer: str) -> str:
    """The seconds of a model by those of its peer: median over sets, lowest and highest; empty without the peer."""
    ratios = [warm_seconds(held[model]) / warm_seconds(held[peer]) for held in common if peer in held]
    return f"{median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})" if ratios else ""


def digits(seconds: float) -> str:
    """Three digits that count, without an exponent.

    >>> [digits(seconds) for seconds in (0.01234, 1.2345, 123.45, 12345.6)]
    ['0.0123', '1.23', '123', '12346']
    """
    return f"{seconds:.0f}" if seconds >= 100 else f"{seconds:.3g}"


def short_name(row: dict) -> str:
    """The name of a model, as short as a table needs it.

    >>> short_name({"model": "HydraClassifier", "library": "aeon"})
    'aeon Hydra'
    """
    if row["library"] == "convpipe":
        return row["model"]
    return f"{row['library']} {row['model'].removesuffix('Classifier')}"
