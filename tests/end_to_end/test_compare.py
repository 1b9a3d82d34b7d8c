"""The command compare as a process. The data is so small that the start of the process takes most of the time."""

import csv
import os
import shutil
import signal
import subprocess
import sys

import pytest

from convpipe.cli import explain as command
from convpipe.paths import PROJECT

COMPARE = str(PROJECT / "scripts" / "compare.py")
STEPS, AGAIN = "Conv1D over words", "Conv2D of full width"


def start(home, *arguments: str) -> subprocess.Popen:
    environment = {**os.environ, "CONVPIPE_HOME": str(home), "PYTHONPATH": str(PROJECT / "src")}
    environment.pop("MLFLOW_TRACKING_URI", None)  # set by MLflow in a process that opened a store, as tests do
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([sys.executable, COMPARE, *arguments], env=environment, cwd=home, **pipes)


@pytest.fixture(scope="module")
def compared(tmp_path_factory, empty_store):
    """Home, arguments and output of a finished comparison with one seed on forty short texts."""
    home = tmp_path_factory.mktemp("home")
    shutil.copy(empty_store, home / "mlflow.db")
    lines = [
        f"a {word} film number {n},{label}" for n in range(20) for word, label in (("fine", "good"), ("dull", "bad"))
    ]
    (home / "texts.csv").write_text("\n".join(["text,label", *lines]) + "\n")
    arguments = ("data=text_table", f"data.path={home}/texts.csv", "embedding.dim=4", "matched.filters=[3]")
    arguments += ("training.epochs=1", "training.max_steps=1")
    process = start(home, *arguments, "seeds=1", "shuffles=1", f"sweep.table={home}/table.csv")
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, out + err
    return home, arguments, out


def rows_of(path):
    with path.open() as file:
        return list(csv.DictReader(file))


def tracked(home, name):
    """Return the client, the parent run `name`, and the statuses of its children by name."""
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{home}/mlflow.db")
    runs = client.search_runs([client.get_experiment_by_name("text_table").experiment_id])
    (parent,) = [run for run in runs if run.info.run_name == name]
    children = [run for run in runs if run.data.tags.get("mlflow.parentRunId") == parent.info.run_id]
    return client, parent, {run.info.run_name: run.info.status for run in children}


@pytest.mark.slow
def test_conv2d_of_full_width_equals_conv1d_on_texts(compared):
    home, _, out = compared
    assert f"{AGAIN} with the weights of {STEPS} gives the same outputs" in out and "more accurate" not in out
    folder = min(home.glob("runs/comparisons/*/*"))
    one, again = rows_of(folder / "comparison.csv")
    assert (one["network"], again["network"], again["equivalent_to"]) == (STEPS, AGAIN, STEPS)
    assert (again["accuracy"], again["parameters"]) == (one["accuracy"], one["parameters"])
    assert float(again["largest_difference"]) <= 1e-5 and float(again["compared_samples"]) == 40
    assert float(one["peak_memory_mb"]) > 50 and float(one["seconds_a_step"]) > 0
    assert one["command"].startswith("python scripts/compare.py data=text_table") and one["cores"]
    assert rows_of(home / "table.csv") == [one, again]
    assert one["unshuffled"] == one["accuracy"] and one["shuffled_tokens"] == again["shuffled_tokens"] != ""
    (trained,) = rows_of(folder / "runs.csv")
    assert (trained["network"], trained["seed"], trained["status"]) == (STEPS, "0", "finished")

    client, parent, children = tracked(home, "compare text, 1 seeds")
    assert (parent.info.status, children) == ("FINISHED", {f"{STEPS} seed 0": "FINISHED"})
    files = {file.path for file in client.list_artifacts(parent.info.run_id)}
    assert files == {"comparison.csv", "comparison.png", "conclusion.txt", "runs.csv"}
    assert parent.data.metrics["conv2d_of_full_width/accuracy"] == float(one["accuracy"])


@pytest.mark.slow
def test_explain_shuffles_the_test_part_of_one_run(compared, monkeypatch, capsys):
    home, _, _ = compared
    one, _ = rows_of(home / "table.csv")
    run = min(home.glob("runs/comparisons/*/*/conv1d_over_words/seed_0"))
    monkeypatch.setattr(command, "exit_now", lambda: None)  # would end this process
    monkeypatch.setattr(sys, "argv", ["explain.py", str(run), "--axes"])
    command.main()
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[0][-1] == f"{float(one['unshuffled']):.3f}"
    assert lines[3][:2] == ["tokens", f"{float(one['shuffled_tokens']):.3f}"]
    sys.argv.insert(2, "a text")
    with pytest.raises(SystemExit) as caught:
        command.main()
    assert caught.value.code == 2 and "--axes" in capsys.readouterr().err


@pytest.mark.slow
def test_resume_skips_finished_runs_and_ctrl_c_keeps_them_in_the_table(compared):
    home, arguments, _ = compared
    with start(home, *arguments, "seeds=3", "sweep.resume=true") as process:
        next(line for line in process.stdout if line.startswith("#1  "))
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "stopped by Ctrl-C\n")
    assert f"{STEPS}: seed 2 not run" in out and f"{STEPS} seed 0:" not in out
    folder = max(home.glob("runs/comparisons/*/*"))
    one, again = rows_of(folder / "comparison.csv")
    assert (one["seeds"], again["seeds"], again["largest_difference"]) == ("1", "0", "")
    assert one["accuracy"] and one["parameters"]
    assert [row["status"] for row in rows_of(folder / "runs.csv")] == ["finished before", "stopped", "not run"]
    _, parent, children = tracked(home, "compare text, 3 seeds")
    assert (parent.info.status, children) == ("KILLED", {f"{STEPS} seed 1": "KILLED"})


@pytest.mark.parametrize("arguments, facts", [
    (["model=fcn"], ["leave out model=fcn", "matched.*"]),
    (["experiment=watch"], ["leave out experiment=watch", "matched.*"]),
    (["compare=text", "data=digits"], ["compare=text", "digits", "compare=images"]),
    (["-m", "seeds=1,2"], ["seeds=N", "leave out -m"]),
    (["seedz=3"], ["seedz", "did you mean seed?"]),
])  # fmt: skip
def test_impossible_comparison_prints_one_line_and_writes_no_files(run_script, home, arguments, facts):
    done = run_script("compare.py", *arguments)
    assert (done.returncode, done.stderr.count("\n"), done.stdout) == (2, 1, "")
    assert done.stderr.startswith("error: ") and [fact for fact in facts if fact not in done.stderr] == []
    assert list(home.iterdir()) == []


def test_help_lists_the_networks(run_script):
    done = run_script("compare.py", "--help")
    assert done.returncode == 0 and "Conv3D over the cube" in done.stdout and "seeds=N" in done.stdout
