"""Comparisons as people start them, on data so small that starting a process is what takes the time."""

import csv
import os
import signal
import subprocess
import sys

import pytest

from convpipe import PROJECT

COMPARE = str(PROJECT / "scripts" / "compare.py")
TINY = ("training.epochs=1", "training.max_steps=1")


@pytest.fixture
def texts(tmp_path):
    """The arguments for a table of forty short texts in two classes."""
    lines = [
        f"a {word} film number {n},{label}" for n in range(20) for word, label in (("fine", "good"), ("dull", "bad"))
    ]
    (tmp_path / "texts.csv").write_text("\n".join(["text,label", *lines]) + "\n")
    return (
        "data=text_table",
        f"data.path={tmp_path}/texts.csv",
        "embedding.dimensions=4",
        "matched.filters=[3]",
        *TINY,
    )


def newest(home, name="comparison.csv"):
    with max(home.glob(f"runs/comparisons/*/*/{name}")).open() as file:
        return list(csv.DictReader(file))


def runs(home, experiment):
    """The parent run, and the status of its children by name."""
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{home}/mlflow.db")
    found = client.search_runs([client.get_experiment_by_name(experiment).experiment_id])
    (parent,) = [run for run in found if "mlflow.parentRunId" not in run.data.tags]
    children = [run for run in found if run.data.tags.get("mlflow.parentRunId") == parent.info.run_id]
    return client, parent, {run.info.run_name: run.info.status for run in children}


def test_texts_by_conv1d_and_the_same_by_conv2d(run_script, home, texts, tmp_path):
    done = run_script("compare.py", *texts, "seeds=1", f"sweep.table={tmp_path}/table.csv")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Conv2D of full width with the weights of Conv1D over words gives the same outputs" in done.stdout
    assert "more accurate" not in done.stdout
    one, again = newest(home)
    assert (again["repeats"], again["accuracy"], again["parameters"]) == (
        one["network"],
        one["accuracy"],
        one["parameters"],
    )
    assert float(again["largest_difference"]) <= 1e-5 and float(again["compared_samples"]) == 40
    assert float(one["peak_memory_mb"]) > 50 and float(one["seconds_a_step"]) > 0
    assert one["command"].startswith("python scripts/compare.py data=text_table") and one["cores"]
    with (tmp_path / "table.csv").open() as file:
        assert list(csv.DictReader(file)) == [one, again]
    (trained,) = newest(home, "runs.csv")
    assert (trained["network"], trained["seed"], trained["status"]) == ("Conv1D over words", "0", "finished")

    client, parent, children = runs(home, "text_table")
    assert (parent.info.status, children) == ("FINISHED", {"Conv1D over words seed 0": "FINISHED"})
    files = {file.path for file in client.list_artifacts(parent.info.run_id)}
    assert files == {"comparison.csv", "comparison.png", "conclusion.txt", "runs.csv"}
    assert parent.data.metrics["conv2d_of_full_width/accuracy"] == float(one["accuracy"])


def test_ctrl_c_leaves_what_is_finished_in_the_table(home, texts):
    environment = {**os.environ, "PYTHONPATH": str(PROJECT / "src")}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, COMPARE, *texts, "seeds=3"], env=environment, **pipes) as process:
        next(line for line in process.stdout if line == "Conv1D over words seed 1:\n")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "stopped by Ctrl-C\n")
    assert "Conv1D over words: seed 2 not run" in out
    one, again = newest(home)
    assert (one["seeds"], again["seeds"], again["largest_difference"]) == ("1", "0", "")
    assert one["accuracy"] and one["parameters"]
    _, parent, children = runs(home, "text_table")
    assert parent.info.status == "KILLED"
    assert children["Conv1D over words seed 0"] == "FINISHED"


@pytest.mark.parametrize("arguments, line", [
    (["model=fcn"], "compare.py chooses its models itself; leave out model=fcn, matched.* shapes them"),
    (["experiment=watch"], "compare.py chooses its models itself; leave out experiment=watch, matched.* shapes them"),
    (["compare=text", "data=digits"], "compare=text is not for digits; compare=images is, or leave it out"),
    (["-m", "seeds=1,2"], "compare.py trains every seed by itself (seeds=N); leave out -m"),
    (["seedz=3"], "unknown key seedz; did you mean seed?"),
])  # fmt: skip
def test_what_cannot_be_compared_is_refused_in_one_line(run_script, home, arguments, line):
    done = run_script("compare.py", *arguments)
    assert (done.returncode, done.stderr, done.stdout) == (2, f"error: {line}\n", "")
    assert list(home.iterdir()) == []


def test_help_says_what_is_compared(run_script):
    done = run_script("compare.py", "--help")
    assert done.returncode == 0 and "Conv3D over the cube" in done.stdout and "seeds=N" in done.stdout
