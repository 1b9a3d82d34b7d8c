"""Checkpoints: a stopped training continues as if it had not been stopped."""

import json
import os
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from convpipe.errors import TrainingError


@dataclass
class Checkpoint:
    """The state of a training at the end of an epoch.

    Args:
        epoch: number of completed epochs.
        seconds: time spent on them.
        history: a list per metric with one value per epoch (NaN where it was not computed).
        best_loss, best_epoch: lowest validation loss so far, and its epoch, counted from 1.
        finished: whether training is complete.
        variables: weights, moving statistics and optimizer variables, in the order of the network and optimizer.
        best_weights: variables of the network at `best_epoch`; empty without validation.
    """

    epoch: int = 0
    seconds: float = 0.0
    history: dict[str, list[float]] = field(default_factory=dict)
    best_loss: float = float("inf")
    best_epoch: int | None = None
    finished: bool = False
    variables: list[np.ndarray] = field(default_factory=list)
    best_weights: list[np.ndarray] = field(default_factory=list)


def save_checkpoint(checkpoint: Checkpoint, folder: Path) -> None:
    """Write `checkpoint` to one file in `folder`, atomically."""
    folder.mkdir(parents=True, exist_ok=True)
    plain = asdict(replace(checkpoint, variables=[], best_weights=[]))
    arrays = {"plain": np.frombuffer(json.dumps(plain).encode(), np.uint8)}
    arrays |= {f"v{number:05}": value for number, value in enumerate(checkpoint.variables)}
    arrays |= {f"b{number:05}": value for number, value in enumerate(checkpoint.best_weights)}
    partial = folder / "state.npz.partial"
    try:
        with partial.open("wb") as file:
            np.savez(file, allow_pickle=False, **arrays)
        os.replace(partial, folder / "state.npz")
    finally:
        partial.unlink(missing_ok=True)


def load_checkpoint(folder: Path) -> Checkpoint | None:
    """Return the checkpoint in `folder`, or None if there is none.

    Raises:
        TrainingError: the file cannot be read.
    """
    path = folder / "state.npz"
    if not path.exists():
        return None
    try:
        with np.load(path, allow_pickle=False) as file:
            checkpoint = Checkpoint(**json.loads(bytes(file["plain"])))
            names = sorted(file.files)
            checkpoint.variables = [file[name] for name in names if name.startswith("v")]
            checkpoint.best_weights = [file[name] for name in names if name.startswith("b")]
            return checkpoint
    except (OSError, EOFError, ValueError, KeyError, TypeError, BadZipFile) as error:
        raise TrainingError(f"cannot be read ({error})", file=path, remedy="start a new run") from None
