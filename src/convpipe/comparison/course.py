"""The course of a comparison: costs, then every training, then what repeats another; then what is known is closed.

Every training is an ordinary run in a process of its own (scripts/train.py), a child of one parent run in MLflow. One
that fails is named and the others go on; after Ctrl-C the table holds what was finished.
"""

import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from omegaconf import OmegaConf

from convpipe import sweep_table
from convpipe.comparison import table
from convpipe.comparison.conclusion import Row, conclusion
from convpipe.comparison.members import COMPARISONS, Member, layout_of, matched_line, model_values, settings_of
from convpipe.comparison.settings import ComparisonSettings, check
from convpipe.comparison.words import as_words, slug
from convpipe.config import Settings
from convpipe.errors import ConfigError
from convpipe.sweep_job import FAILED, PARENT, Job, finished_before, launch
from convpipe.sweep_table import DONE
from convpipe.tracking import Tracker, Untracked


@dataclass(frozen=True)
class Training:
    """One training of a member: its seed, settings and job."""

    member: Member
    seed: int
    settings: Settings
    job: Job


class Comparison:
    """Matched networks on one data set, side by side.

    Args:
        settings: what is compared on what.
        folder: of the comparison.
        options: words of the command line that every run is given too (see `passed_on`).

    Raises:
        ConfigError: settings at odds with each other or with the data; nothing has begun then.
        ConvpipeError: the data or the tracking store cannot be read.
    """

    def __init__(self, settings: ComparisonSettings, folder: Path, options: list[str]):
        self.settings, self.folder, self.options = settings, folder, options
        self.members = COMPARISONS[settings.comparison]
        self.layout = layout_of(settings)
        check(settings)
        if settings.sweep.table:
            self._check_table(Path(settings.sweep.table))
        self.trainings = [
            self._training(member, seed)
            for seed in range(settings.seed, settings.seed + settings.seeds)
            for member in self.members
            if not member.repeats
        ]
        self.rows = {member.name: Row(member) for member in self.members}
        self.tracker = self._parent()
        os.environ.pop(PARENT, None)
        if self.tracker.run_id:
            os.environ[PARENT] = self.tracker.run_id

    def _check_table(self, path: Path) -> None:
        """Refuse a place that the table cannot take, or that holds another comparison's."""
        sweep_table.check_place(path, {"comparison", "network"})
        held = {(row["comparison"], row["data"]) for row in sweep_table.read_csv(path)}
        if held - {(self.settings.comparison, self.settings.data.name)}:
            raise ConfigError(f"sweep.table={path} holds the comparison of other data; name another file")

    def _training(self, member: Member, seed: int) -> Training:
        settings, name = settings_of(member, self.settings, seed), f"{member.name} seed {seed}"
        place = self.folder / slug(member.name) / f"seed_{seed}"
        return Training(member, seed, settings, Job(seed, name, place, OmegaConf.create(asdict(settings))))

    def _parent(self):
        if not self.settings.tracking.enabled:
            return Untracked()
        from convpipe.run_record import flat, provenance

        name = f"compare {self.settings.comparison}, {self.settings.seeds} seeds"
        tracker = Tracker(self.trainings[0].job.experiment, name)
        values = {"compare": self.settings.comparison, "seeds": self.settings.seeds} | flat(
            {
                "matched": asdict(self.layout),
                "training": asdict(self.settings.training),
                "split": asdict(self.settings.split),
            }
        )
        tracker.parameters(values, {**provenance(), "folder": self.folder})
        return tracker

    def run(self) -> int:
        """Measure and train everything.

        Returns:
            The exit status: 0 where all of it finished, else 1.

        Raises:
            KeyboardInterrupt: Ctrl-C, after what was finished was recorded and shown.
        """
        try:
            for member in self.members:
                if not member.repeats:
                    self._measure(member, [])
            for training in self.trainings:
                self._train(training)
            for member in self.members:
                if member.repeats:
                    self._repeat(member)
        except BaseException as error:
            self.close("KILLED" if isinstance(error, KeyboardInterrupt) else "FAILED")
            raise
        return self.close()

    def _train(self, training: Training) -> None:
        job, row = training.job, self.rows[training.member.name]
        job.folder.mkdir(parents=True, exist_ok=True)
        before = finished_before(training.settings, job.experiment) if self.settings.sweep.resume else None
        if before:
            job.write(job.about() | before)
        elif row.errors and not row.measured:
            job.end(FAILED, row.errors[0])
        else:
            print(f"{job.name}:", flush=True)
            launch(job, [*self.options, *as_words(model_values(training.member, self.layout)), f"seed={training.seed}"])
        self._read(training)

    def _read(self, training: Training) -> None:
        """Take what became of a training into the row of its network."""
        result, row = training.job.result or {}, self.rows[training.member.name]
        if result.get("status") not in DONE:
            row.errors.append(f"seed {training.seed} {result.get('status', 'not run')}: {result.get('error', '')}")
            return
        row.part = "test" if result.get("test") else "validation"
        if result.get(row.part):
            row.accuracies[training.seed] = result[row.part]["accuracy"]

    def _repeat(self, member: Member) -> None:
        """Show that `member` gives the outputs of the network that it repeats, and has its accuracies therefore."""
        row, other = self.rows[member.name], self.rows[member.repeats]
        done = [each for each in self.trainings if each.member is other.member and each.seed in other.accuracies]
        folders = [Path(each.job.result.get("folder") or each.job.folder) for each in done]
        found = [file.parent for folder in folders for file in sorted(folder.rglob("classifier/classifier.json"))]
        if not found:
            row.errors.append(f"{member.repeats} left no classifier whose weights it could take")
            return
        self._measure(member, found)
        if row.measured:
            row.accuracies, row.part = dict(other.accuracies), other.part

    def _measure(self, member: Member, classifiers: list[Path]) -> None:
        """What the network costs, by a process of its own; a failure is a line in its row."""
        place = self.folder / slug(member.name)
        place.mkdir(parents=True, exist_ok=True)
        settings, result = place / "measured.yaml", place / "measured.json"
        settings.write_text(
            OmegaConf.to_yaml(OmegaConf.create(asdict(settings_of(member, self.settings, self.settings.seed))))
        )
        print(f"{member.name}: measured in a process of its own", flush=True)
        command = [sys.executable, "-m", "convpipe.comparison.measure", settings, result, *classifiers]
        done = subprocess.run(list(map(str, command)), stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode == 0 and result.exists():
            self.rows[member.name].measured = json.loads(result.read_text())
            return
        if done.returncode == 130:
            raise KeyboardInterrupt
        said = done.stderr.strip().splitlines() or [f"its process ended with status {done.returncode}"]
        self.rows[member.name].errors.append("not measured: " + said[-1].removeprefix("error: "))

    def close(self, status: str | None = None) -> int:
        """Record and print what is known, and end the parent run; the exit status as of `run`."""
        rows = list(self.rows.values())
        if status:
            self._name_unfinished()
        finished = not any(row.errors for row in rows)
        said = conclusion(rows)
        self._record(rows, said)
        self.tracker.finish(status or ("FINISHED" if finished else "FAILED"))
        print(
            "\n".join(
                ["", matched_line(self.layout), *table.lines(rows), "", *said, f"\ntable and figure: {self.folder}"]
            ),
            flush=True,
        )
        return 0 if finished else 1

    def _name_unfinished(self) -> None:
        """A line for each training of which nothing has been said yet."""
        for training in self.trainings:
            row = self.rows[training.member.name]
            named = any(error.startswith(f"seed {training.seed} ") for error in row.errors)
            if training.seed not in row.accuracies and not named:
                row.errors.append(f"seed {training.seed} {(training.job.result or {}).get('status', 'not run')}")

    def _record(self, rows: list[Row], said: list[str]) -> None:
        from convpipe.comparison.figure import comparison_figure

        self.folder.mkdir(parents=True, exist_ok=True)
        figures = table.rows_for_csv(rows, self._about())
        sweep_table.write_csv(self.folder / "comparison.csv", figures)
        sweep_table.write_csv(self.folder / "runs.csv", [self._run_row(each) for each in self.trainings])
        (self.folder / "conclusion.txt").write_text("\n".join(said) + "\n", encoding="utf-8")
        figure = comparison_figure(rows, f"{self.settings.data.name}: the same task through different layers")
        figure.savefig(self.folder / "comparison.png", dpi=120)
        if self.settings.sweep.table:
            sweep_table.write_csv(Path(self.settings.sweep.table), figures)
        for name in ("comparison.csv", "runs.csv", "conclusion.txt", "comparison.png"):
            self.tracker.file(self.folder / name)
        self.tracker.metrics({f"{slug(row.name)}/{key}": value for row in rows for key, value in _numbers(row).items()})

    def _about(self) -> dict:
        """What every row of the table begins and ends with."""
        from convpipe.run_record import made_by

        first = {"comparison": self.settings.comparison, "data": self.settings.data.name}
        return first | {"matched": matched_line(self.layout).removeprefix("matched: ")} | made_by()

    @staticmethod
    def _run_row(training: Training) -> dict:
        return {"network": training.member.name} | sweep_table.row(
            {"seed": str(training.seed)}, training.job.result, training.job.folder
        )


def _numbers(row: Row) -> dict[str, float]:
    numbers = {key: value for key, value in row.measured.items() if isinstance(value, int | float)}
    return numbers | {"accuracy": row.accuracy, "accuracy_spread": row.spread}
