"""What a figure shows: dataset, model, seed and part."""

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class FigureContext:
    """Where the content of a figure comes from, for its title, so that the figure can be read by itself.

    Args:
        data: name of the dataset.
        model: name of the model.
        seed: of the run; None where it is not known.
        part: of the data, as `part_name` gives it; for new samples the name of their file or folder.

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
    """The name of a part of the data for people.

    Args:
        name: "test", "validation" or "training".
        fold: number of the fold, from 1; None where there are no folds.
        folds: how many there are.

    >>> part_name("test"), part_name("validation", 2, 5)
    ('test part', 'validation part, fold 2 of 5')
    """
    return f"{name} part" + ("" if fold is None else f", fold {fold} of {folds}")


def context_of_run(record: Path, classifier: str, data: str, part: str) -> FigureContext:
    """The context of a figure of a trained classifier.

    Args:
        record: the folder of its run, whose result.json names data, model and seed where there is one.
        classifier: its name for people, where no model is known.
        data: name of the data, where none is known.
        part: of the data.
    """
    try:
        result = json.loads((record / "result.json").read_text("utf-8"))
        return FigureContext(result["data"], result["model"], result["seed"], part)
    except (OSError, ValueError, KeyError, TypeError):
        return FigureContext(data, classifier, None, part)
