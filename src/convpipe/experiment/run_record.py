"""The record of a run: its folder, and its run in MLflow."""

import hashlib
import json
import logging
import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from convpipe import paths, plugins
from convpipe.config import Settings
from convpipe.config.schema import flat
from convpipe.errors import TrackingError
from convpipe.experiment.tracking import NullTracker, Tracker
from convpipe.paths import PROJECT, write_whole
from convpipe.workers import cores

log = logging.getLogger("convpipe")

#: Settings that do not change a result.
NOT_HASHED = ("tracking", "sweep", "plugins")
#: Name and size in bytes of a file that is deleted at the end: on a full disk it frees space to record that end.
RESERVE, RESERVED = "reserve", 2**20
PACKAGES = ("tensorflow", "keras", "numpy", "scikit-learn", "hydra-core", "mlflow")


def config_sha256(settings: Settings) -> str:
    """Return the hash (hexadecimal) of every setting that can change a result, including the seed."""
    values = {key: value for key, value in asdict(settings).items() if key not in NOT_HASHED}
    values["training"].pop("resume")
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def provenance() -> dict[str, str]:
    """Return the command, the git commit, whether files differ from it, versions and cores."""

    def git(*words: str) -> str:
        if PROJECT is None:
            return "unknown"
        done = subprocess.run(["git", "-C", str(PROJECT), *words], capture_output=True, text=True)
        return done.stdout.strip() if done.returncode == 0 else "unknown"

    about = {"command": command(), "git_commit": git("rev-parse", "HEAD")}
    about["git_dirty"] = str(bool(git("status", "--porcelain")))
    about |= {f"version_{name}": version(name) for name in PACKAGES}
    return about | {"version_python": platform.python_version(), "cores": str(cores())}


def hash_tag(name: str) -> str:
    """Return the MLflow tag that holds a hash.

    >>> hash_tag("data_sha256")
    'sha256.data'
    """
    return f"sha256.{name.removesuffix('_sha256')}"


def run_tags(hashes: dict[str, str], about: dict[str, str]) -> dict[str, str]:
    """Return hashes and provenance as MLflow tags, in groups.

    >>> run_tags({"data_sha256": "ab"}, {"command": "train", "git_commit": "cd", "version_keras": "3"})
    {'sha256.data': 'ab', 'command': 'train', 'mlflow.source.git.commit': 'cd', 'version.keras': '3'}
    """
    tags = {hash_tag(name): value for name, value in hashes.items()}
    for name, value in about.items():
        group, _, rest = name.partition("_")
        tags["mlflow.source.git.commit" if name == "git_commit" else f"{group}.{rest}" if rest else name] = value
    return tags


def environment() -> dict[str, str]:
    """Return the provenance that results tables record: cores, versions and the command."""
    about = provenance()
    return {key: about[key] for key in ("cores", "version_tensorflow", "version_keras", "command")}


def command() -> str:
    """Return the command line, with the script relative to the project's folder."""
    script = Path(sys.argv[0]).absolute()
    if sys.argv[0].startswith("convpipe "):  # the installed command, also for the jobs of a sweep
        program = paths.command(sys.argv[0].split()[1])
    else:
        relative = script.relative_to(PROJECT) if PROJECT and script.is_relative_to(PROJECT) else script
        program = f"python {shlex.quote(str(relative))}"
    return " ".join([program, shlex.join(sys.argv[1:])]).strip()


class RunRecord:
    """Record a run in its folder and in MLflow, from start to end.

    On exit, the context manager marks the run FINISHED, KILLED (Ctrl-C) or FAILED in MLflow, and writes result.json.

    Args:
        settings: of the run.
        folder: of the run. If it already holds result.json, the MLflow run named there is continued.
        hashes: data_sha256 and split_sha256.
        start_tracker: starts a run in MLflow; takes the arguments of `Tracker`.

    Raises:
        TrackingError: the store cannot be opened.
    """

    def __init__(self, settings: Settings, folder: Path, hashes: dict[str, str], start_tracker: Callable = Tracker):
        self.settings, self.folder = settings, folder
        self.result: dict[str, Any] = {"data": settings.data.name, "model": settings.model.name, "seed": settings.seed}
        self.result |= {"status": "running", "run_id": None, "model_uri": None, "classifier": None}
        about = provenance()
        self.result |= {"plugins": list(plugins.imported()), "cores": cores(), "provenance": about}
        self.hashes = hashes | {"config_sha256": config_sha256(settings)}
        self.tracker, resumes = NullTracker(), (folder / "result.json").exists()
        folder.mkdir(parents=True, exist_ok=True)
        try:
            (folder / RESERVE).write_bytes(os.urandom(RESERVED))
            self._write_config()
            self.tracker = self._tracker(start_tracker)
            self.result["run_id"] = self.tracker.run_id
            tags = {**run_tags(self.hashes, about), "folder": folder, "plugins": ",".join(plugins.imported())}
            self.tracker.parameters(flat(asdict(settings)), tags)
            self.tracker.describe(f"    {about['command']}")
            self._write_result()
        except BaseException:
            (folder / RESERVE).unlink(missing_ok=True)
            if not resumes:
                (folder / "config.yaml").unlink(missing_ok=True)
            self._finish("failed")
            raise

    def _tracker(self, start: Callable):
        if not self.settings.tracking.enabled:
            return NullTracker()
        experiment = self.settings.tracking.experiment or self.settings.data.name
        name = os.environ.get("CONVPIPE_RUN_NAME") or f"{self.settings.model.name} seed {self.settings.seed}"
        before = self.folder / "result.json"
        run_id = json.loads(before.read_text())["run_id"] if before.exists() else None
        parent, system_metrics = os.environ.get("CONVPIPE_PARENT_RUN"), self.settings.tracking.system_metrics
        return start(experiment, name, parent, run_id, system_metrics)

    def notes(self, lines: list[str]) -> None:
        """Record the notes on the data in result.json, and as a file in the folder and in MLflow."""
        self.result["data_notes"] = list(lines)
        self._write_result()
        path = self.folder / "data_notes.txt"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        self.tracker.file(path)

    def write_report(self) -> None:
        """Write report.html from the files in the folder. A failure is only a warning: the classifier is stored."""
        from convpipe.evaluation.report_page.build import REPORT, write_report

        try:
            self.tracker.file(write_report(self.folder, result=self.result | self.hashes))
        except Exception as error:
            reason = " ".join(f"{type(error).__name__}: {error}".split())[:200]
            log.warning(f"warning: {REPORT} could not be written ({reason})")

    def _write_config(self) -> None:
        from omegaconf import OmegaConf

        values = asdict(self.settings)
        values["training"]["resume"] = None
        values["plugins"] = list(plugins.imported())
        (self.folder / "config.yaml").write_text(OmegaConf.to_yaml(OmegaConf.create(values)))

    def _write_result(self) -> None:
        path, text = self.folder / "result.json", json.dumps(self.result | self.hashes, indent=2) + "\n"
        try:
            write_whole(path, text)
        except OSError:
            if self.result["status"] != "failed" or not path.exists():
                raise
            with path.open("r+") as file:  # on a full disk, reuse the space of the existing file
                file.write(text)
                file.truncate()

    def __enter__(self) -> "RunRecord":
        return self

    def __exit__(self, kind, error, trace) -> None:
        status = "finished" if kind is None else "stopped" if kind is KeyboardInterrupt else "failed"
        self.result["status"] = status
        if status == "failed":
            self.result["error"] = str(error).split("\n")[0]
        (self.folder / RESERVE).unlink(missing_ok=True)
        try:
            self._write_result()
            if status == "finished":
                for name in ("config.yaml", "result.json", "predictions.csv", "published.csv", "log.txt"):
                    if (self.folder / name).exists():
                        self.tracker.file(self.folder / name)
        finally:
            self._finish(status)

    def _finish(self, status: str) -> None:
        """End the run in MLflow. If the run failed, an error of the store must not hide the cause."""
        try:
            if status == "failed" and "error" in self.result:
                self.tracker.parameters({}, {"error": self.result["error"]})
            self.tracker.finish({"finished": "FINISHED", "stopped": "KILLED", "failed": "FAILED"}[status])
        except TrackingError:
            if status == "finished":
                raise
