"""The closing table of a run for the terminal; plain text in a pipe."""

from statistics import fmean

from rich.console import Group
from rich.text import Text

from convpipe.registry import METRICS
from convpipe.tables import FittingTable


def closing_table(result: dict, published: dict[str, float]) -> Group:
    """Return the metrics and costs of a run, and its distance from published accuracies.

    Args:
        result: content of result.json; validation and test may be None. After cross-validation they are the means over
            folds, `spread` the standard deviations, and `folds` a list of the metrics of each fold.
        published: test accuracies (0 to 1) by method, in the order to show; may be empty.

    Returns:
        A rich renderable, at most 80 columns wide except for long paths, which wrap.
    """
    parts: list = [_title(result), _metrics(result), *_recordings(result), *_calibration(result), Text(_cost(result))]
    folds = [fold["test"] or fold.get("validation") for fold in result.get("folds") or []]
    if any(folds):
        accuracies = "  ".join(f"{fold['accuracy']:.3f}" for fold in folds if fold)
        parts.append(Text(f"accuracy by fold: {accuracies}"))
    if published and result["test"]:
        parts += [Text(""), _gaps(result["test"]["accuracy"], published)]
    return Group(*parts)


def _title(result: dict) -> Text:
    title = f"{result['data']}, {result['model']}, seed {result['seed']}"
    if result.get("folds"):
        title += f": mean and standard deviation over {len(result['folds'])} folds"
    return Text(title, style="bold")


def _metrics(result: dict) -> FittingTable:
    """Return one row per metric and one column per part."""
    names = [name for name in ("validation", "test") if result.get(name)]
    spreads = result.get("spread") or {}
    # The test part has all metrics; if cross-validation selects the number of epochs, validation has fewer.
    keys = dict.fromkeys(key for name in reversed(names) for key in result[name])
    rows = []
    for key in (key for key in keys if key == "n" or key in METRICS):
        label = "samples" if key == "n" else METRICS[key].label
        rows.append([label, *(_cell(key, result[name], spreads.get(name)) for name in names)])
    return FittingTable(["", *names], rows, bold=["test"])


def _recordings(result: dict) -> list[Text]:
    """Return a line with the accuracy by recording if the samples are windows."""
    measured = result.get("test") or result.get("validation") or {}
    if "recordings" not in measured:
        return []
    text = f"by recording ({measured['recordings']:,}): mean accuracy {measured['accuracy_per_recording']:.3f}"
    if "recording_accuracy" in measured:
        text += f", by mean probability {measured['recording_accuracy']:.3f}"
    return [Text(text)]


def _calibration(result: dict) -> list[Text]:
    """Return lines about the fitted temperature, if any; means over the folds if there are several."""
    calibrations = [each.get("calibration") for each in result.get("folds") or [result]]
    fitted = [each for each in calibrations if each]
    if not fitted:
        return []

    def change(metric: str) -> str:
        before, after = (fmean(each[when][metric] for each in fitted) for when in ("before", "after"))
        return f"{METRICS[metric].label} {before:.3f} to {after:.3f}"

    temperature = fmean(each["temperature"] for each in fitted)
    changes = ", ".join(change(metric) for metric in ("expected_calibration_error", "log_loss"))
    lines = [Text(f"temperature {temperature:.3g}, fitted on the validation part:\n{changes}")]
    if any(each["after"]["log_loss"] > each["before"]["log_loss"] for each in fitted):
        lines.append(Text("log loss rose: fitted to smoothed labels, as the validation part is small"))
    return lines


def _cell(key: str, metrics: dict, spread: dict | None) -> str:
    if key not in metrics:
        return "-"
    if key == "n":
        return f"{metrics[key]:,}"
    return f"{metrics[key]:.3f}" + (f" ± {spread[key]:.3f}" if spread and key in spread else "")


def _cost(result: dict) -> str:
    train = result["train"]
    epochs = "1 epoch" if train["epochs"] == 1 else f"{train['epochs']:g} epochs"
    text = f"trained on {train['n']:,} samples for {epochs} in {train['seconds']:.1f} s"
    text += " per fold" if result.get("folds") else ""
    costs = [(result.get("parameters"), "parameters"), (result.get("multiply_adds"), "multiply-adds per sample")]
    known = [f"{_size(value)} {words}" for value, words in costs if value is not None]
    return text + ("\n" + ", ".join(known) if known else "")


def _size(number: float) -> str:
    """Format a count for reading.

    >>> _size(9814), _size(1_234_567)
    ('9,814', '1.2 million')
    """
    return f"{number:,.0f}" if number < 1e6 else f"{number / 1e6:,.1f} million"


def _gaps(accuracy: float, published: dict[str, float]) -> FittingTable:
    """Return the published accuracies, and the difference of this run in percentage points."""
    rows: list[list[str | Text]] = []
    for method, value in published.items():
        points = 100 * (accuracy - value)
        rows.append([method, f"{value:.3f}", Text(f"{points:+.1f}", style="bold" if points > -0.05 else "")])
    return FittingTable(["published", "accuracy", "difference of this run, points"], rows)
