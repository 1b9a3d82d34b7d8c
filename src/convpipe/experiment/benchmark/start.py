"""What surrounds the fit of a run: whole runs as processes, less their fit, beside TensorFlow's own import.

A measurement is a short run, right after `python -c "import tensorflow"` as a process of its own; the quotient of both
hardly depends on the machine. Another checkout of the project, which the environment variable CONVPIPE_OTHER_CHECKOUT
names, is measured in turn with this one.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from convpipe import paths
from convpipe.errors import ConfigError, TrainingError
from convpipe.experiment.benchmark.case import Case, spread
from convpipe.experiment.benchmark.settings import BenchmarkSettings
from convpipe.experiment.benchmark.table import text_lines

PEERS: dict[str, tuple[str, ...]] = {}
OTHER = "CONVPIPE_OTHER_CHECKOUT"

#: Short runs, with what each takes from the command line.
RUNS = {
    "series": ("data=watch", "training.epochs=2"),
    "image": ("data=digits", "training.epochs=2"),
    "text": ("experiment=text_quick", "training.epochs=2"),
}


def groups(settings: BenchmarkSettings) -> list[list[Case]]:
    """A group for each kind of run: this checkout, and the other one.

    Raises:
        ConfigError: no checkout to measure, or an unknown run.
    """
    if paths.PROJECT is None:
        message = "suite=start measures the scripts of a checkout, but convpipe is an installed package"
        raise ConfigError(message, key="suite", value="start", remedy="run scripts/benchmark.py of a checkout")
    checkouts = [paths.PROJECT, *(Path(each).absolute() for each in [os.environ.get(OTHER)] if each)]
    for name in settings.models or RUNS:
        if name not in RUNS:
            remedy = f"known: {', '.join(RUNS)}"
            raise ConfigError(f"suite=start has no run {name}", key="models", value=name, remedy=remedy)

    def case(name: str, checkout: Path) -> Case:
        key = {"run": name, "library": "convpipe", "commit": _commit(checkout)}
        return Case(key, {"run": name, "checkout": str(checkout)})

    return [[case(name, each) for each in checkouts] for name in settings.models or RUNS]


def _commit(checkout: Path) -> str:
    """Short hash of what is checked out, with + where files were changed since."""
    git = ["git", "-C", str(checkout)]
    said = [subprocess.run([*git, *words], capture_output=True, text=True).stdout.strip() for words in (
        ("rev-parse", "--short", "HEAD"), ("status", "--porcelain", "--", "src", "conf", "scripts")
    )]  # fmt: skip
    return said[0] + "+" * bool(said[1])


def measure(values: dict, seed: int) -> dict:
    """Import TensorFlow in one process, run in another.

    Args:
        values: `run` and `checkout`.
        seed: of the run.

    Returns:
        `import_seconds`; `run_seconds` of the whole process; `fit_seconds`; `beside_fit_seconds`, the rest; `imports`:
        that over `import_seconds`; `phases`: seconds of the run's phases without the fit, as its result.json tells.

    Raises:
        TrainingError: the run failed.
    """
    checkout = Path(values["checkout"])
    with tempfile.TemporaryDirectory() as home:
        # Data that were fetched stay; a tracking store that stood before is what most runs find.
        (paths.HOME / "data").mkdir(parents=True, exist_ok=True)
        (Path(home) / "data").symlink_to(paths.HOME / "data")
        environment = os.environ | {"CONVPIPE_HOME": home, "PYTHONPATH": str(checkout / "src")}
        environment.pop("MLFLOW_TRACKING_URI", None)
        make = "from convpipe.experiment.tracking import open_store; open_store('any')"
        _seconds(["-c", make], environment)
        imported = _seconds(["-c", "import tensorflow"], environment)
        words = [*RUNS[values["run"]], f"seed={seed}", f"hydra.run.dir={home}/run"]
        run = _seconds([str(checkout / "scripts" / "train.py"), *words], environment)
        result = json.loads((Path(home) / "run" / "result.json").read_text())
    fit = result["train"]["seconds"]
    found = {"import_seconds": imported, "run_seconds": run, "fit_seconds": fit, "beside_fit_seconds": run - fit}
    return found | {"imports": (run - fit) / imported, "phases": _phases(result, run)}


def _phases(result: dict, run: float) -> dict[str, float]:
    """Seconds beside the fit by phase; empty for a run that does not tell them."""
    phases = result.get("seconds", {})
    if not phases:
        return {}
    return (
        {"start_and_end": run - sum(phases.values())}
        | phases
        | {"training": phases["training"] - result["train"]["seconds"]}
    )


def _seconds(words: Sequence[str], environment: dict[str, str]) -> float:
    """Seconds of a Python process."""
    began = time.perf_counter()
    done = subprocess.run([sys.executable, *words], env=environment, capture_output=True, text=True)
    if done.returncode:
        raise TrainingError(f"python {' '.join(words)} failed: {(done.stderr.strip().splitlines() or [''])[-1]}")
    return time.perf_counter() - began


def columns(measured: list[dict]) -> dict:
    """Medians with lowest and highest, and the median of each phase."""
    found: dict[str, float] = {}
    for name in ("imports", "import_seconds", "run_seconds", "fit_seconds", "beside_fit_seconds"):
        found |= spread(name, [each[name] for each in measured])
    for phase in measured[0]["phases"]:
        found[f"{phase}_seconds"] = median(each["phases"].get(phase, 0.0) for each in measured)
    return {name: round(value, 3) for name, value in found.items()}


def said(measured: dict) -> str:
    """The figures of one measurement in a few words."""
    return f"{measured['beside_fit_seconds']:.1f} s beside the fit, {measured['imports']:.2f} imports"


def lines(rows: list[dict]) -> list[str]:
    """A line for each row."""
    heads, body = ["run", "commit", "imports", "lowest", "highest", "s beside the fit", "s of the import"], []
    for row in (row for row in rows if not row["error"]):
        names = ("imports", "imports_lowest", "imports_highest", "beside_fit_seconds", "import_seconds")
        body.append([row["run"], row["commit"], *(f"{float(row[name]):.2f}" for name in names)])
    return text_lines([(heads, body, 2)])


def figure(rows: list[dict]):
    """None: the table says it all."""
    return None
