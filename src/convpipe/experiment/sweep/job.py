"""One job of a sweep: it runs in its own process, and it is recorded even if it fails.

This module does not import TensorFlow, since the job's process trains.
"""

import json
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from subprocess import DEVNULL, PIPE, STDOUT, Popen, TimeoutExpired

from omegaconf import DictConfig, OmegaConf

from convpipe.config import Settings
from convpipe.config.schema import to_settings
from convpipe.errors import BROKEN_PIPE, ConfigError
from convpipe.experiment.run_record import config_sha256, run_tags
from convpipe.experiment.sweep.table import further_metrics
from convpipe.experiment.tracking import NullTracker, Tracker, open_store
from convpipe.overrides import quoted
from convpipe.paths import write_whole
from convpipe.user_errors import explain

#: Environment variables that a sweep sets for its jobs, which may run in worker processes.
PARENT, NAME, SWEPT = "CONVPIPE_PARENT_RUN", "CONVPIPE_RUN_NAME", "CONVPIPE_SWEPT"

FINISHED, BEFORE, FAILED, STOPPED = "finished", "finished before", "failed", "stopped"
ENDED = {FINISHED, BEFORE, FAILED, STOPPED}
IN_MLFLOW = {FAILED: "FAILED", STOPPED: "KILLED"}

WITH_SWEEP = "stopped together with the sweep"

#: Seconds for a job to end by itself after Ctrl-C.
GRACE = 30


@dataclass(frozen=True)
class Job:
    """One job: its number, name (its swept values), folder and composed configuration."""

    number: int
    name: str
    folder: Path
    config: DictConfig

    @property
    def experiment(self) -> str:
        """Experiment in MLflow, even if the configuration is invalid."""
        return self._value("tracking.experiment") or self._value("data.name") or "sweep"

    @property
    def result(self) -> dict | None:
        """Content of result.json; None for a job that has not started."""
        path = self.folder / "result.json"
        return json.loads(path.read_text()) if path.exists() else None

    def write(self, result: dict) -> None:
        """Write `result` as the job's result.json, atomically."""
        write_whole(self.folder / "result.json", json.dumps(result, indent=2) + "\n")

    def about(self) -> dict:
        """Return the first entries of every result.json."""
        names = {"data": self._value("data.name"), "model": self._value("model.name"), "seed": self._value("seed")}
        return names | {"status": None, "run_id": None, "model_uri": None, "classifier": None}

    def end(self, status: str, error: str, killed: bool = False) -> None:
        """Record in result.json and in MLflow how the job ended, unless its own process did.

        Args:
            status: FAILED or STOPPED.
            error: one line.
            killed: whether the process was killed, perhaps after it wrote result.json and before it ended its run.
        """
        result = self.result or self.about()
        if result["status"] in ENDED and not (killed and self._is_open(result["run_id"])):
            return
        tracker = self._tracker(result["run_id"])
        tracker.parameters({}, {"error": error, "folder": self.folder})
        tracker.finish(IN_MLFLOW[status])
        self.write(result | {"status": status, "run_id": tracker.run_id, "error": error})

    def _is_open(self, run_id: str | None) -> bool:
        return run_id is not None and open_store(self.experiment)[0].get_run(run_id).info.status == "RUNNING"

    def _tracker(self, run_id: str | None):
        if not self._value("tracking.enabled"):
            return NullTracker()
        name = self.name or f"{self._value('model.name')} seed {self._value('seed')}"
        return Tracker(self.experiment, name, os.environ.get(PARENT), run_id)

    def _value(self, key: str):
        return OmegaConf.select(self.config, key, throw_on_missing=False)


def job_name(overrides: list[str], swept: list[str]) -> str:
    """Return the swept values of a job, such as "model=fcn seed=1"; empty if nothing varies.

    >>> job_name(["data=watch", "+model=fcn", "seed=1"], ["model", "seed"])
    'model=fcn seed=1'
    """
    words = [word.lstrip("+") for word in overrides]
    return " ".join(word for word in words if word.partition("=")[0] in swept)[:250]


def run_job(config: DictConfig) -> None:
    """Run one job of a sweep in a new process. Its result is recorded in result.json and in MLflow.

    Args:
        config: the job's composed configuration, without the `hydra` node.

    Raises:
        KeyboardInterrupt: Ctrl-C, after the job's process has ended.
    """
    from hydra.core.hydra_config import HydraConfig

    hydra = HydraConfig.get()
    overrides = list(hydra.overrides.task)
    name = job_name(overrides, os.environ.get(SWEPT, "").split())
    job = Job(hydra.job.num, name, Path(hydra.runtime.output_dir), config)
    try:
        settings = to_settings(config, Settings)
        before = finished_before(settings, job.experiment) if settings.sweep.resume else None
    except Exception as error:
        line = explain(error)
        if line is None:
            raise
        job.end(FAILED, line)
        _print(job, f"error: {line}")
        return
    if before:
        job.write(job.about() | before)
        _print(job, f"finished before in {before['folder']}; skipped")
    else:
        launch(job, [*_options(hydra), *overrides])


def finished_before(settings: Settings, experiment: str) -> dict | None:
    """Return the newest finished run in `experiment` with the same settings and data, in the form of result.json.

    Raises:
        ConfigError: tracking is off, so no store has earlier runs.
        ConvpipeError: the data or the store cannot be read.
    """
    from convpipe.data import load

    if not settings.tracking.enabled:
        message = "sweep.resume=true reads finished jobs from the tracking store, but tracking.enabled=false"
        raise ConfigError(message, key="tracking.enabled", value=False, remedy="set tracking.enabled=true")
    data = load(settings.data, settings.window).sha256
    client, experiment_id = open_store(experiment)
    hashes = {"config_sha256": config_sha256(settings), "data_sha256": data}
    conditions = [f"tags.`{name}` = '{value}'" for name, value in run_tags(hashes, {}).items()]
    conditions.append("attributes.status = 'FINISHED'")
    found = client.search_runs([experiment_id], " and ".join(conditions), max_results=1)
    if not found:
        return None
    run = found[0]
    names = ("accuracy", "seconds", "epochs", *further_metrics([settings.evaluation.metrics]))
    parts = {part: _metrics_of(run.data.metrics, part, names) for part in ("train", "validation", "test")}
    about = {"status": BEFORE, "run_id": run.info.run_id, "folder": run.data.tags.get("folder", "")}
    return about | parts | {"parameters": run.data.metrics.get("parameters")} | hashes


def _metrics_of(metrics: dict[str, float], part: str, names: Sequence[str]) -> dict | None:
    return {name: metrics[f"{part}_{name}"] for name in names if f"{part}_{name}" in metrics} or None


def _options(hydra) -> list[str]:
    """The options by which Hydra finds the sweep's configuration."""
    folders = [source.path for source in hydra.runtime.config_sources if source.provider == "command-line"]
    return [f"--config-name={hydra.job.config_name}", *(f"--config-dir={folder}" for folder in folders)]


def launch(job: Job, arguments: list[str]) -> None:
    """Run train with `arguments` for a job, in its folder. If its process dies, record that.

    Raises:
        KeyboardInterrupt: Ctrl-C, after the job's process has ended.
    """
    job.folder.mkdir(parents=True, exist_ok=True)
    status, line = _launch(job, [*arguments, f"hydra.run.dir={quoted(job.folder)}"])
    if status < 0:  # then the last line is not the cause
        line = f"ended by {_signal_name(-status)}" + ("; perhaps out of memory" if -status == signal.SIGKILL else "")
    job.end(FAILED, line or f"its process ended with status {status}")


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # real-time signals have no names
        return f"signal {number}"


def _launch(job: Job, arguments: list[str]) -> tuple[int, str]:
    """Run train, print its output, and return its exit status and its last line, without "error: "."""
    env = {**os.environ, NAME: job.name}
    env.pop("HYDRA_FULL_ERROR", None)  # set for this process only; a job reports its error in one line
    # In a separate process group, Ctrl-C does not reach the job directly: a second signal would interrupt its cleanup.
    words = [sys.executable, "-m", "convpipe", "train", *arguments]
    process = Popen(
        words, env=env, stdin=DEVNULL, stdout=PIPE, stderr=STDOUT, text=True, errors="replace", process_group=0
    )
    note, line = job.folder / "process_id", ""
    try:
        write_whole(note, str(process.pid))
        for line in process.stdout or ():
            _print(job, line.rstrip())
        return process.wait(), line.strip().removeprefix("error: ")
    except BaseException:
        _stop(job, process)
        job.end(STOPPED, WITH_SWEEP)
        raise
    finally:
        if process.stdout:
            process.stdout.close()
        note.unlink(missing_ok=True)


def _stop(job: Job, process: Popen) -> None:
    process.terminate()  # not SIGINT, which background jobs of a shell ignore
    try:
        process.communicate(timeout=GRACE)
    except (TimeoutExpired, KeyboardInterrupt):
        process.kill()
        process.wait()


def _print(job: Job, line: str) -> None:
    try:
        # Write each line at once, so that lines of parallel jobs do not mix.
        sys.stdout.write(f"#{job.number}  {line}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # After an Exception, Hydra would start the next job, although nothing reads the output.
        sys.exit(BROKEN_PIPE)
