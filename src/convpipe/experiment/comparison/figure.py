"""The figure of a comparison: accuracy of each seed, and the costs of each network."""

import textwrap

from matplotlib.figure import Figure

from convpipe.evaluation.figures.common import BLUE, FAINT, GRAY, SKY, VERMILION
from convpipe.experiment.comparison.statistics import Row
from convpipe.experiment.sweep.table import with_spread

#: Title of a panel, key of the measurement, factor to the unit of the title.
COSTS = (
    ("Parameters", "parameters", 1),
    ("Multiply-adds", "multiply_adds", 1),
    ("Milliseconds per step", "seconds_a_step", 1000),
    ("Peak memory in MB", "peak_memory_mb", 1),
)


def comparison_figure(rows: list[Row], title: str) -> Figure:
    """A row for each network: a dot per seed and a line at the mean for the accuracy, then a bar for each cost.

    Args:
        rows: of the comparison.
        title: of the figure.
    """
    figure = Figure(
        figsize=(15 if any(row.shuffled for row in rows) else 13, 1.5 + 0.62 * len(rows)), layout="constrained"
    )
    shuffled = any(row.shuffled for row in rows)
    widths = [2.2, *([2.2] if shuffled else []), *[1] * len(COSTS)]
    first, *others = panels = figure.subplots(1, len(widths), sharey=True, width_ratios=widths)
    _accuracies(first, rows)
    if shuffled:
        _shuffled(others.pop(0), rows)
    for axes, (name, key, factor) in zip(others, COSTS, strict=True):
        _bars(axes, rows, name, [row.measured[key] * factor if key in row.measured else None for row in rows])
    first.set_yticks(range(len(rows)), [textwrap.fill(row.name, 22) for row in rows])
    first.set_ylim(len(rows) - 0.5, -0.5)
    for axes in panels:
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.tick_params(axis="y", length=0)
        axes.tick_params(axis="x", labelsize=8, colors=GRAY)
    figure.suptitle(title, x=0.01, ha="left", fontweight="bold")
    note = "peak memory is that of the whole training process"
    if any(row.variant.equivalent_to for row in rows):
        note = f"pale: not trained; it has the weights of the equivalent network; {note}"
    figure.supxlabel(note, fontsize=8, color=GRAY)
    return figure


def _accuracies(axes, rows: list[Row]) -> None:
    parts = sorted({row.part for row in rows if row.accuracies})
    axes.set_title(f"Accuracy ({' and '.join(parts)})" if parts else "Accuracy", loc="left", fontsize=10)
    axes.grid(True, axis="x", color=FAINT, linewidth=0.6)
    axes.set_axisbelow(True)
    across = axes.get_yaxis_transform()
    for place, row in enumerate(rows):
        if row.accuracy is None:
            axes.text(0.02, place, "no run finished", transform=across, va="center", color=VERMILION)
            continue
        color = SKY if row.variant.equivalent_to else BLUE
        values = list(row.accuracies.values())
        axes.plot(values, [place] * len(values), "o", color=color, markersize=6, alpha=0.6, markeredgewidth=0)
        axes.plot([row.accuracy] * 2, [place - 0.28, place + 0.28], color=color, linewidth=2.5)
        label = with_spread(row.accuracy, row.spread, ".3f")
        axes.annotate(label, (row.accuracy, place - 0.3), ha="center", va="bottom", fontsize=8, color=GRAY)
    axes.margins(x=0.15)
    axes.set_xlabel("accuracy", fontsize=8)


def _shuffled(axes, rows: list[Row]) -> None:
    """A ring for each shuffled axis, and a line at the unshuffled accuracy."""
    axes.set_title("Accuracy, one axis shuffled", loc="left", fontsize=10)
    axes.grid(True, axis="x", color=FAINT, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.set_xlim(-0.05, 1.05)
    axes.set_xlabel("accuracy", fontsize=8)
    for place, row in enumerate(rows):
        if not row.shuffled:
            continue
        color = SKY if row.variant.equivalent_to else BLUE
        axes.plot([row.shuffled["accuracy"]] * 2, [place - 0.28, place + 0.28], color=color, linewidth=2.5)
        ordered = sorted(row.shuffled["axes"], key=lambda each: each["accuracy"])
        for number, each in enumerate(ordered):  # names above and below in turn, since rings may be close
            axes.plot(each["accuracy"], place, "o", color=color, markersize=6, markerfacecolor="white")
            offset, side = ((0, 6), "bottom") if number % 2 == 0 else ((0, -6), "top")
            end = (each["accuracy"], place)
            axes.annotate(
                each["axis"],
                end,
                xytext=offset,
                textcoords="offset points",
                ha="center",
                va=side,
                fontsize=8,
                color=GRAY,
            )


def _bars(axes, rows: list[Row], title: str, values: list[float | None]) -> None:
    axes.set_title(title, loc="left", fontsize=10)
    colors = [SKY if row.variant.equivalent_to else BLUE for row in rows]
    axes.barh(range(len(rows)), [value or 0 for value in values], height=0.55, color=colors)
    for place, value in enumerate(values):
        label, end = "not measured" if value is None else _short(value), (value or 0, place)
        axes.annotate(label, end, xytext=(3, 0), textcoords="offset points", va="center", fontsize=8)
    axes.set_xlim(0, 1.45 * max([value for value in values if value], default=1))
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)


def _short(value: float) -> str:
    """A number with three significant digits and a suffix such as k for thousands.

    >>> [_short(value) for value in (0.1234, 12.34, 1234, 25_800_000, 999_999, 999.7)]
    ['0.123', '12.3', '1.23k', '25.8M', '1M', '1k']
    """
    for limit, size, unit in ((999.5e6, 1e9, "G"), (999.5e3, 1e6, "M"), (999.5, 1e3, "k")):
        if value >= limit:
            return f"{value / size:.3g}{unit}"
    return f"{value:.3g}"
