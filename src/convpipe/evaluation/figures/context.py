"""What a figure shows: data set, model, seed and part."""

from dataclasses import dataclass


@dataclass(frozen=True)
class FigureContext:
    """Where the content of a figure comes from, for its title, so that the figure can be read by itself.

    Args:
        data: name of the data set.
        model: name of the model.
        seed: of the run; None where it is not known.
        part: of the data: "test", "validation" or "training", with "fold N of M" where there are folds; for new samples
            the name of their file or folder.

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
