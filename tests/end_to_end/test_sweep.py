"""Sweeps as processes. The series are so small that the start of a process takes most of the time."""

import csv
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from convpipe.paths import PROJECT

TRAIN = str(PROJECT / "scripts" / "train.py")
TINY = ("data=series", "model=cnn1d", "model.filters=[2]", "model.kernel_sizes=[3]", "model.strides=[1]",
        "model.pooling=[1]", "training.epochs=1", "training.max_steps=1")  # fmt: skip


@pytest.fixture
def series(tmp_path):
    """A .ts file of forty short series that rise or fall."""
    random, file = np.random.default_rng(0), tmp_path / "series.ts"
    lines = ["@problemName slopes", "@univariate true", "@classLabel true up down", "@data"]
    for number in range(40):
        slope, label = (1, "up") if number % 2 else (-1, "down")
        values = np.linspace(0, slope, 16) + 0.1 * random.standard_normal(16)
        lines.append(",".join(f"{value:.3f}" for value in values) + f":{label}")
    file.write_text("\n".join(lines) + "\n")
    return file


@pytest.fixture
def runs(home):
    """`runs()` returns the newest parent run in the store, and its children by name."""

    def read(experiment="series"):
        from mlflow import MlflowClient

        client = MlflowClient(f"sqlite:///{home}/mlflow.db")
        recorded = client.search_runs([client.get_experiment_by_name(experiment).experiment_id])
        parent = next(run for run in recorded if "mlflow.parentRunId" not in run.data.tags)
        children = [run for run in recorded if run.data.tags.get("mlflow.parentRunId") == parent.info.run_id]
        return parent, {run.info.run_name: run for run in children}

    return read


def _table(home, name="sweep.csv") -> list[dict]:
    newest = max(home.glob(f"runs/sweeps/*/*/{name}"))
    with newest.open() as file:
        return list(csv.DictReader(file))


@pytest.mark.slow
def test_failed_job_does_not_stop_the_others_and_resume_skips_finished_jobs(run_script, store, home, runs, series):
    metrics = "evaluation.metrics=[accuracy,roc_auc]"
    done = run_script("train.py", "-m", *TINY, f"data.path={series}", "seed=1,-1,2", metrics)
    assert done.returncode == 1, done.stderr
    (failed,) = (line for line in done.stdout.splitlines() if line.startswith("failed: seed=-1: "))
    assert "seed" in failed.partition(": seed=-1: ")[2] and "0" in failed
    assert "#0  epoch 1/1" in done.stdout and "Traceback" not in done.stdout + done.stderr
    assert "test_roc_auc" in done.stdout

    parent, children = runs()
    assert (parent.info.run_name, parent.info.status) == ("seed=1,-1,2", "FAILED")
    states = {name: run.info.status for name, run in children.items()}
    assert states == {"seed=1": "FINISHED", "seed=2": "FINISHED", "seed=-1": "FAILED"}
    assert children["seed=-1"].data.tags["error"] in failed
    rows = _table(home)
    assert [row["status"] for row in rows] == ["finished", "finished", "failed"]
    accuracies = [float(row["validation_accuracy"]) for row in rows[:2]]
    assert accuracies == sorted(accuracies, reverse=True)
    assert parent.data.metrics["best/validation_accuracy"] == accuracies[0]
    (spread,) = _table(home, "seeds.csv")
    mean = (float(rows[0]["test_roc_auc"]) + float(rows[1]["test_roc_auc"])) / 2
    assert float(spread["test_roc_auc"]) == pytest.approx(mean) and spread["validation_roc_auc_spread"]

    # The process of the job detects the missing file before its run starts.
    again = ("-m", *TINY, f"data.path={series},missing.ts", "seed=1", "sweep.resume=true", metrics)
    done = run_script("train.py", *again)
    assert done.returncode == 1 and "epoch 1/1" not in done.stdout
    (error,) = (line for line in done.stdout.splitlines() if line.startswith("#1  error: missing.ts: "))
    assert "data.path" in error
    resumed = _table(home)
    assert [row["status"] for row in resumed] == ["finished before", "failed"]
    columns = ("validation_accuracy", "test_accuracy", "test_roc_auc", "parameters", "folder")
    (first,) = (row for row in rows if row["seed"] == "1")
    assert [resumed[0][key] for key in columns] == [first[key] for key in columns]
    parent, children = runs()
    assert [run.info.status for run in children.values()] == ["FAILED"]
    results = [json.loads(file.read_text()) for file in max(home.glob("runs/sweeps/*/*")).glob("job_*/result.json")]
    assert sorted(result["status"] for result in results) == ["failed", "finished before"]


@pytest.mark.parametrize("arguments, facts", [
    (["+model.kernel_sze=3,5"], ["model.kernel_sze", "kernel_sizes?"]),
    (["seed=0", "sweep.table=means.csv"], ["sweep.table", "seed=0,1,2"]),
    (["seed=interval(1,2)"], ["seed", "interval", "seed=1,2"]),
])  # fmt: skip
def test_bad_sweep_prints_one_line_and_writes_no_files(run_script, home, arguments, facts):
    done = run_script("train.py", "-m", *arguments)
    assert (done.returncode, done.stderr.count("\n"), done.stdout) == (2, 1, "")
    assert done.stderr.startswith("error: ") and [fact for fact in facts if fact not in done.stderr] == []
    assert list(home.iterdir()) == []


@pytest.mark.slow
def test_jobs_have_the_order_of_hydra_and_their_quoted_values(run_script, tmp_path):
    recipe = tmp_path / "own" / "experiment" / "mine.yaml"
    recipe.parent.mkdir(parents=True)
    recipe.write_text('# @package _global_\nhydra: {sweeper: {params: {model: "fcn,mlp"}}}\n')
    words = (f"--config-dir={tmp_path}/own", "experiment=mine", r"data.name='a b','it\'s','c=d'", "seed=-1", "seed=-2")
    done = run_script("train.py", "-m", *words, "tracking.enabled=false", f"hydra.sweep.dir={tmp_path}/sweep")
    assert done.returncode == 1, done.stderr
    results = [json.loads((tmp_path / f"sweep/job_{number}/result.json").read_text()) for number in range(6)]
    names = ("a b", "it's", "c=d")
    expected = [(model, name, -2) for model in ("fcn", "mlp") for name in names]
    assert [(result["model"], result["data"], result["seed"]) for result in results] == expected
    with (tmp_path / "sweep" / "sweep.csv").open() as file:
        rows = {Path(row["folder"]).name: row for row in csv.DictReader(file)}
    assert [rows[f"job_{number}"]["model"] for number in range(6)] == [model for model, *_ in expected]
    assert rows["job_1"]["data.name"] == r"'it\'s'"


@pytest.mark.slow
def test_folder_of_an_earlier_sweep_is_refused(run_script, tmp_path):
    arguments = ("-m", "seed=-1,-2", "tracking.enabled=false", f"hydra.sweep.dir='{tmp_path}/a sweep'")
    assert run_script("train.py", *arguments).returncode == 1
    before = (tmp_path / "a sweep" / "sweep.csv").stat().st_mtime_ns
    done = run_script("train.py", *arguments)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert f"{tmp_path}/a sweep/job_0" in done.stderr and "hydra.sweep.dir" in done.stderr
    assert (tmp_path / "a sweep" / "sweep.csv").stat().st_mtime_ns == before


@pytest.mark.slow
def test_closed_pipe_ends_the_sweep_without_errors(store, home, runs):
    command = f"'{sys.executable}' '{TRAIN}' -m {' '.join(TINY[:2])} data.path=x.ts,y.ts | head -2"
    environment = {**os.environ, "PYTHONPATH": str(PROJECT / "src")}
    done = subprocess.run(["bash", "-c", command], env=environment, capture_output=True, text=True, timeout=120)
    assert (done.stdout.count("\n"), done.stderr) == (2, "")
    assert {run.info.status for run in [runs()[0], *runs()[1].values()]} == {"FAILED", "KILLED"}


@pytest.mark.slow
def test_ctrl_c_stops_the_running_job_and_closes_every_run(store, home, runs, series):
    command = [sys.executable, TRAIN, "-m", *TINY, f"data.path={series}", "seed=1,2", "training.epochs=100000"]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT / "src")}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, env=environment, cwd=series.parent, **pipes) as process:
        next(line for line in process.stdout if line.startswith("#0  epoch"))
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "stopped by Ctrl-C\n")
    assert "stopped: seed=1" in out and "not run: seed=2" in out
    parent, children = runs()
    assert parent.info.status == "KILLED"
    assert {name: run.info.status for name, run in children.items()} == {"seed=1": "KILLED"}


@pytest.mark.slow
def test_jobs_of_the_joblib_launcher_are_children_of_the_sweep(run_script, store, home, runs):
    pytest.importorskip("hydra_plugins.hydra_joblib_launcher")
    launcher = ("hydra/launcher=joblib", "hydra.launcher.n_jobs=2")
    done = run_script("train.py", "-m", *TINY, "data.path=missing.ts", "seed=1,2", *launcher)
    assert done.returncode == 1, done.stderr
    assert "#0  error: missing.ts" in done.stdout and "#1  error: missing.ts" in done.stdout
    parent, children = runs()
    assert (parent.info.status, sorted(children)) == ("FAILED", ["seed=1", "seed=2"])
    assert {run.info.status for run in children.values()} == {"FAILED"}


@pytest.mark.slow
def test_two_concurrent_runs_on_a_new_store_finish(home, series):
    environment = {**os.environ, "PYTHONPATH": str(PROJECT / "src")}
    command = [sys.executable, TRAIN, *TINY, f"data.path={series}"]
    pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
    started = [subprocess.Popen([*command, f"seed={seed}"], env=environment, **pipes) for seed in range(2)]
    ended = [(process.communicate(timeout=600)[1], process.returncode) for process in started]
    assert ended == [("", 0)] * 2
    results = [json.loads(file.read_text()) for file in home.rglob("result.json")]
    finished = {result["seed"] for result in results if result["status"] == "finished"}
    assert finished == {0, 1} and len({result["run_id"] for result in results}) == 2
