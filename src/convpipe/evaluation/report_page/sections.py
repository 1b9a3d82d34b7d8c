"""The sections of a report as HTML; every text from a run is escaped."""

import base64
import io
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

import numpy as np

from convpipe.data.published import published
from convpipe.evaluation.bootstrap import Interval, intervals, units_of
from convpipe.evaluation.breakdown import per_class
from convpipe.evaluation.report_page.run_facts import RunFacts
from convpipe.evaluation.resampled import of_resamples
from convpipe.metrics import checked
from convpipe.registry import METRICS

#: Bootstrap resamples: fewer for a large part, since resamples x samples x classes is bounded by MOST_VALUES.
RESAMPLES, LEAST_RESAMPLES, MOST_VALUES = 200, 100, 1_000_000
#: Maximum number of classes or layers in a table.
MOST_ROWS = 60
#: Maximum width of a figure in pixels.
MOST_WIDTH = 1400


def table(heads: Sequence[str], rows: Iterable[Sequence[object]], numbers: int | None = None) -> str:
    """Return a table whose first column is the row header.

    Args:
        heads: column headers.
        rows: of cells, as plain text or `Markup`.
        numbers: index of the first column with numbers; by default 1.
    """
    first = 1 if numbers is None else numbers

    def cell(text: object, number: int, kind: str = "td") -> str:
        shown = text.html if isinstance(text, Markup) else escape(str(text))
        scope = ' scope="row"' if kind == "th" else ""
        return f"<{kind}{scope}{' class=number' if number >= first else ''}>{shown}</{kind}>"

    head = "".join(
        f'<th scope="col"{" class=number" if place >= first else ""}>{escape(name)}</th>'
        for place, name in enumerate(heads)
    )
    body = "".join(
        "<tr>" + "".join(cell(text, place, "td" if place else "th") for place, text in enumerate(row)) + "</tr>"
        for row in rows
    )
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


class Markup:
    """Text that is already HTML."""

    def __init__(self, html: str):
        self.html = html


def section(title: str, *parts: str) -> str:
    """Return a section with its heading; empty if all parts are empty."""
    inside = "".join(part for part in parts if part)
    return f"<section><h2>{escape(title)}</h2>{inside}</section>" if inside else ""


def picture(file: Path, about: str, caption: str = "") -> str:
    """Return an image embedded in the page, no wider than `MOST_WIDTH`."""
    from PIL import Image

    with Image.open(file) as opened:
        image = opened.convert("RGB")
        if image.width > MOST_WIDTH:
            image = image.resize((MOST_WIDTH, round(image.height * MOST_WIDTH / image.width)))
        packed = io.BytesIO()
        image.save(packed, "WEBP", quality=82, method=0)
    data = base64.b64encode(packed.getvalue()).decode()
    size = f'width="{image.width}" height="{image.height}"'
    shown = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return f'<figure>{shown}<img src="data:image/webp;base64,{data}" alt="{escape(about)}" {size}></figure>'


def figure(facts: RunFacts, name: str, about: str, caption: str = "") -> str:
    """Return a figure of the run by its name; empty if there is none."""
    file = facts.figures.get(name)
    return picture(file, f"{about}: {facts.title}", caption) if file is not None and file.suffix == ".png" else ""


def scores(facts: RunFacts) -> str:
    """Return the metrics of the validation and test parts, with bootstrap intervals for the test part."""
    result, names = facts.result, [name for name in ("validation", "test") if facts.result.get(name)]
    if not names:
        return ""
    found, note = score_intervals(facts) if "test" in names else ({}, "")
    spread = result.get("spread") or {}
    keys = dict.fromkeys(key for name in reversed(names) for key in result[name] if key in METRICS)
    rows = [["samples", *(f"{result[name]['n']:,}" for name in names), *([""] if found else [])]]
    for key in keys:
        cells = [_with_spread(result[name].get(key), (spread.get(name) or {}).get(key)) for name in names]
        rows.append([METRICS[key].label, *cells, *([_bounds(found.get(key))] if found else [])])
    heads = ["metric", *names, *(["test, 95% interval"] if found else [])]
    folds = [each["test"] or each.get("validation") for each in result.get("folds") or []]
    accuracies = ", ".join(f"{fold['accuracy']:.3f}" for fold in folds if fold)
    by_fold = f"<p>Accuracy by fold: {accuracies}.</p>" if accuracies else ""
    return section("Metrics", table(heads, rows), by_fold, f"<p class=faint>{escape(note)}</p>" if note else "")


def score_intervals(facts: RunFacts) -> tuple[dict[str, Interval], str]:
    """Return the bootstrap intervals of the metrics of the test part, and a note on the method."""
    table = facts.predictions
    if table is None or len(table) < 2:
        return {}, ""
    units = units_of(len(table), table.groups, table.recordings)
    size = len(table) * len(table.class_names)
    resamples = int(np.clip(MOST_VALUES // size, LEAST_RESAMPLES, RESAMPLES))
    names = facts.settings.evaluation.metrics
    bounds = intervals(of_resamples(*checked(table.labels, table.probabilities), names), units, resamples)
    few = f" With so few {units.name}, the intervals are unreliable." if units.count < 10 else ""
    note = f"Intervals: bootstrap of {units}, {resamples} resamples, percentiles."
    note += f" The command evaluate draws 1,000 resamples.{few}"
    return bounds, note


def _with_spread(value: float | None, spread: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" + ("" if spread is None else f" ± {spread:.3f}")


def _bounds(interval: Interval | None) -> str:
    return "" if interval is None or np.isnan(interval.low) else f"{interval.low:.3f} to {interval.high:.3f}"


def data(facts: RunFacts) -> str:
    """Return the notes on the data, and the rule of the split."""
    notes = "".join(f"<li>{escape(line)}</li>" for line in facts.result.get("data_notes") or [])
    rule = facts.result.get("split_rule")
    return section("Data", f"<ul>{notes}</ul>" if notes else "", f"<p>{escape(rule)}</p>" if rule else "")


def settings(facts: RunFacts) -> str:
    """Return the settings that differ from their defaults."""
    rows = [[Markup(f"<code>{escape(key)}</code>"), value, default] for key, value, default in facts.changed_settings]
    note = (
        "<p class=faint>The settings that differ from their defaults, except those of the dataset. "
        "<code>config.yaml</code> lists all settings.</p>"
    )
    return section("Settings", table(["setting", "value", "default"], rows, 3) if rows else "", note)


def curves(facts: RunFacts) -> str:
    """Return the learning curves."""
    return section("Training", figure(facts, "learning_curves", "Loss and accuracy by epoch"))


def classes(facts: RunFacts) -> str:
    """Return precision, recall and F1 of each class, and the confusion matrix."""
    predictions, shown = facts.predictions, ""
    if predictions is not None:
        predicted = predictions.probabilities.argmax(axis=1)
        rows = per_class(predictions.labels, predicted, predictions.class_names)
        worst = sorted(rows, key=lambda row: row["f1"] if row["f1"] == row["f1"] else 2)[:MOST_ROWS]
        listed = rows if len(rows) <= MOST_ROWS else worst
        cells = [
            [row["class"], *(_number(row[key]) for key in ("precision", "recall", "f1")), f"{row['support']:,}"]
            for row in listed
        ]
        shown = table(["class", "precision", "recall", "F1", "samples"], cells)
        if len(rows) > MOST_ROWS:
            shown += f"<p class=faint>The {MOST_ROWS} of {len(rows)} classes with the lowest F1.</p>"
    return section("Classes", shown, figure(facts, "confusion_matrix", "Confusion matrix"))


def _number(value: float) -> str:
    return f"{value:.3f}" if value == value else "-"


def calibration(facts: RunFacts) -> str:
    """Return the reliability diagram, and the fitted temperature if any."""
    fitted = facts.result.get("calibration")
    line = ""
    if fitted:
        change = ", ".join(
            f"{METRICS[name].label} {fitted['before'][name]:.3f} to {fitted['after'][name]:.3f}"
            for name in ("expected_calibration_error", "log_loss")
        )
        line = f"<p>Temperature {fitted['temperature']:.3g}, fitted on the validation part: {escape(change)}.</p>"
    return section("Calibration", line, figure(facts, "reliability", "Accuracy by confidence"))


def samples(facts: RunFacts) -> str:
    """Return the explained samples, the worst mistakes, and the kernels of the first convolution."""
    parts = []
    for name, file in facts.figures.items():
        if name.startswith("explained_"):
            what = f"Explanation of a {'correct' if 'right' in name else 'wrong'} prediction"
            if file.suffix == ".png":
                parts.append(figure(facts, name, what, what))
            else:
                parts.append(f'<div class="card"><p class=faint>{what}</p>{_fragment(file)}</div>')
    parts.append(figure(facts, "worst_mistakes", "Wrong predictions with the highest confidence"))
    parts.append(figure(facts, "first_kernels", "Kernels of the first convolution"))
    return section("Samples", *parts)


def _fragment(file: Path) -> str:
    """Read an HTML fragment that this package wrote, with every text escaped."""
    return file.read_text(encoding="utf-8")


def others(facts: RunFacts) -> str:
    """Return published accuracies on the dataset."""
    known, test = published(facts.result["data"]), facts.result.get("test")
    if not known or not test:
        return ""
    rows = [[method, f"{value:.3f}", f"{100 * (test['accuracy'] - value):+.1f}"] for method, value in known.items()]
    return section("Published accuracies", table(["method", "accuracy", "difference of this run, points"], rows))


def costs(facts: RunFacts) -> str:
    """Return the cost of each layer."""
    rows = [row for row in facts.layers if int(row["parameters"]) or int(row["multiply_adds"])]
    if not rows:
        return ""
    cells = [
        [
            row["layer"],
            row["kind"],
            row["output"],
            *(f"{int(row[key]):,}" for key in ("parameters", "multiply_adds")),
            row["receptive_field"],
        ]
        for row in rows[:MOST_ROWS]
    ]
    heads = ["layer", "type", "output", "parameters", "multiply-adds", "receptive field"]
    more = (
        f"<p class=faint>The first {MOST_ROWS} of {len(rows)} layers with parameters or multiply-adds.</p>"
        if len(rows) > MOST_ROWS
        else ""
    )
    total = (
        f"<p>{facts.result['parameters']:,} parameters, {facts.result['multiply_adds']:,} multiply-adds per sample.</p>"
    )
    return section("Cost", total, table(heads, cells, 3), more)


def origin(facts: RunFacts) -> str:
    """Return command, commit, versions and durations."""
    about, result = facts.result.get("provenance") or {}, facts.result
    command = f"<pre>{escape(about['command'])}</pre>" if "command" in about else ""
    rows = [
        [
            "git commit",
            about.get("git_commit", "")[:12]
            + (", with uncommitted changes" if about.get("git_dirty") == "True" else ""),
        ]
    ]
    rows += [[name.removeprefix("version_"), value] for name, value in about.items() if name.startswith("version_")]
    rows += [["cores", str(result.get("cores", ""))], ["data, SHA-256", result.get("data_sha256", "")]]
    rows += [["run_id in MLflow", result["run_id"]]] if result.get("run_id") else []
    times = [[name, f"{value:.2f}"] for name, value in (result.get("seconds") or {}).items()]
    seconds = table(["phase", "seconds"], times) if times else ""
    return section("Reproduce", command, table(["property", "value"], rows, 2), seconds)
