"""Comparisons with fake trainings and measurements: failures are reported, and the others continue."""

import csv
import json
import subprocess
from types import SimpleNamespace

import pytest

from convpipe import config
from convpipe.errors import ConfigError
from convpipe.experiment.comparison import runner
from convpipe.experiment.comparison.runner import Comparison
from convpipe.experiment.comparison.settings import ComparisonSettings
from convpipe.models.conv2d.cnn2d import Cnn2dSettings
from convpipe.registry import READERS

COSTS = {"parameters": 10, "multiply_adds": 100, "receptive_field": [3], "batch_size": 4, "peak_memory_mb": 700.0}
COSTS |= {"seconds_a_step": 0.002, "seconds_a_step_lowest": 0.001, "seconds_a_step_highest": 0.003}
AXES = [{"axis": "rows", "accuracy": 0.25, "drop": 0.5, "low": 0.4, "high": 0.6}]
SHUFFLED = {"accuracy": 0.75, "axes": AXES, "samples": 9, "drawn": 3, "groups": True}


@pytest.fixture
def images(home, monkeypatch):
    """`images(trained, measured)` makes a comparison on digits with fake trainings and measurements.

    `trained(job)`, `measured(network)` and `shuffled(runs)` say what becomes of each: a result, or an error as text.
    """
    monkeypatch.setenv(runner.PARENT, "")

    def made(trained, measured=lambda network: COSTS, shuffled=lambda runs: SHUFFLED, seeds=3, **more):
        def launch(job, words):
            result = trained(job)
            job.write(job.about() | result) if isinstance(result, dict) else job.end("failed", result)

        def run(command, **_):
            _, _, module, *words = command
            if module.endswith("shuffling"):
                (place, repetitions, *runs), result = words, shuffled(words[2:])
                assert (repetitions, len(runs)) == ("5", len(set(runs)))
            else:
                settings, place = words
                result = measured(settings.split("/")[-2])
            if isinstance(result, dict):
                with open(place, "w") as file:
                    json.dump(result, file)
            failed = isinstance(result, str)
            return subprocess.CompletedProcess(command, 2 if failed else 0, "", f"error: {result}\n" if failed else "")

        monkeypatch.setattr(runner, "launch", launch)
        monkeypatch.setattr(runner, "subprocess", SimpleNamespace(run=run, DEVNULL=None))
        data, preprocessing = READERS["digits"].settings(), config.ImagePreprocessingSettings()
        settings = ComparisonSettings(
            data=data,
            model=Cnn2dSettings(),
            preprocessing=preprocessing,
            seeds=seeds,
            tracking=config.Tracking(enabled=False),
            **more,
        )
        return Comparison(settings, home / "comparison", [])

    return made


def finished(accuracy):
    return {"status": "finished", "test": {"accuracy": accuracy}, "validation": {"accuracy": 0.0}}


def by_network(job):
    return finished({"Conv2D": 0.9, "Conv1D": 0.7}[job.name.split()[0]] + 0.001 * job.number)


def table(home, name="comparison.csv"):
    with (home / "comparison" / name).open() as file:
        return list(csv.DictReader(file))


def test_a_finished_comparison_has_status_0_and_a_conclusion(images, home, capsys):
    assert images(by_network).run() == 0
    out = capsys.readouterr().out
    assert "Conv2D over pixels is more accurate than Conv1D over rows (+0.2000 ± 0.0000, 3 seeds)" in out
    first, second = table(home)
    assert (round(float(first["accuracy"]), 6), first["seeds"], first["errors"]) == (0.901, "3", "")
    assert first["matched"].startswith("filters 32, 64, 128; kernel sizes 3, 3, 3 along each axis")
    assert len(table(home, "runs.csv")) == 6 and (home / "comparison" / "comparison.png").stat().st_size > 5000


def test_the_runs_of_all_seeds_are_shuffled_together(images, home, capsys):
    asked = []
    assert images(by_network, shuffled=lambda runs: asked.append(runs) or SHUFFLED).run() == 0
    assert [[run.split("/")[-2:] for run in runs] for runs in asked] == [
        [[network, f"seed_{seed}"] for seed in range(3)] for network in ("conv2d_over_pixels", "conv1d_over_rows")
    ]
    first, _ = table(home)
    assert (first["unshuffled"], first["shuffled_rows"], first["bootstrap"]) == ("0.75", "0.25", "3 groups")
    assert (first["shuffled_rows_drop_low"], first["shuffled_rows_drop_high"]) == ("0.4", "0.6")
    assert "rows 0.500 (0.400 to 0.600)" in capsys.readouterr().out


def test_a_failing_shuffle_test_is_reported_and_a_disabled_one_is_not_run(images, home, capsys):
    assert images(by_network, shuffled=lambda runs: "no such file").run() == 1
    assert "Conv2D over pixels: not shuffled: no such file" in capsys.readouterr().out
    assert "shuffled_rows" not in table(home)[0]
    assert images(by_network, shuffled=None, shuffles=0).run() == 0


def test_a_failing_training_is_reported_and_the_others_continue(images, home, capsys):
    assert images(lambda job: "out of memory" if job.name == "Conv1D over rows seed 1" else by_network(job)).run() == 1
    out = capsys.readouterr().out
    assert "Conv1D over rows: seed 1 failed: out of memory" in out
    assert "no two networks share 3 seeds" in out
    assert [row["seeds"] for row in table(home)] == ["3", "2"]


def test_a_network_that_cannot_be_measured_is_not_trained(images, home, capsys):
    begun = []

    def trained(job):
        begun.append(job.name)
        return by_network(job)

    comparison = images(trained, lambda network: "kernel too large" if network == "conv2d_over_pixels" else COSTS)
    assert comparison.run() == 1
    assert begun == [f"Conv1D over rows seed {seed}" for seed in range(3)]
    out = capsys.readouterr().out
    assert "Conv2D over pixels: not measured: kernel too large" in out
    assert "fewer than two networks were trained" in out


def test_ctrl_c_keeps_the_finished_results(images, home, capsys):
    def trained(job):
        if job.name == "Conv2D over pixels seed 1":
            raise KeyboardInterrupt
        return by_network(job)

    with pytest.raises(KeyboardInterrupt):
        images(trained).run()
    assert [row["seeds"] for row in table(home)] == ["1", "1"]
    out = capsys.readouterr().out
    assert "Conv2D over pixels: seed 1 not run" in out and "Conv1D over rows: seed 2 not run" in out


def test_seeds_start_at_the_setting_seed(images):
    comparison = images(by_network, seeds=2, seed=5)
    assert [(each.variant.model, each.seed) for each in comparison.trainings] == [
        ("cnn2d", 5), ("cnn1d", 5), ("cnn2d", 6), ("cnn1d", 6),
    ]  # fmt: skip


def test_validation_accuracy_is_reported_without_a_test_part(images, home):
    images(lambda job: {"status": "finished", "test": None, "validation": {"accuracy": 0.5}}, seeds=1).run()
    assert [(row["part"], row["accuracy"]) for row in table(home)] == [("validation", "0.5")] * 2


def test_further_metrics_are_in_the_table_of_runs(images, home):
    measured = {"status": "finished", "test": {"accuracy": 0.5, "roc_auc": 0.75}}
    images(lambda job: measured, seeds=1, evaluation=config.Evaluation(metrics=["accuracy", "roc_auc"])).run()
    assert [row["test_roc_auc"] for row in table(home, "runs.csv")] == ["0.75", "0.75"]


def test_a_table_that_cannot_be_written_is_refused_before_any_training(images, home, refused):
    path = home / "nowhere" / "table.csv"
    with refused(ConfigError, key="sweep.table", value=str(path)):
        images(finished, sweep=config.Sweep(table=str(path)))


def test_a_table_of_other_data_is_refused_before_any_training(images, home, refused):
    path = home / "table.csv"
    path.write_text("comparison,data,network\nimages,mnist_5k,Conv2D\n")
    with refused(ConfigError, key="sweep.table", value=str(path)):
        images(finished, sweep=config.Sweep(table=str(path)))
