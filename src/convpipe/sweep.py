"""A sweep (-m): one parent run in MLflow, a process a job, and a closing table, however the sweep ends.

Hydra makes the jobs and hands them to its launcher (one at a time, or several with hydra/launcher=joblib). The hooks
here stand round that: `Start` is called by Hydra before any job, `closing` is the block in which a script runs Hydra.
A sweep ends with status 0 where every job finished, 1 where some did not, 2 where it was refused before it began, and
130 after Ctrl-C.
"""

import os
import signal
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

from hydra.experimental.callback import Callback
from omegaconf import DictConfig, OmegaConf, open_dict

from convpipe import sweep_table
from convpipe.config import Settings
from convpipe.errors import ConfigError
from convpipe.settings import refuse_unknown
from convpipe.sweep_job import FAILED, GRACE, PARENT, STOPPED, SWEPT, WITH_SWEEP, Job, job_name
from convpipe.tracking import Tracker, Untracked

_current: "Sweep | None" = None


class Refused(BaseException):
    """Carries an error out of a callback, since Hydra makes a mere warning of any Exception in one."""


class Start(Callback):
    """Begins the sweep in the launching process; conf/train.yaml names it."""

    def on_multirun_start(self, config: DictConfig, **_) -> None:
        global _current
        try:
            _current = Sweep(config)
        except Exception as error:
            raise Refused from error


@contextmanager
def closing():
    """The block in which Hydra runs; closes the sweep that began in it, if one did.

    Raises:
        SystemExit: with status 1, where a job did not finish.
    """
    global _current
    try:
        yield
    except Refused as refused:
        raise refused.__cause__  # noqa: B904 - `from` would take away the cause that this error has itself
    except BaseException as error:
        if _current is not None:
            _current.close("KILLED" if isinstance(error, KeyboardInterrupt) else "FAILED")
        raise
    else:
        if _current is not None and _current.close():
            sys.exit(1)
    finally:
        _current = None


class Sweep:
    """The launching process's side of a sweep: every job composed, and the parent run made.

    Args:
        config: of the sweep, as Hydra hands it to callbacks.

    Raises:
        ConfigError, HydraException: a job that cannot be composed; nothing has begun then.
        TrackingError: the store cannot be opened.
    """

    def __init__(self, config: DictConfig):
        self.folder = Path(config.hydra.sweep.dir).absolute()
        self.swept, self.values, self.jobs = _plan(config, self.folder)
        self.table = OmegaConf.select(config, "sweep.table")
        self._refuse_used_folder()
        if self.table:
            if len(self.swept.get(sweep_table.SEED, ())) < 2:
                raise ConfigError("sweep.table takes means over seeds; sweep seed=0,1,2 as well")
            sweep_table.check_place(Path(self.table), {"seeds", "test_accuracy"})
        self.tracker = self._parent()
        os.environ[SWEPT] = " ".join(self.swept)
        os.environ.pop(PARENT, None)
        if self.tracker.run_id:
            os.environ[PARENT] = self.tracker.run_id

    def _refuse_used_folder(self) -> None:
        used = next((job.folder for job in self.jobs if job.result is not None), None)
        if used:
            raise ConfigError(f"{used} holds a run already; name another hydra.sweep.dir, or leave it out")

    def _parent(self):
        """The parent run, in the experiment of the first job; each child is in that of its own data set."""
        first = self.jobs[0]
        if not OmegaConf.select(first.config, "tracking.enabled"):
            return Untracked()
        from convpipe.run_record import provenance

        name = " ".join(f"{key}={','.join(values)}" for key, values in self.swept.items()) or "sweep of one job"
        tracker = Tracker(first.experiment, name[:250])
        values = {f"sweep.{key}": ",".join(values) for key, values in self.swept.items()}
        tracker.parameters(values, {**provenance(), "folder": self.folder, "jobs": len(self.jobs)})
        return tracker

    def close(self, status: str | None = None) -> int:
        """End what still runs, record and print what came of every job, end the parent run.

        Args:
            status: of the parent run; none: by the jobs.

        Returns:
            The exit status: 0 where every job finished, else 1.
        """
        for job in self.jobs:
            _settle(job, STOPPED if status == "KILLED" else FAILED)
        pairs = zip(self.jobs, self.values, strict=True)
        rows = [sweep_table.row(values, job.result, job.folder) for job, values in pairs]
        rows = sweep_table.ordered(rows, self.swept)
        finished = all(one["status"] in sweep_table.DONE for one in rows)
        from convpipe.run_record import made_by

        about = made_by()
        summary = [one | about for one in sweep_table.over_seeds(rows, self.swept)]
        self._record(rows, summary)
        self.tracker.finish(status or ("FINISHED" if finished else "FAILED"))
        sweep_table.show(rows, summary, list(self.swept), self.folder)
        print(f"table: {self.folder}/sweep.csv" + (f"; over seeds: {self.table}" if summary and self.table else ""))
        if not finished and self.tracker.run_id:
            print("the same command with sweep.resume=true runs only the jobs that did not finish")
        return 0 if finished else 1

    def _record(self, rows: list[dict], summary: list[dict]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        for name, table in (("sweep.csv", rows), ("seeds.csv", summary)):
            if table:
                sweep_table.write_csv(self.folder / name, table)
                self.tracker.file(self.folder / name)
        if summary and self.table:
            path = Path(self.table)
            sweep_table.write_csv(path, sweep_table.merged(sweep_table.read_csv(path), summary, self.swept))
        accuracies = [one["validation_accuracy"] for one in rows if one["validation_accuracy"] is not None]
        counts = {"jobs/finished": sum(one["status"] in sweep_table.DONE for one in rows)}
        counts["jobs/others"] = len(rows) - counts["jobs/finished"]
        self.tracker.metrics(counts | ({"best/validation_accuracy": max(accuracies)} if accuracies else {}))


def _plan(config: DictConfig, folder: Path) -> tuple[dict[str, list[str]], list[dict[str, str]], list[Job]]:
    """What varies with all its values, each job's own values, and the jobs, numbered as Hydra's launchers will."""
    from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
    from hydra.core.global_hydra import GlobalHydra
    from hydra.core.override_parser.overrides_parser import OverridesParser

    loader = GlobalHydra.instance().config_loader()
    words = [f"{key}={value}" for key, value in (config.hydra.sweeper.get("params") or {}).items()]
    overrides = OverridesParser.create(config_loader=loader).parse_overrides([*words, *config.hydra.overrides.task])
    (chosen,) = BasicSweeper.split_arguments(overrides, None)
    sweeps = {one.get_key_element(): one.is_sweep_override() for one in overrides}
    # A recipe is named even where all jobs share it: tables that gather several sweeps tell their rows by it.
    keys = [key for key, swept in sweeps.items() if swept or key == "experiment"]
    split = [dict(word.split("=", 1) for word in words) for words in chosen]
    values = [{key.lstrip("+"): job[key] for key in keys} for job in split]
    swept = {key: list(dict.fromkeys(job[key] for job in values)) for key in (key.lstrip("+") for key in keys)}
    jobs = [_compose(loader, config, number, words, list(swept), folder) for number, words in enumerate(chosen)]
    return swept, values, jobs


def _compose(loader, config: DictConfig, number: int, words: list[str], swept: list[str], folder: Path) -> Job:
    composed = loader.load_sweep_config(config, words)
    with open_dict(composed):
        composed.hydra.job.num = composed.hydra.job.id = number
        subdir = composed.hydra.sweep.subdir
        del composed["hydra"]
    refuse_unknown(composed, Settings)
    return Job(number, job_name(words, swept), folder / subdir, composed)


def _settle(job: Job, status: str) -> None:
    """End a job that still runs, or that was killed together with the worker that looked after it."""
    note = job.folder / "process_id"
    killed = note.exists()
    if killed:
        _end(int(note.read_text()))
        note.unlink()
    if killed or job.result:
        job.end(status, WITH_SWEEP if status == STOPPED else "the process that launched it has gone", killed)


def _end(process_id: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(process_id, signal.SIGTERM)
        until = time.monotonic() + GRACE
        while time.monotonic() < until:
            os.kill(process_id, 0)
            time.sleep(0.05)
        os.kill(process_id, signal.SIGKILL)
