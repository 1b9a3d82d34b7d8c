"""A sweep (-m): one parent run in MLflow, a process for each job, and a closing table, even after Ctrl-C."""

import os
import signal
import time
from contextlib import suppress
from itertools import product
from pathlib import Path

from omegaconf import DictConfig, OmegaConf, open_dict

from convpipe.config import Settings
from convpipe.config.schema import refuse_unknown
from convpipe.errors import ConfigError
from convpipe.experiment.sweep import table as sweep_table
from convpipe.experiment.sweep.job import FAILED, GRACE, PARENT, STOPPED, SWEPT, WITH_SWEEP, Job, job_name
from convpipe.experiment.tracking import NullTracker, Tracker


class Sweep:
    """A sweep in the process that launches it. The constructor composes every job and creates the parent run.

    Args:
        config: of the sweep, as Hydra passes it to callbacks.

    Raises:
        ConfigError, HydraException: a job cannot be composed; no job has started then.
        TrackingError: the store cannot be opened.
    """

    def __init__(self, config: DictConfig):
        self.folder = Path(config.hydra.sweep.dir).absolute()
        self.swept, self.values, self.jobs = _plan(config, self.folder)
        self.table = OmegaConf.select(config, "sweep.table")
        self.metrics = sweep_table.further_metrics(each.config.evaluation.metrics for each in self.jobs)
        self._refuse_used_folder()
        if self.table:
            if len(self.swept.get(sweep_table.SEED, ())) < 2:
                message = "sweep.table contains means over seeds, but seed does not vary in this sweep"
                raise ConfigError(message, key="sweep.table", value=self.table, remedy="add seed=0,1,2")
            sweep_table.check_place(Path(self.table), {"seeds", "test_accuracy"})
        self.tracker = self._parent()
        os.environ[SWEPT] = " ".join(self.swept)
        os.environ.pop(PARENT, None)
        if self.tracker.run_id:
            os.environ[PARENT] = self.tracker.run_id

    def _refuse_used_folder(self) -> None:
        used = next((job.folder for job in self.jobs if job.result is not None), None)
        if used:
            remedy = "set hydra.sweep.dir to another folder, or leave it out"
            raise ConfigError("the folder already contains a run", file=used, key="hydra.sweep.dir", remedy=remedy)

    def _parent(self):
        """The parent run, in the experiment of the first job. Each child run is in the experiment of its dataset."""
        first = self.jobs[0]
        if not OmegaConf.select(first.config, "tracking.enabled"):
            return NullTracker()
        from convpipe.experiment.run_record import provenance, run_tags

        name = " ".join(f"{key}={','.join(values)}" for key, values in self.swept.items()) or "sweep of one job"
        tracker = Tracker(first.experiment, name[:250])
        values = {f"sweep.{key}": ",".join(values) for key, values in self.swept.items()}
        tracker.parameters(values, {**run_tags({}, provenance()), "folder": self.folder, "jobs": len(self.jobs)})
        return tracker

    def close(self, status: str | None = None) -> int:
        """End the running jobs, record and print the results of all jobs, and end the parent run.

        Args:
            status: of the parent run; None: FINISHED if every job finished, else FAILED.

        Returns:
            The exit status: 0 if every job finished, else 1.
        """
        for job in self.jobs:
            _settle(job, STOPPED if status == "KILLED" else FAILED)
        pairs = zip(self.jobs, self.values, strict=True)
        rows = [sweep_table.row(values, job.result, job.folder, self.metrics) for job, values in pairs]
        rows = sweep_table.ordered(rows, self.swept)
        finished = all(one["status"] in sweep_table.DONE for one in rows)
        from convpipe.experiment.run_record import environment

        about = environment()
        summary = [one | about for one in sweep_table.over_seeds(rows, self.swept, self.metrics)]
        fewer = self._record(rows, summary, finished)
        self.tracker.finish(status or ("FINISHED" if finished else "FAILED"))
        sweep_table.show(rows, summary, list(self.swept), self.folder, self.metrics)
        means = f"; means over seeds: {self.table}" if summary and self.table else ""
        print(f"table: {self.folder}/sweep.csv{means}")
        for one in fewer:
            print(f"{self.table} keeps its row of {one['data']}, {one['model']}, which has more seeds")
        if not finished and self.tracker.run_id:
            print("to run only the jobs that did not finish, add sweep.resume=true to the same command")
        return 0 if finished else 1

    def _record(self, rows: list[dict], summary: list[dict], finished: bool) -> list[dict]:
        """Write the tables and the metrics of the parent run.

        Returns:
            Rows of `summary` that are not in `sweep.table`: an unfinished sweep never replaces a row with more seeds.
        """
        fewer: list[dict] = []
        self.folder.mkdir(parents=True, exist_ok=True)
        for name, table in (("sweep.csv", rows), ("seeds.csv", summary)):
            if table:
                sweep_table.write_csv(self.folder / name, table)
                self.tracker.file(self.folder / name)
        if summary and self.table:
            path = Path(self.table)
            before = sweep_table.read_csv(path)
            fewer = [] if finished else sweep_table.with_fewer_seeds(before, summary, self.swept)
            new = [one for one in summary if one not in fewer]
            sweep_table.write_csv(path, sweep_table.merged(before, new, self.swept))
        accuracies = [one["validation_accuracy"] for one in rows if one["validation_accuracy"] is not None]
        counts = {"jobs/finished": sum(one["status"] in sweep_table.DONE for one in rows)}
        counts["jobs/others"] = len(rows) - counts["jobs/finished"]
        self.tracker.metrics(counts | ({"best/validation_accuracy": max(accuracies)} if accuracies else {}))
        return fewer


def _plan(config: DictConfig, folder: Path) -> tuple[dict[str, list[str]], list[dict[str, str]], list[Job]]:
    """The swept keys with all values, the values of each job, and the jobs, numbered as in Hydra's launchers."""
    from hydra.core.global_hydra import GlobalHydra
    from hydra.core.override_parser.overrides_parser import OverridesParser

    loader = GlobalHydra.instance().config_loader()
    words = [f"{key}={value}" for key, value in (config.hydra.sweeper.get("params") or {}).items()]
    overrides = OverridesParser.create(config_loader=loader).parse_overrides([*words, *config.hydra.overrides.task])
    words_of_jobs = _jobs_of(overrides)
    sweeps = {one.get_key_element(): one.is_sweep_override() for one in overrides}
    # A recipe is a column even if all jobs share it, since it tells rows of several sweeps in one table apart.
    keys = [key for key, swept in sweeps.items() if swept or key == "experiment"]
    split = [dict(word.split("=", 1) for word in words) for words in words_of_jobs]
    values = [{key.lstrip("+"): job[key] for key in keys} for job in split]
    swept = {key: list(dict.fromkeys(job[key] for job in values)) for key in (key.lstrip("+") for key in keys)}
    jobs = [_compose(loader, config, number, words, list(swept), folder) for number, words in enumerate(words_of_jobs)]
    return swept, values, jobs


def _jobs_of(overrides: list) -> list[list[str]]:
    """The overrides of each job, in the order and with the quotes of Hydra's basic sweeper."""
    return [list(job) for job in product(*{one.get_key_element(): _choices(one) for one in overrides}.values())]


def _choices(override) -> list[str]:
    """The overrides that a swept override expands to, one for each value."""
    key = override.get_key_element()
    if override.is_sweep_override() and not override.is_discrete_sweep():
        remedy = f"list the values, as in {key}=1,2"
        raise ConfigError(f"{key} is an interval, which a sweep cannot enumerate", key=key, remedy=remedy)
    if override.is_sweep_override():
        return [f"{key}={value}" for value in override.sweep_string_iterator()]
    return [f"{key}={override.get_value_element_as_str()}"]


def _compose(loader, config: DictConfig, number: int, words: list[str], swept: list[str], folder: Path) -> Job:
    composed = loader.load_sweep_config(config, words)
    with open_dict(composed):
        composed.hydra.job.num = composed.hydra.job.id = number
        subdir = composed.hydra.sweep.subdir
        del composed["hydra"]
    refuse_unknown(composed, Settings)
    return Job(number, job_name(words, swept), folder / subdir, composed)


def _settle(job: Job, status: str) -> None:
    """End a job that still runs, or record one that was killed together with its worker process."""
    note = job.folder / "process_id"
    killed = note.exists()
    if killed:
        _end(int(note.read_text()))
        note.unlink()
    if killed or job.result:
        job.end(status, WITH_SWEEP if status == STOPPED else "the process that launched it has ended", killed)


def _end(process_id: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(process_id, signal.SIGTERM)
        until = time.monotonic() + GRACE
        while time.monotonic() < until:
            os.kill(process_id, 0)
            time.sleep(0.05)
        os.kill(process_id, signal.SIGKILL)
