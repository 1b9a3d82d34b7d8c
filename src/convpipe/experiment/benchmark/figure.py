"""The figure of a benchmark: accuracy against seconds."""

from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator

from convpipe.evaluation.figures.common import BLUE, FAINT, GRAY, VERMILION
from convpipe.experiment.benchmark.means import short_name


def accuracy_against_seconds(means: list[dict]) -> Figure:
    """A point for each model, with seconds on a logarithmic axis. convpipe and other libraries differ in color.

    Args:
        means: for each model: model, library, seconds, accuracy and sets, the number of datasets.
    """
    figure = Figure(figsize=(7.5, 4.5), layout="constrained")
    axes = figure.subplots()
    seen = {True: 0, False: 0}
    for each in sorted(means, key=lambda each: each["seconds"]):
        own = each["library"] == "convpipe"
        at, color = (each["seconds"], each["accuracy"]), BLUE if own else VERMILION
        axes.plot(*at, "o", color=color, markersize=8)
        # Labels of convpipe below, others above, neighbors left and right in turn, since points may be close together.
        side, seen[own] = ("right", "left")[seen[own] % 2], seen[own] + 1
        drop, end = (-9, "top") if own else (9, "bottom")
        axes.annotate(
            short_name(each), at, (0, drop), textcoords="offset points", ha=side, va=end, color=color, fontsize=9
        )
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_locator(NullLocator())
    axes.margins(x=0.2, y=0.2)
    axes.grid(True, color=FAINT, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=GRAY)
    axes.set(xlabel="seconds to fit and predict, warm", ylabel="accuracy")
    axes.set_title(f"Accuracy and seconds, mean of {means[0]['sets']} datasets", loc="left", fontweight="bold")
    for name, color in (("convpipe", BLUE), ("other libraries", VERMILION)):
        axes.plot([], [], "o", color=color, label=name)
    figure.legend(loc="outside lower right", ncols=2, frameon=False, fontsize=8)
    return figure
