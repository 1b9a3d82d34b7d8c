"""The content of a report, read from the folder of a run."""

import csv
import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np

from convpipe.config import Settings
from convpipe.config.schema import SettingsGroup
from convpipe.errors import ConvpipeError
from convpipe.registry import MODELS
from convpipe.schemas import read_settings

#: Groups of settings that are not shown.
LEFT_OUT = ("tracking", "sweep", "data")


@dataclass(frozen=True)
class PredictionTable:
    """The rows of predictions.csv; of a cross-validated run, the rows of all folds.

    Args:
        labels: (n,) int64.
        probabilities: (n, classes) float64.
        class_names: in the order of the columns.
        groups, recordings: (n,) str, or None.
    """

    labels: np.ndarray
    probabilities: np.ndarray
    class_names: tuple[str, ...]
    groups: np.ndarray | None = None
    recordings: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class RunFacts:
    """A finished run.

    Args:
        folder: of the run.
        result: content of result.json.
        settings: of the run.
        predictions: rows of predictions.csv; None without that file.
        layers: rows of layers.csv; empty without that file.
        figures: PNG files and HTML fragments by name without suffix; of the first fold if there are folds.
    """

    folder: Path
    result: dict
    settings: Settings
    predictions: PredictionTable | None
    layers: list[dict[str, str]]
    figures: dict[str, Path]

    @property
    def title(self) -> str:
        """Dataset, model and seed."""
        return f"{self.result['data']}, {self.result['model']}, seed {self.result['seed']}"

    @property
    def changed_settings(self) -> list[tuple[str, str, str]]:
        """Key, value and default of each setting that differs from its default, except those of `LEFT_OUT`."""
        return changed_settings(self.settings)


def run_facts(folder: Path, result: dict | None = None) -> RunFacts:
    """Read the folder of a run.

    Args:
        folder: of the run.
        result: the future content of result.json; by default that file is read.

    Raises:
        ConvpipeError: the run is not finished, or a file cannot be read.
    """
    try:
        result = result or _finished(folder)
        parts = sorted(folder.glob("fold_*"), key=_number) or [folder]
        figures = {file.stem: file for file in sorted((parts[0] / "figures").glob("*")) if file.suffix != ".partial"}
        layers = parts[0] / "layers.csv"
        rows = _rows(layers) if layers.exists() else []
        predictions = _predictions([part / "predictions.csv" for part in parts])
        return RunFacts(folder, result, read_settings(folder / "config.yaml"), predictions, rows, figures)
    except (OSError, ValueError, LookupError, TypeError) as error:
        reason = f"{type(error).__name__}: {error}".split("\n")[0]
        raise ConvpipeError(f"is not the folder of a readable run ({reason})", file=folder, key="run") from None


def _finished(folder: Path) -> dict:
    result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    if result["status"] != "finished":
        message, remedy = f"the run is not finished, its status is {result['status']}", "use a finished run"
        raise ConvpipeError(message, file=folder, key="status", value=result["status"], remedy=remedy)
    return result


def _number(fold: Path) -> int:
    return int(fold.name.removeprefix("fold_"))


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(newline="", encoding="utf-8") as table:
        return list(csv.DictReader(table))


def _predictions(files: list[Path]) -> PredictionTable | None:
    rows = [row for file in files if file.exists() for row in _rows(file)]
    if not rows:
        return None
    columns = [name for name in rows[0] if name.startswith("p(") and name.endswith(")")]
    names = tuple(name[2:-1] for name in columns)
    place = {name: number for number, name in enumerate(names)}
    labels = np.array([place[row["label"]] for row in rows])
    probabilities = np.array([[float(row[name]) for name in columns] for row in rows])
    more = {key: np.array([row[key] for row in rows]) for key in ("group", "recording") if key in rows[0]}
    return PredictionTable(labels, probabilities, names, more.get("group"), more.get("recording"))


def changed_settings(settings: Settings) -> list[tuple[str, str, str]]:
    """Return key, value and default of each setting that differs from its default, except those of `LEFT_OUT`."""
    changed = [("seed", str(settings.seed), "0")] if settings.seed else []
    for group in fields(settings):
        value = getattr(settings, group.name)
        if isinstance(value, SettingsGroup) and group.name not in LEFT_OUT:
            kind = MODELS[settings.model.name].settings if group.name == "model" else type(value)
            defaults = asdict(kind())
            for key, own in asdict(value).items():
                if own != defaults.get(key):
                    changed.append((f"{group.name}.{key}", _text(own), _text(defaults.get(key))))
    return changed


def _text(value) -> str:
    return "" if value is None else str(value)
