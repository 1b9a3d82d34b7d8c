"""Run a comparison: profile networks, train them with every seed, shuffle axes, check equivalent ones, write the table.

Every training is an ordinary run of the command `train` in its own process, and a child of one parent run in MLflow. If
one fails, its error is reported and the others continue. After Ctrl-C the table holds the finished trainings.
"""

import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from omegaconf import OmegaConf

from convpipe.config import Settings
from convpipe.config.schema import flat
from convpipe.errors import ConfigError
from convpipe.experiment.comparison import table
from convpipe.experiment.comparison.overrides import as_overrides, slug
from convpipe.experiment.comparison.settings import ComparisonSettings, check, settings_of
from convpipe.experiment.comparison.statistics import Row, conclusion
from convpipe.experiment.comparison.variants import COMPARISONS, Variant, layout_of, matched_line, model_values
from convpipe.experiment.sweep import table as sweep_table
from convpipe.experiment.sweep.job import FAILED, PARENT, Job, finished_before, launch
from convpipe.experiment.sweep.table import DONE
from convpipe.experiment.tracking import NullTracker, Tracker


@dataclass(frozen=True)
class Training:
    """One training of a variant: its seed, settings and job."""

    variant: Variant
    seed: int
    settings: Settings
    job: Job


class Comparison:
    """A comparison of matched networks on one dataset.

    Args:
        settings: of the comparison.
        folder: of the comparison.
        options: overrides that are passed to every run (see `passed_on`).

    Raises:
        ConfigError: settings conflict with each other or with the data; nothing has started then.
        ConvpipeError: the data or the tracking store cannot be read.
    """

    def __init__(self, settings: ComparisonSettings, folder: Path, options: list[str]):
        self.settings, self.folder, self.options = settings, folder, options
        self.variants = COMPARISONS[settings.comparison].variants
        self.layout = layout_of(settings.comparison, settings.matched)
        check(settings)
        if settings.sweep.table:
            self._check_table(Path(settings.sweep.table))
        self.trainings = [
            self._training(variant, seed)
            for seed in range(settings.seed, settings.seed + settings.seeds)
            for variant in self.variants
            if not variant.equivalent_to
        ]
        self.rows = {variant.name: Row(variant) for variant in self.variants}
        self.tracker = self._parent()
        os.environ.pop(PARENT, None)
        if self.tracker.run_id:
            os.environ[PARENT] = self.tracker.run_id

    def _check_table(self, path: Path) -> None:
        """Refuse a path where the table cannot be written, or where another comparison's table is."""
        sweep_table.check_place(path, {"comparison", "network"})
        existing = {(row["comparison"], row["data"]) for row in sweep_table.read_csv(path)}
        if existing - {(self.settings.comparison, self.settings.data.name)}:
            message = f"sweep.table={path} contains a comparison on other data"
            raise ConfigError(message, key="sweep.table", value=str(path), remedy="choose another file")

    def _training(self, variant: Variant, seed: int) -> Training:
        settings, name = settings_of(variant, self.settings, seed), f"{variant.name} seed {seed}"
        place = self.folder / slug(variant.name) / f"seed_{seed}"
        return Training(variant, seed, settings, Job(seed, name, place, OmegaConf.create(asdict(settings))))

    def _parent(self):
        if not self.settings.tracking.enabled:
            return NullTracker()
        from convpipe.experiment.run_record import provenance, run_tags

        name = f"compare {self.settings.comparison}, {self.settings.seeds} seeds"
        tracker = Tracker(self.trainings[0].job.experiment, name)
        shared = {"matched": self.layout, "training": self.settings.training, "split": self.settings.split}
        values = {"compare": self.settings.comparison, "seeds": self.settings.seeds}
        values |= flat({key: asdict(each) for key, each in shared.items()})
        tracker.parameters(values, {**run_tags({}, provenance()), "folder": self.folder})
        return tracker

    def run(self) -> int:
        """Profile and train all networks.

        Returns:
            The exit status: 0 if everything finished, else 1.

        Raises:
            KeyboardInterrupt: Ctrl-C, after the finished results were recorded and shown.
        """
        try:
            for variant in self.variants:
                if not variant.equivalent_to:
                    self._profile(variant, [])
            for training in self.trainings:
                self._train(training)
            for row in self.rows.values():
                self._shuffle(row)
            for variant in self.variants:
                if variant.equivalent_to:
                    self._repeat(variant, variant.equivalent_to)
        except BaseException as error:
            self.close("KILLED" if isinstance(error, KeyboardInterrupt) else "FAILED")
            raise
        return self.close()

    def _train(self, training: Training) -> None:
        job, row = training.job, self.rows[training.variant.name]
        job.folder.mkdir(parents=True, exist_ok=True)
        before = finished_before(training.settings, job.experiment) if self.settings.sweep.resume else None
        if before:
            job.write(job.about() | before)
        elif row.errors and not row.measured:
            job.end(FAILED, row.errors[0])
        else:
            print(f"{job.name}:", flush=True)
            model = as_overrides(model_values(training.variant, self.layout))
            launch(job, [*self.options, *model, f"seed={training.seed}"])
        self._read(training)

    def _read(self, training: Training) -> None:
        """Enter the result of a training into the row of its network."""
        result, row = training.job.result or {}, self.rows[training.variant.name]
        if result.get("status") not in DONE:
            row.errors.append(f"seed {training.seed} {result.get('status', 'not run')}: {result.get('error', '')}")
            return
        row.part = "test" if result.get("test") else "validation"
        if result.get(row.part):
            row.accuracies[training.seed] = result[row.part]["accuracy"]

    def _repeat(self, variant: Variant, repeated: str) -> None:
        """Check that `variant` gives the outputs of the network `repeated`, and copy the accuracies of that network."""
        row, other = self.rows[variant.name], self.rows[repeated]
        folders = self._finished(repeated)
        found = [file.parent for folder in folders for file in sorted(folder.rglob("classifier/classifier.json"))]
        if not found:
            row.errors.append(f"there is no classifier of {repeated} to copy weights from")
            return
        self._profile(variant, found)
        if row.measured:
            row.accuracies, row.part, row.shuffled = dict(other.accuracies), other.part, dict(other.shuffled)

    def _finished(self, name: str) -> list[Path]:
        """The folders of the finished runs of a network."""
        seeds = self.rows[name].accuracies
        done = [each.job for each in self.trainings if each.variant.name == name and each.seed in seeds]
        return [Path((job.result or {}).get("folder") or job.folder) for job in done]

    def _profile(self, variant: Variant, classifiers: list[Path]) -> None:
        """Measure the costs of a network in a new process. An error becomes a line in its row."""
        place, row = self.folder / slug(variant.name), self.rows[variant.name]
        place.mkdir(parents=True, exist_ok=True)
        settings, result = place / "measured.yaml", place / "measured.json"
        values = asdict(settings_of(variant, self.settings, self.settings.seed))
        settings.write_text(OmegaConf.to_yaml(OmegaConf.create(values)))
        print(f"{variant.name}: measuring costs in a separate process", flush=True)
        error = _process("profiling", settings, result, *classifiers)
        if error:
            row.errors.append(f"not measured: {error}")
        else:
            row.measured = json.loads(result.read_text())

    def _shuffle(self, row: Row) -> None:
        """Run the shuffle test on all finished runs of a network in a new process. An error becomes a line, too."""
        runs, result = self._finished(row.name), self.folder / slug(row.name) / "shuffled.json"
        if not runs or not self.settings.shuffles:
            return
        print(f"{row.name}: shuffle test", flush=True)
        error = _process("shuffling", result, self.settings.shuffles, *runs)
        if error:
            row.errors.append(f"not shuffled: {error}")
        else:
            row.shuffled = json.loads(result.read_text())

    def close(self, status: str | None = None) -> int:
        """Record and print the results so far, end the parent run, and return the exit status of `run`."""
        rows = list(self.rows.values())
        if status:
            self._name_unfinished()
        finished = not any(row.errors for row in rows)
        conclusions = conclusion(rows)
        self._record(rows, conclusions)
        self.tracker.finish(status or ("FINISHED" if finished else "FAILED"))
        lines = [
            "",
            matched_line(self.layout),
            *table.lines(rows),
            *table.shuffle_lines(rows),
            "",
            *conclusions,
            f"\ntable and figure: {self.folder}",
        ]
        print("\n".join(lines), flush=True)
        return 0 if finished else 1

    def _name_unfinished(self) -> None:
        """Add a line for each unfinished training that has no line yet."""
        for training in self.trainings:
            row = self.rows[training.variant.name]
            named = any(error.startswith(f"seed {training.seed} ") for error in row.errors)
            if training.seed not in row.accuracies and not named:
                row.errors.append(f"seed {training.seed} {(training.job.result or {}).get('status', 'not run')}")

    def _record(self, rows: list[Row], conclusions: list[str]) -> None:
        from convpipe.evaluation.figures.words import save_png
        from convpipe.experiment.comparison.figure import comparison_figure

        self.folder.mkdir(parents=True, exist_ok=True)
        csv_rows = table.rows_for_csv(rows, self._about())
        sweep_table.write_csv(self.folder / "comparison.csv", csv_rows)
        sweep_table.write_csv(self.folder / "runs.csv", [self._run_row(each) for each in self.trainings])
        (self.folder / "conclusion.txt").write_text("\n".join(conclusions) + "\n", encoding="utf-8")
        figure = comparison_figure(rows, f"{self.settings.data.name}: the same task through different layers")
        save_png(figure, self.folder / "comparison.png")
        if self.settings.sweep.table:
            sweep_table.write_csv(Path(self.settings.sweep.table), csv_rows)
        for name in ("comparison.csv", "runs.csv", "conclusion.txt", "comparison.png"):
            self.tracker.file(self.folder / name)
        self.tracker.metrics({f"{slug(row.name)}/{key}": value for row in rows for key, value in _numbers(row).items()})

    def _about(self) -> dict:
        """The first and last columns, which are the same in every row of the table."""
        from convpipe.experiment.run_record import environment

        first = {"comparison": self.settings.comparison, "data": self.settings.data.name}
        return first | {"matched": matched_line(self.layout).removeprefix("matched: ")} | environment()

    def _run_row(self, training: Training) -> dict:
        metrics, job = sweep_table.further_metrics([self.settings.evaluation.metrics]), training.job
        seed = {"seed": str(training.seed)}
        return {"network": training.variant.name} | sweep_table.row(seed, job.result, job.folder, metrics)


def _process(module: str, *arguments) -> str | None:
    """Run a module of this package in a new process; return None, or one line with the error.

    Raises:
        KeyboardInterrupt: Ctrl-C.
    """
    command = [sys.executable, "-m", f"convpipe.experiment.comparison.{module}", *map(str, arguments)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode == 130:
        raise KeyboardInterrupt
    if done.returncode == 0:
        return None
    lines = done.stderr.strip().splitlines() or [f"its process ended with status {done.returncode}"]
    return lines[-1].removeprefix("error: ")


def _numbers(row: Row) -> dict[str, float | None]:
    numbers = {key: value for key, value in row.measured.items() if isinstance(value, int | float)}
    shuffled = {f"shuffled_{each['axis']}": each["accuracy"] for each in row.shuffled.get("axes", [])}
    return numbers | shuffled | {"accuracy": row.accuracy, "accuracy_spread": row.spread}
