"""Select the mistakes to show, and write the titles and captions of their figures."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from convpipe.data.dataset import Subset
from convpipe.evaluation.figures.common import GREEN
from convpipe.evaluation.figures.context import FigureContext
from convpipe.evaluation.figures.words import GRAY, LINE, short, tail, title, wrapped

#: Explains the titles of the panels.
TRUE_TO_PREDICTED = "each panel: true class → predicted class (its probability), and the sample id"


class Mistakes:
    """The wrong predictions with the highest confidence, at most one per recording.

    Args:
        subset: the samples, with their recordings if they are windows.
        probabilities: (n, classes) float.
        class_names: the classes in the order of their indices.
        most: maximum number to show.

    Iterating yields the indices of the mistakes to show, highest confidence first.

    >>> three = Subset(["a", "b", "c"], np.array([0, 0, 1]), ["row 1", "row 2", "row 3"])
    >>> mistakes = Mistakes(three, [[0.9, 0.1], [0.4, 0.6], [0.8, 0.2]], ("cat", "dog"), most=9)
    >>> list(mistakes), mistakes.title(2), mistakes.place(2)
    ([2, 1], 'dog → cat (80%)', 'row 3')
    """

    def __init__(self, subset: Subset, probabilities, class_names, most: int):
        self.subset, self.class_names, probabilities = subset, class_names, np.asarray(probabilities)
        self.predicted, self.confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
        wrong = np.flatnonzero(self.predicted != subset.labels)
        self.wrong = wrong[np.argsort(-self.confidence[wrong], kind="stable")].tolist()
        recordings = subset.recordings
        self._in_recording = Counter() if recordings is None else Counter(str(recordings[i]) for i in self.wrong)
        keys = self.wrong if recordings is None else [str(recordings[i]) for i in self.wrong]
        best = {key: i for key, i in zip(reversed(keys), reversed(self.wrong), strict=True)}
        self._distinct = len(best)
        self._shown = sorted(best.values(), key=self.wrong.index)[:most]

    def __len__(self) -> int:
        return len(self._shown)

    def __iter__(self):
        return iter(self._shown)

    def title(self, index: int) -> str:
        """Return true class, predicted class and its probability."""
        true, predicted = (
            short(_line(self.class_names[each[index]]), 80) for each in (self.subset.labels, self.predicted)
        )
        return f"{true} → {predicted} ({percent(self.confidence[index])})"

    def place(self, index: int) -> str:
        """Return the sample id, and the number of further mistakes in its recording."""
        place = _line(self.subset.sample_ids[index])
        if self.subset.recordings is None:
            return place
        more = self._in_recording[str(self.subset.recordings[index])] - 1
        return f"{place}; {more:,} more in this recording" if more else place

    def captions(self, width: float) -> "Captions":
        """Return title and sample id of each shown mistake, wrapped to `width` inches."""
        return Captions(
            {i: wrapped(self.title(i), width, 9, "bold") for i in self},
            {i: wrapped(tail(self.place(i), 160), width, 7) for i in self},
        )

    def head(self, figure: Figure, context: FigureContext, note: str = "") -> None:
        """Write the headline above the figure."""
        title(figure, self.headline("samples"), context, note)

    def headline(self, plural: str) -> str:
        """Return the number of mistakes and which of them are shown; `plural` names the samples."""
        count = len(self.wrong)
        line = f"{count:,} mistake{'s' * (count != 1)} in {len(self.subset):,} {plural}"
        if self._distinct < count:
            line += f", from {self._distinct} recordings: the most confident of each"
            return line if len(self) == self._distinct else f"{line}, {len(self)} recordings shown"
        return line + (f": the {len(self)} most confident" if count > len(self) else "")

    def none(self, context: FigureContext) -> Figure:
        """Return the figure to show if there are no mistakes."""
        figure = Figure(figsize=(5, 1.5))
        message = f"No mistakes: all {len(self.subset):,} samples are classified correctly"
        figure.text(0.5, 0.4, message, ha="center", va="center", fontsize=10, fontweight="bold", color=GREEN)
        title(figure, "Worst mistakes", context)
        return figure


@dataclass(frozen=True)
class Captions:
    """The lines above the panels by sample index: titles, and below them the sample ids."""

    titles: dict[int, list[str]]
    places: dict[int, list[str]]

    @property
    def height(self) -> float:
        """Height of the tallest caption in inches."""
        sizes = [9 * len(self.titles[i]) + 7 * len(self.places[i]) for i in self.titles]
        return LINE * max(sizes) / 72 + 0.1

    def write(self, axes, index: int) -> None:
        """Write title and sample id above a panel."""
        places = self.places[index]
        axes.set_title(
            "\n".join(self.titles[index]), loc="left", fontsize=9, fontweight="bold", pad=6 + 9 * len(places)
        )
        axes.annotate("\n".join(places), (0, 1), (0, 4), "axes fraction", "offset points", fontsize=7, color=GRAY)


def percent(probability: float) -> str:
    """Format a probability as a percentage, never as 0 % or 100 %.

    >>> percent(0.9999), percent(0.424), percent(0.0)
    ('99.9%', '42%', '0.1%')
    """
    if 0.01 <= probability <= 0.99:
        return f"{100 * probability:.0f}%"
    return f"{min(max(100 * probability, 0.1), 99.9):.1f}%"


def _line(text) -> str:
    """Join the lines of a name.

    >>> _line("two\\n lines")
    'two lines'
    """
    return " ".join(str(text).split())
