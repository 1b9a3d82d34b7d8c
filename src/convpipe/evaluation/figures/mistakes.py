"""Which mistakes are shown, and the words and frames that every picture of them shares."""

import numpy as np
from matplotlib.figure import Figure

from convpipe.evaluation.figures.common import GREEN
from convpipe.evaluation.figures.context import FigureContext
from convpipe.evaluation.figures.words import GREY, title


class Mistakes:
    """The wrong predictions that a classifier was surest of.

    Args:
        labels: (n,) int, the true classes.
        probabilities: (n, classes) float.
        class_names: the classes in the order of their indices.
        most: how many are shown at the most.

    Iterating gives the indices of those that are shown, the surest first.

    >>> mistakes = Mistakes([0, 0, 1], [[0.9, 0.1], [0.4, 0.6], [0.8, 0.2]], ("cat", "dog"), most=9)
    >>> list(mistakes), mistakes.title(2)
    ([2, 1], 'dog → cat  (80 %)')
    """

    def __init__(self, labels, probabilities, class_names, most: int):
        self.labels, probabilities = np.asarray(labels), np.asarray(probabilities)
        self.predicted, self.confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
        self.class_names, self.most = class_names, most
        wrong = np.flatnonzero(self.predicted != self.labels)
        self.wrong = wrong[np.argsort(-self.confidence[wrong], kind="stable")].tolist()

    def __len__(self) -> int:
        return min(len(self.wrong), self.most)

    def __iter__(self):
        return iter(self.wrong[: self.most])

    def title(self, index: int, limit: int = 20) -> str:
        """What was taken for what, and how surely; names of at most `limit` characters."""
        true, predicted = (short(self.class_names[each[index]], limit) for each in (self.labels, self.predicted))
        return f"{true} → {predicted}  ({percent(self.confidence[index])})"

    def caption(self, axes, index: int, sample_id: str, height: float) -> None:
        """The title above a signal, and below that, at a height in those of the axes, where the sample came from."""
        axes.set_title(self.title(index), loc="left", fontsize=9, fontweight="bold", pad=14)
        place = {"transform": axes.transAxes, "fontsize": 6.5, "color": GREY, "va": "bottom"}
        axes.text(0, height, short(sample_id, 52), **place)

    def head(self, figure: Figure, context: FigureContext, note: str = "") -> None:
        """Say above the figure how many mistakes there are, and how many of them are shown."""
        found = "The only mistake" if len(self.wrong) == 1 else f"{len(self.wrong)} mistakes"
        shown = f", the {self.most} surest of them" if len(self.wrong) > self.most else ""
        line = f"{found} in {len(self.labels)} samples{shown}: true → predicted (probability)"
        title(figure, line, context, note)

    def none(self, context: FigureContext) -> Figure:
        """What is drawn where nothing is wrong."""
        figure = Figure(figsize=(5, 2))
        figure.text(0.5, 0.58, "No mistakes", ha="center", va="center", fontsize=20, fontweight="bold", color=GREEN)
        right = f"all {len(self.labels)} samples right"
        figure.text(0.5, 0.3, right, ha="center", va="center", fontsize=11, color=GREY)
        title(figure, "Worst mistakes", context)
        return figure


def percent(probability: float) -> str:
    """A percentage that never rounds a doubt away.

    >>> percent(0.9999), percent(0.424), percent(0.0)
    ('99.9 %', '42 %', '0.1 %')
    """
    if 0.01 <= probability <= 0.99:
        return f"{100 * probability:.0f} %"
    return f"{min(max(100 * probability, 0.1), 99.9):.1f} %"


def short(text: str, limit: int = 20) -> str:
    """The beginning of a text."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def tail(sample_id: str, limit: int = 34) -> str:
    """The end of a path, which tells more than its beginning."""
    return sample_id if len(sample_id) <= limit else "…" + sample_id[1 - limit :]
