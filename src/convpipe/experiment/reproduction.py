"""Training a recorded run again, and comparing the results."""

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
    """The result of training a run again.

    Args:
        differences: name of each network -> the largest difference of a weight; infinite if shapes differ.
        test: test accuracies of the run and of its reproduction; None without a test part.
    """

    differences: dict[str, float]
    test: tuple[float, float] | None

    @property
    def is_equal(self) -> bool:
        """Whether all weights are identical, bit for bit."""
        return not any(self.differences.values())

    def lines(self) -> Iterator[str]:
        """Lines that report the result."""
        count = len(self.differences)
        plural = "network" if count == 1 else "networks"
        if self.is_equal:
            yield f"equal: all weights of {count} {plural} are identical, bit for bit"
        else:
            name, largest = max(self.differences.items(), key=lambda each: each[1])
            unequal = sum(each > 0 for each in self.differences.values())
            yield f"different: weights of {unequal} of {count} {plural} differ by up to {largest:.3g} ({name})"
        if self.test:
            yield f"test accuracy: {self.test[0]:.4f} in the run, {self.test[1]:.4f} in its reproduction"


def recorded(name: str) -> tuple[Path, dict]:
    """Return the folder of a finished run and the content of its result.json.

    Args:
        name: the folder or the run_id.

    Raises:
        ConvpipeError: there is no such run, or it did not finish.
    """
    folder = run_folder(name)
    result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    if result["status"] != "finished":
        message, remedy = f"the run is not finished, its status is {result['status']}", "use a finished run"
        raise ConvpipeError(message, file=folder, key="status", value=result["status"], remedy=remedy)
    return folder, result


def changes(result: dict) -> Iterator[str]:
    """Yield a line for each version or other fact about machine and code that differs from the run.

    Args:
        result: content of the run's result.json.
    """
    before, now = result.get("provenance"), provenance()
    if before is None:
        yield "the run did not record its versions"
        return
    for key, value in now.items():
        if key not in ("command", "git_dirty") and before.get(key) != value:
            yield f"{key.replace('_', ' ')}: {before.get(key)} in the run, {value} now"
    if "True" in (before.get("git_dirty"), now["git_dirty"]):
        yield "the code has uncommitted changes"


def reproduce(folder: Path, result: dict, place: Path) -> Reproduction:
    """Train a run again.

    Args:
        folder: of the run.
        result: content of the run's result.json.
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
    """Return the largest difference between the weights of two networks; 0 if they are identical, bit for bit.

    Args:
        first, second: .keras files.
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
