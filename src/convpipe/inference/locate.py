"""Finding a trained classifier by the run that left it."""

import json
from pathlib import Path

from convpipe import paths
from convpipe.errors import ConvpipeError


def classifier_folder(run: str) -> Path:
    """The classifier of a run.

    Args:
        run: a run's folder, its classifier's folder, or the run_id of its result.json.

    Raises:
        ConvpipeError: there is no such run, or it left no classifier.
    """
    runs = paths.HOME / "runs"
    found = [Path(run), *(file.parent for file in runs.rglob("result.json") if _run_id(file) == run)]
    for folder in (inside for outer in found for inside in (outer, outer / "classifier")):
        if (folder / "classifier.json").is_file():
            return folder
    message = f"run={run} is neither a folder with a classifier nor the run_id of a result.json under {runs}"
    raise ConvpipeError(message, key="run", value=run, remedy="set run=FOLDER to the folder of a finished run")


def _run_id(file: Path) -> str | None:
    try:
        return json.loads(file.read_text(encoding="utf-8")).get("run_id")
    except (ValueError, AttributeError, RecursionError, OSError):
        return None  # a run that is being written just now, or a file of something else
