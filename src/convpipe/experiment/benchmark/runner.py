"""Run a benchmark: measure every row in fresh processes, and write the table after each group."""

import json
import os
import time
from pathlib import Path

from convpipe.errors import ConfigError
from convpipe.experiment.benchmark import SUITES, case
from convpipe.experiment.benchmark.case import Case
from convpipe.experiment.benchmark.settings import BenchmarkSettings
from convpipe.experiment.run_record import command
from convpipe.experiment.sweep.table import check_place, read_csv, write_csv
from convpipe.workers import cores


class Benchmark:
    """A suite, measured row by row.

    Args:
        settings: of the benchmark.
        folder: for the results of every measurement (`measurements.jsonl`).

    Raises:
        ConfigError: the settings conflict, or the table cannot be written; nothing has been measured then.
    """

    def __init__(self, settings: BenchmarkSettings, folder: Path):
        self.settings, self.folder, self.suite = settings, folder, settings.module
        self.groups: list[list[Case]] = self.suite.groups(settings)
        if not any(self.groups):
            raise ConfigError(
                "there is nothing to measure", key="sets", remedy="set at least one dataset and one model"
            )
        self.path = settings.place
        if settings.table is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        check_place(self.path, {*self.groups[0][0].key, "version", "repeats"}, "table")
        self.about = {"cores": str(cores()), "threads": str(settings.used_threads)}
        self.rows = read_csv(self.path)
        self.load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None

    def run(self) -> int:
        """Measure the groups that are not in the table yet; print and draw the result.

        Returns:
            The exit status: 0 if every row has results, else 1.

        Raises:
            KeyboardInterrupt: Ctrl-C; the table holds the finished groups.
        """
        todo = [group for group in self.groups if not self._is_known(group)]
        kept = len(self.groups) - len(todo)
        if kept:
            print(f"{kept} of {len(self.groups)} groups are already in {self.path}; resume=false measures them again")
        self.started, self.done = time.perf_counter(), 0
        self.total = self.settings.repeats * sum(map(len, todo))
        for group in todo:
            self._keep(self._measured(group))
        rows = [row for group in self.groups for each in group if (row := self._row(each))]
        self._draw(rows)
        failed = [row for row in rows if row["error"]]
        errors = [f"{', '.join(row[key] for key in self.groups[0][0].key)}: {row['error']}" for row in failed]
        print("\n".join(["", *self.suite.lines(rows), *errors, f"\ntable: {self.path}"]), flush=True)
        return 1 if failed else 0

    def _row(self, each: Case) -> dict | None:
        """The row of a case in the table."""
        return next((row for row in self.rows if each.key.items() <= row.items()), None)

    def _is_known(self, group: list[Case]) -> bool:
        """Whether the table holds all rows of a group, measured with the same settings and versions.

        If one row is missing, the whole group is measured again, since its cases are measured in turn.
        """
        if not self.settings.resume:
            return False
        common = {**self.about, "repeats": str(self.settings.repeats), "error": ""}
        pairs = [({**common, "version": each.version}, self._row(each)) for each in group]
        return all(row is not None and expected.items() <= row.items() for expected, row in pairs)

    def _measured(self, group: list[Case]) -> list[dict]:
        """The rows of a group. Each repeat measures all its cases in turn."""
        measured: list[list[dict]] = [[] for _ in group]
        for repeat in range(self.settings.repeats):
            for each, results in zip(group, measured, strict=True):
                results.append(self._measure(each, self.settings.seed + repeat))
        return [self._as_row(each, results) for each, results in zip(group, measured, strict=True)]

    def _measure(self, each: Case, seed: int) -> dict:
        module, threads = SUITES[self.settings.suite], self.settings.used_threads
        found = case.in_fresh_process(module, each.values, seed, threads)
        with (self.folder / "measurements.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps({**each.key, "seed": seed, **found}) + "\n")
        self.done += 1
        left = (time.perf_counter() - self.started) / self.done * (self.total - self.done)
        about = found["error"] if "error" in found else self.suite.summary(found)
        name = f"{', '.join(each.key.values())}, seed {seed}"
        print(f"[{self.done}/{self.total}] {name}: {about} ({_duration(left)} left)", flush=True)
        return found

    def _as_row(self, each: Case, results: list[dict]) -> dict:
        error = next((found["error"] for found in results if "error" in found), "")
        columns = {} if error else self.suite.columns(results)
        first = {**each.key, "version": each.version, "repeats": self.settings.repeats}
        last = {"error": error, **self.about, "load_average": self.load, "versions": case.versions()}
        return {**first, **columns, **last, "command": command()}

    def _keep(self, new: list[dict]) -> None:
        """Write rows into the table, replacing rows of the same cases."""
        keys = list(self.groups[0][0].key)
        replaced = [[row[key] for key in keys] for row in new]
        rows: list[dict] = [row for row in self.rows if [row[key] for key in keys] not in replaced]
        rows += new
        columns = dict.fromkeys(key for row in sorted(rows, key=len, reverse=True) for key in row)
        write_csv(self.path, [{key: row.get(key, "") for key in columns} for row in rows])
        self.rows = read_csv(self.path)

    def _draw(self, rows: list[dict]) -> None:
        figure = self.suite.figure(rows)
        if figure is not None:
            figure.savefig(self.path.with_suffix(".svg"), metadata={"Date": None})
            print(f"figure: {self.path.with_suffix('.svg')}")


def _duration(seconds: float) -> str:
    """A duration as text, rounded to seconds or minutes.

    >>> [_duration(seconds) for seconds in (9.6, 130)]
    ['10 s', '2 min']
    """
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
