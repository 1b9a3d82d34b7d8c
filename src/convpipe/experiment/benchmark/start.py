"""The overhead of a run: seconds of the whole process without the fit, relative to an import of TensorFlow.

A measurement runs `python -c "import tensorflow"` and then a short run, each in its own process; their ratio hardly
depends on the machine. The environment variable CONVPIPE_OTHER_CHECKOUT names another checkout of the project, which is
measured in turn with this one.
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

#: Short runs and their overrides.
RUNS = {
    "series": ("data=watch", "training.epochs=2"),
    "image": ("data=digits", "training.epochs=2"),
    "text": ("experiment=text_quick", "training.epochs=2"),
}


def groups(settings: BenchmarkSettings) -> list[list[Case]]:
    """Return a group for each run: this checkout, and the other one if it is named.

    Raises:
        ConfigError: convpipe is not run from a checkout, or a run is unknown.
    """
    if paths.PROJECT is None:
        message = "suite=start measures the scripts of a checkout, but convpipe is an installed package"
        raise ConfigError(message, key="suite", value="start", remedy="run scripts/benchmark.py of a checkout")
    checkouts = [paths.PROJECT, *(Path(each).absolute() for each in [os.environ.get(OTHER)] if each)]
    for name in settings.models or RUNS:
        if name not in RUNS:
            remedy = f"choose one of {', '.join(RUNS)}"
            raise ConfigError(f"suite=start has no run {name}", key="models", value=name, remedy=remedy)

    def case(name: str, checkout: Path) -> Case:
        key = {"run": name, "library": "convpipe", "commit": _commit(checkout)}
        return Case(key, {"run": name, "checkout": str(checkout)})

    return [[case(name, each) for each in checkouts] for name in settings.models or RUNS]


def _commit(checkout: Path) -> str:
    """Short hash of the commit, with a + if files differ from it."""
    git = ["git", "-C", str(checkout)]
    outputs = [subprocess.run([*git, *words], capture_output=True, text=True).stdout.strip() for words in (
        ("rev-parse", "--short", "HEAD"), ("status", "--porcelain", "--", "src", "conf", "scripts")
    )]  # fmt: skip
    return outputs[0] + "+" * bool(outputs[1])


def measure(values: dict, seed: int) -> dict:
    """Import TensorFlow in one process, and run in another.

    Args:
        values: `run` and `checkout`.
        seed: of the run.

    Returns:
        `import_seconds`; `run_seconds` of the whole process; `fit_seconds`; `beside_fit_seconds`, the rest; `imports`:
        the rest divided by `import_seconds`; `phases`: seconds of the run's phases without the fit, from its
        result.json.

    Raises:
        TrainingError: the run failed.
    """
    checkout = Path(values["checkout"])
    with tempfile.TemporaryDirectory() as home:
        # Share the fetched data, and create the tracking store first, since most runs have one.
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
    """Seconds without the fit by phase; empty if result.json does not have them."""
    phases = result.get("seconds", {})
    if not phases:
        return {}
    return (
        {"start_and_end": run - sum(phases.values())}
        | phases
        | {"training": phases["training"] - result["train"]["seconds"]}
    )


def _seconds(words: Sequence[str], environment: dict[str, str]) -> float:
    """Run a Python process and return its seconds."""
    began = time.perf_counter()
    done = subprocess.run([sys.executable, *words], env=environment, capture_output=True, text=True)
    if done.returncode:
        raise TrainingError(f"python {' '.join(words)} failed: {(done.stderr.strip().splitlines() or [''])[-1]}")
    return time.perf_counter() - began


def columns(measured: list[dict]) -> dict:
    """The median, lowest and highest values, and the median of each phase."""
    found: dict[str, float] = {}
    for name in ("imports", "import_seconds", "run_seconds", "fit_seconds", "beside_fit_seconds"):
        found |= spread(name, [each[name] for each in measured])
    for phase in measured[0]["phases"]:
        found[f"{phase}_seconds"] = median(each["phases"].get(phase, 0.0) for each in measured)
    return {name: round(value, 3) for name, value in found.items()}


def summary(measured: dict) -> str:
    """Return the results of one measurement as a short text."""
    return f"{measured['beside_fit_seconds']:.1f} s without the fit, {measured['imports']:.2f} imports"


def lines(rows: list[dict]) -> list[str]:
    """The rows as a table for a terminal."""
    heads, body = ["run", "commit", "imports", "lowest", "highest", "s without fit", "s of import"], []
    for row in (row for row in rows if not row["error"]):
        names = ("imports", "imports_lowest", "imports_highest", "beside_fit_seconds", "import_seconds")
        body.append([row["run"], row["commit"], *(f"{float(row[name]):.2f}" for name in names)])
    return text_lines([(heads, body, 2)])


def figure(rows: list[dict]):
    """None: this suite has no figure."""
    return None
