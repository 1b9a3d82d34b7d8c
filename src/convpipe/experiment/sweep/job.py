"""One job of a sweep: a process of its own, and a record of it whatever became of it.

Nothing here imports TensorFlow: it is the job's process that trains.
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

#: Environment variables from the process that launches a sweep to its jobs, which may run in worker processes.
PARENT, NAME, SWEPT = "CONVPIPE_PARENT_RUN", "CONVPIPE_RUN_NAME", "CONVPIPE_SWEPT"

FINISHED, BEFORE, FAILED, STOPPED = "finished", "finished before", "failed", "stopped"
ENDED = {FINISHED, BEFORE, FAILED, STOPPED}
IN_MLFLOW = {FAILED: "FAILED", STOPPED: "KILLED"}

WITH_SWEEP = "stopped together with the sweep"

#: Seconds that a job has to end by itself after Ctrl-C.
GRACE = 30


@dataclass(frozen=True)
class Job:
    """One job: its number, name (what varies), folder and composed configuration."""

    number: int
    name: str
    folder: Path
    config: DictConfig

    @property
    def experiment(self) -> str:
        """Experiment in MLflow, also where the configuration is not a valid one."""
        return self._chosen("tracking.experiment") or self._chosen("data.name") or "sweep"

    @property
    def result(self) -> dict | None:
        """What result.json holds; None for a job that was not begun."""
        path = self.folder / "result.json"
        return json.loads(path.read_text()) if path.exists() else None

    def write(self, result: dict) -> None:
        """Make `result` the job's result.json, whole or not at all."""
        write_whole(self.folder / "result.json", json.dumps(result, indent=2) + "\n")

    def about(self) -> dict:
        """The beginning of every result.json."""
        chosen = {"data": self._chosen("data.name"), "model": self._chosen("model.name"), "seed": self._chosen("seed")}
        return chosen | {"status": None, "run_id": None, "model_uri": None, "classifier": None}

    def end(self, status: str, error: str, killed: bool = False) -> None:
        """Say in result.json and in MLflow how the job ended, where its own process could not.

        Args:
            status: FAILED or STOPPED.
            error: one line.
            killed: the process may have been killed after it wrote result.json and before it closed its run.
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
        if not self._chosen("tracking.enabled"):
            return NullTracker()
        name = self.name or f"{self._chosen('model.name')} seed {self._chosen('seed')}"
        return Tracker(self.experiment, name, os.environ.get(PARENT), run_id)

    def _chosen(self, key: str):
        return OmegaConf.select(self.config, key, throw_on_missing=False)


def job_name(overrides: list[str], swept: list[str]) -> str:
    """What varies, such as "model=fcn seed=1"; empty where nothing does.

    >>> job_name(["data=watch", "+model=fcn", "seed=1"], ["model", "seed"])
    'model=fcn seed=1'
    """
    words = [word.lstrip("+") for word in overrides]
    return " ".join(word for word in words if word.partition("=")[0] in swept)[:250]


def run_job(config: DictConfig) -> None:
    """Run one job of a sweep in a process of its own; its result.json and MLflow say what became of it.

    Args:
        config: the job's composed configuration, without Hydra's own part.

    Raises:
        KeyboardInterrupt: Ctrl-C; the job's process has ended by then.
    """
    from hydra.core.hydra_config import HydraConfig

    chosen = HydraConfig.get()
    overrides = list(chosen.overrides.task)
    name = job_name(overrides, os.environ.get(SWEPT, "").split())
    job = Job(chosen.job.num, name, Path(chosen.runtime.output_dir), config)
    try:
        settings = to_settings(config, Settings)
        before = finished_before(settings, job.experiment) if settings.sweep.resume else None
    except Exception as error:
        line = explain(error)
        if line is None:
            raise
        job.end(FAILED, line)
        _say(job, f"error: {line}")
        return
    if before:
        job.write(job.about() | before)
        _say(job, f"finished before in {before['folder']}; skipped")
    else:
        launch(job, [*_options(chosen), *overrides])


def finished_before(settings: Settings, experiment: str) -> dict | None:
    """The newest finished run in `experiment` with these settings and this data, in the form of result.json.

    Raises:
        ConfigError: tracking is off, so that nothing is known of earlier runs.
        ConvpipeError: the data or the store cannot be read.
    """
    from convpipe.data import load

    if not settings.tracking.enabled:
        message = "sweep.resume=true finds finished jobs in the tracking store, but tracking.enabled=false"
        raise ConfigError(message, key="tracking.enabled", value=False, remedy="set tracking.enabled=true")
    data = load(settings.data, settings.window).sha256
    client, experiment_id = open_store(experiment)
    hashes = {"config_sha256": config_sha256(settings), "data_sha256": data}
    wanted = [f"tags.`{name}` = '{value}'" for name, value in run_tags(hashes, {}).items()]
    wanted.append("attributes.status = 'FINISHED'")
    found = client.search_runs([experiment_id], " and ".join(wanted), max_results=1)
    if not found:
        return None
    run = found[0]
    names = ("accuracy", "seconds", "epochs", *further_metrics([settings.evaluation.metrics]))
    parts = {part: _figures(run.data.metrics, part, names) for part in ("train", "validation", "test")}
    about = {"status": BEFORE, "run_id": run.info.run_id, "folder": run.data.tags.get("folder", "")}
    return about | parts | {"parameters": run.data.metrics.get("parameters")} | hashes


def _figures(metrics: dict[str, float], part: str, names: Sequence[str]) -> dict | None:
    return {name: metrics[f"{part}_{name}"] for name in names if f"{part}_{name}" in metrics} or None


def _options(chosen) -> list[str]:
    """Options of the sweep that decide where its configuration is read from."""
    folders = [source.path for source in chosen.runtime.config_sources if source.provider == "command-line"]
    return [f"--config-name={chosen.job.config_name}", *(f"--config-dir={folder}" for folder in folders)]


def launch(job: Job, arguments: list[str]) -> None:
    """Run train with `arguments` for a job, in its folder, and record it where its process could not.

    Raises:
        KeyboardInterrupt: Ctrl-C; the job's process has ended by then.
    """
    job.folder.mkdir(parents=True, exist_ok=True)
    status, line = _launch(job, [*arguments, f"hydra.run.dir={quoted(job.folder)}"])
    if status < 0:  # the last line is of the training then, and not of what ended it
        line = f"ended by {_signal_name(-status)}" + ("; out of memory, perhaps" if -status == signal.SIGKILL else "")
    job.end(FAILED, line or f"its process ended with status {status}")


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time signal has no name of its own
        return f"signal {number}"


def _launch(job: Job, arguments: list[str]) -> tuple[int, str]:
    """Run train and show what it prints; its exit status and its last line, without "error: "."""
    env = {**os.environ, NAME: job.name}
    env.pop("HYDRA_FULL_ERROR", None)  # set by this process for itself; a job reports its error in one line
    # A process group of its own: Ctrl-C reaches it through us alone, since twice would break the way it ends.
    words = [sys.executable, "-m", "convpipe", "train", *arguments]
    process = Popen(
        words, env=env, stdin=DEVNULL, stdout=PIPE, stderr=STDOUT, text=True, errors="replace", process_group=0
    )
    note, line = job.folder / "process_id", ""
    try:
        write_whole(note, str(process.pid))
        for line in process.stdout or ():
            _say(job, line.rstrip())
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
    process.terminate()  # not SIGINT, which jobs of a shell's background ignore
    try:
        process.communicate(timeout=GRACE)
    except (TimeoutExpired, KeyboardInterrupt):
        process.kill()
        process.wait()


def _say(job: Job, line: str) -> None:
    try:
        # One write a line: with several jobs at once, lines stay whole.
        sys.stdout.write(f"#{job.number}  {line}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # Hydra would go on with the next job after an Exception, though nobody reads on.
        sys.exit(BROKEN_PIPE)
