"""Training a recorded run again, and comparing what came of it with the run."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from convpipe.errors import ConvpipeError
from convpipe.experiment.run import run
from convpipe.experiment.run_record import provenance
from convpipe.inference.locate import classifier_folders, run_folder
from convpipe.schemas import read_settings


@dataclass(frozen=True)
class Reproduction:
    """What came of training a run again.

    Args:
        differences: of each network, by its name, the largest difference of a weight; infinite where shapes differ.
        test: accuracy of the run and of its reproduction; None where no test part was predicted.
    """

    differences: dict[str, float]
    test: tuple[float, float] | None

    @property
    def is_equal(self) -> bool:
        """Whether every weight is equal to the bit."""
        return not any(self.differences.values())

    def lines(self) -> Iterator[str]:
        """What to tell of it."""
        count = len(self.differences)
        plural = "network" if count == 1 else "networks"
        if self.is_equal:
            yield f"equal: all weights of {count} {plural} are the same to the bit"
        else:
            name, largest = max(self.differences.items(), key=lambda each: each[1])
            unequal = sum(each > 0 for each in self.differences.values())
            yield f"different: weights of {unequal} of {count} {plural} differ, by {largest:.3g} at most ({name})"
        if self.test:
            yield f"test accuracy: {self.test[0]:.4f} in the run, {self.test[1]:.4f} again"


def recorded(name: str) -> tuple[Path, dict]:
    """The folder of a finished run, and its result.

    Args:
        name: the folder, or the run_id.

    Raises:
        ConvpipeError: there is no such run, or it did not finish.
    """
    folder = run_folder(name)
    result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    if result["status"] != "finished":
        message, remedy = f"this run is {result['status']}, not finished", "name a finished run"
        raise ConvpipeError(message, file=folder, key="status", value=result["status"], remedy=remedy)
    return folder, result


def changes(result: dict) -> Iterator[str]:
    """A line for each fact about the machine and the code that is not as it was in the run.

    Args:
        result: of the run.
    """
    before, now = result.get("provenance"), provenance()
    if before is None:
        yield "the run does not say which versions it used"
        return
    for key, value in now.items():
        if key not in ("command", "git_dirty") and before.get(key) != value:
            yield f"{key.replace('_', ' ')}: {before.get(key)} in the run, {value} now"
    if "True" in (before.get("git_dirty"), now["git_dirty"]):
        yield "the code has changes that are not committed"


def reproduce(folder: Path, result: dict, place: Path) -> Reproduction:
    """Train a run again.

    Args:
        folder: of the run.
        result: of the run.
        place: a new folder for the reproduction.

    Raises:
        ConvpipeError: the run cannot be trained again, or its data have changed.
    """
    settings = read_settings(folder / "config.yaml")
    hashes = {key: result[key] for key in ("data_sha256", "split_sha256")}
    again = run(replace(settings, tracking=replace(settings.tracking, enabled=False)), place, expected=hashes)
    old, new = (classifier_folders(str(each)) for each in (folder, place))
    differences: dict[str, float] = {}
    for before, after in zip(old, new, strict=True):
        fold = f"{before.parent.name}/" if len(old) > 1 else ""
        for path in sorted(before.glob("network_*.keras")):
            differences[fold + path.stem] = largest_difference(path, after / path.name)
    test = None
    if result.get("test") and again.get("test"):
        test = (result["test"]["accuracy"], again["test"]["accuracy"])
    return Reproduction(differences, test)


def largest_difference(first: Path, second: Path) -> float:
    """The largest difference between the weights of two networks; 0 where they are equal to the bit.

    Args:
        first, second: files that Keras wrote.
    """
    import keras

    from convpipe.models.layers import import_all

    import_all()
    pairs = [keras.models.load_model(path).get_weights() for path in (first, second)]
    largest = 0.0
    for one, other in zip(*pairs, strict=False):
        if one.shape != other.shape:
            return float("inf")
        if one.tobytes() != other.tobytes():
            gap = np.abs(one.astype(np.float64) - other.astype(np.float64)).max(initial=0.0)
            largest = max(largest, float(np.nan_to_num(gap, nan=np.inf)), float(np.finfo(np.float32).tiny))
    return largest if len(pairs[0]) == len(pairs[1]) else float("inf")
