"""The context of a figure: dataset, model, seed and part."""

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class FigureContext:
    """The source of a figure for its title, so that the figure is self-explanatory.

    Args:
        data: name of the dataset.
        model: name of the model.
        seed: of the run; None if unknown.
        part: of the data, from `part_name`; for new samples the name of their file or folder.

    >>> str(FigureContext("gunpoint", "fcn", 0, "test part"))
    'gunpoint, fcn, seed 0, test part'
    """

    data: str
    model: str
    seed: int | None
    part: str

    def __str__(self) -> str:
        seed = [] if self.seed is None else [f"seed {self.seed}"]
        return ", ".join([self.data, self.model, *seed, self.part])


def part_name(name: str, fold: int | None = None, folds: int = 1) -> str:
    """Return the display name of a part of the data.

    Args:
        name: "test", "validation" or "training".
        fold: number of the fold, from 1; None without folds.
        folds: number of folds.

    >>> part_name("test"), part_name("validation", 2, 5)
    ('test part', 'validation part, fold 2 of 5')
    """
    return f"{name} part" + ("" if fold is None else f", fold {fold} of {folds}")


def context_of_run(record: Path, classifier: str, data: str, part: str) -> FigureContext:
    """Return the context of the figures of a trained classifier.

    Args:
        record: folder of its run; result.json has data, model and seed.
        classifier: display name of the classifier, used as the model without result.json.
        data: name of the data, used without result.json.
        part: of the data.
    """
    try:
        result = json.loads((record / "result.json").read_text("utf-8"))
        return FigureContext(result["data"], result["model"], result["seed"], part)
    except (OSError, ValueError, KeyError, TypeError):
        return FigureContext(data, classifier, None, part)
