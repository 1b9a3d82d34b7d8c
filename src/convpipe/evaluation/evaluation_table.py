"""Tables of an evaluation for the terminal, at most 80 columns wide; plain text in a pipe."""

import math
from collections.abc import Sequence

from rich.console import Group
from rich.text import Text

from convpipe.evaluation.bootstrap import LEVEL, Interval
from convpipe.evaluation.evaluate import Evaluation, label_of
from convpipe.evaluation.figures.mistakes import short, tail
from convpipe.evaluation.paired import Comparison
from convpipe.tables import FittingTable

#: Maximum rows of each table; of more, the worst are shown.
MOST = {"class": 30, "group": 10, "recording": 10}
#: With fewer units than this, bootstrap percentile intervals are unreliable and usually too narrow.
FEW = 10
INTERVAL = f"{100 * LEVEL:.0f}% interval"
NOT_DEFINED = "n/a"


def evaluation_table(evaluation: Evaluation) -> Group:
    """Return the tables of one classifier."""
    answers = evaluation.answers
    parts: list = [
        Text(f"{answers.classifier}\n{answers.data}", style="bold"),
        _metrics(evaluation),
        _intervals(evaluation),
    ]
    parts += _rows("class", evaluation.classes, "f1", "per_class.csv")
    parts += _rows("group", evaluation.groups, "accuracy", "per_group.csv")
    parts += _rows("recording", evaluation.recordings, "accuracy", "per_recording.csv")
    return Group(*parts)


def comparison_table(evaluations: Sequence[Evaluation], comparisons: Sequence[Comparison]) -> Group:
    """Return the metrics of several classifiers side by side, and the comparison of each with the first."""
    first = evaluations[0]
    names = "\n".join(f"{number}: {each.answers.classifier}" for number, each in enumerate(evaluations, 1))
    title = Text(f"{first.answers.data}, {len(first.answers):,} samples", style="bold")
    wide, rows = len(evaluations) < 3, []
    for name in first.metrics:
        cells = [_value(each.metrics[name]) + (_bounds(each.intervals[name]) if wide else "") for each in evaluations]
        rows.append([label_of(name), *cells])
    table = FittingTable(["", *(str(number) for number in range(1, len(evaluations) + 1))], rows)
    return Group(title, Text(names), table, _intervals(first), *_pairs(comparisons))


def _pairs(comparisons: Sequence[Comparison]) -> list:
    heads = ("", "accuracy\nminus 1's", INTERVAL, "only 1\ncorrect", "only this\ncorrect", "McNemar\np value")
    rows = []
    for number, each in enumerate(comparisons, 2):
        bounds = f"{each.interval.low:+.3f} to {each.interval.high:+.3f}"
        counts = f"{each.only_first:,}", f"{each.only_other:,}"
        rows.append([str(number), f"{each.difference:+.3f}", bounds, *counts, f"{each.p_value:.2g}"])
    return [FittingTable(heads, rows), Text("McNemar's exact test assumes independent samples.")]


def _metrics(evaluation: Evaluation) -> FittingTable:
    rows = [["samples", f"{len(evaluation.answers):,}", ""]]
    for name, value in evaluation.metrics.items():
        rows.append([label_of(name), _value(value), _bounds(evaluation.intervals[name]).strip(" ()")])
    return FittingTable(["", "value", INTERVAL], rows)


def _intervals(evaluation: Evaluation) -> Text:
    """Describe the intervals, with their limits."""
    units = evaluation.answers.units
    line = f"Intervals: bootstrap of {units}, {evaluation.resamples:,} resamples, percentiles."
    line += (
        f"\nWith so few {units.name}, the intervals are unreliable, usually too narrow." if units.count < FEW else ""
    )
    if evaluation.answers.right.all():
        # The upper bound of Clopper and Pearson (1934) for no errors among `count` units.
        most = 1 - ((1 - LEVEL) / 2) ** (1 / units.count)
        line += f"\nNo mistakes, so the intervals have no width; up to {most:.1%} errors are possible."
    for name, each in evaluation.intervals.items():
        if 0 < each.undefined < evaluation.resamples:
            line += f"\n{label_of(name)} is undefined in {each.undefined:,} resamples, which are left out."
    return Text(line)


def _rows(what: str, rows: Sequence[dict], by: str, file: str) -> list:
    """Return a table with one row per class, group or recording; of many, the worst ones."""
    if not rows:
        return []
    most, keys = MOST[what], [key for key in rows[0] if key != what]
    words = [key.replace("_", " ") for key in keys if isinstance(rows[0][key], str)]
    shown = sorted(rows, key=lambda row: (math.isnan(row[by]), row[by]))[:most] if len(rows) > most else rows
    cells = [[tail(str(row[what]), 70), *(_cell(row[key]) for key in keys)] for row in shown]
    table = FittingTable([what, *(key.replace("_", " ") for key in keys)], cells, words)
    left_out = Text(f"The {most} with the lowest {by} of {len(rows):,}; all are in {file}.")
    return [Text(""), table, *([left_out] if len(rows) > most else [])]


def _cell(value) -> str:
    return f"{value:,}" if isinstance(value, int) else _value(value) if isinstance(value, float) else short(value, 16)


def _value(value: float) -> str:
    return f"{value:.3f}" if math.isfinite(value) else NOT_DEFINED


def _bounds(interval: Interval) -> str:
    return f" ({interval.low:.3f} to {interval.high:.3f})" if math.isfinite(interval.low) else ""
