"""Texts from a table to a run, the classifier in MLflow, and explanations of its predictions."""

import csv
import json
import os
import subprocess
import sys

import numpy as np
import pytest

from convpipe.cli import explain as command
from convpipe.inference.classifier import Classifier
from convpipe.paths import PROJECT

PLANTED = {"grain": "wheat", "crude": "oil"}
TINY = (
    "data=text_table", "embedding=random", "embedding.dim=8", "model.filters=8", "model.kernel_sizes=[1,2]",
    "training.epochs=12", "training.batch_size=8", "training.learning_rate=0.02",
)  # fmt: skip
TEXTS = ["w1 w2 wheat w3", "oil, w4 <b>w5</b>", "w6 \N{GRINNING FACE}", ""]


def write_table(path, n: int, seed: int) -> str:
    """Write a table of random words. One word in each text determines the class."""
    random = np.random.default_rng(seed)
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["text", "label"])
        for number in range(n):
            label = list(PLANTED)[number % 2]
            words = [f"w{each}" for each in random.integers(0, 9, random.integers(2, 7))]
            words.insert(int(random.integers(len(words) + 1)), PLANTED[label])
            table.writerow([" ".join(words), label])
    return str(path)


def process(home, *command: str, **options):
    paths = os.pathsep.join(filter(None, [str(PROJECT / "src"), os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, "CONVPIPE_HOME": str(home), "PYTHONPATH": paths}
    environment.pop("MLFLOW_TRACKING_URI", None)  # set by MLflow in a process that opened a store, as tests do
    return subprocess.run(command, env=environment, cwd=home, capture_output=True, text=True, timeout=300, **options)


def explain(run, *arguments: str, **options):
    return process(run[0], sys.executable, str(PROJECT / "scripts" / "explain.py"), *arguments, **options)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Home, folder and result of a run on a table of texts."""
    home = tmp_path_factory.mktemp("home")
    tables = f"data.path={write_table(home / 'train.csv', 60, 0)}", f"data.test={write_table(home / 'test.csv', 20, 1)}"
    done = process(home, sys.executable, str(PROJECT / "scripts" / "train.py"), *TINY, *tables)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    (path,) = home.glob("runs/*/*/result.json")
    return home, path.parent, json.loads(path.read_text())


@pytest.mark.slow
def test_table_gives_a_run_with_pages_of_words(run):
    _, folder, result = run
    assert result["status"] == "finished" and result["test"] == result["test"] | {"n": 20, "accuracy": 1.0}
    assert result["preprocessing"]["vocabulary"] == 11 and result["run_id"]
    figures = {path.name for path in (folder / "figures").iterdir()}
    pictures = {"learning_curves.png", "confusion_matrix.png", "reliability.png"}
    assert pictures | {"worst_mistakes.html", "strongest_kernels.html", "explained_right_1.html"} == figures
    with (folder / "predictions.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["sample_id"].endswith("test.csv row 2") and all(row["label"] == row["predicted"] for row in rows)


PREDICT = """
import json, sys, mlflow
mlflow.set_tracking_uri(f"sqlite:///{sys.argv[1]}/mlflow.db")
served = mlflow.pyfunc.load_model(sys.argv[2])
print(json.dumps(served.predict(json.loads(sys.argv[3]))))
"""


@pytest.mark.slow
def test_logged_model_takes_raw_strings_in_a_new_process(run):
    home, folder, result = run
    done = process(home, sys.executable, "-c", PREDICT, str(home), result["model_uri"], json.dumps(TEXTS))
    assert done.returncode == 0, done.stderr
    predictions = json.loads(done.stdout.splitlines()[-1])
    expected = Classifier.load(folder / "classifier").predict(TEXTS)
    assert [each["class"] for each in predictions] == expected.names and expected.names[:2] == ["grain", "crude"]
    probabilities = [[each["probabilities"][name] for name in ("crude", "grain")] for each in predictions]
    np.testing.assert_allclose(probabilities, expected.probabilities, atol=1e-6)


@pytest.mark.slow
def test_each_line_of_standard_input_is_explained_with_the_planted_word_first(run):
    done = explain(run, str(run[1]), input="\n".join(TEXTS) + "\n")
    assert (done.returncode, done.stderr) == (0, "") and "\x1b" not in done.stdout
    lines = done.stdout.splitlines()
    heads = [number for number, line in enumerate(lines) if line.endswith("%") and not line.startswith(" ")]
    assert len(heads) == len(TEXTS)
    for head, (label, word) in zip(heads, PLANTED.items(), strict=False):
        assert lines[head].startswith(label) and "exact" in lines[head + 1] and f"for: {word} +" in lines[head + 3]
    assert "<b>" in lines[heads[1] + 2].replace(" ", ""), "markup in a text is not read as a color"


@pytest.mark.slow
def test_closed_pipe_ends_the_explanation_without_errors(run):
    script = f"yes 'w1 wheat' | head -300 | '{sys.executable}' '{PROJECT}/scripts/explain.py' '{run[1]}' | head -1"
    done = process(run[0], "bash", "-c", script)
    assert done.stderr == "" and done.stdout.startswith("grain")


@pytest.mark.slow
def test_texts_as_arguments_and_a_given_class(run, monkeypatch, capsys):
    monkeypatch.setattr(command, "exit_now", lambda: None)  # would end this process
    monkeypatch.setenv("CONVPIPE_HOME", str(run[0]))
    monkeypatch.setattr(sys, "argv", ["explain.py", str(run[1] / "classifier"), "w1 wheat", "--class", "crude"])
    command.main()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("crude") and any("against: wheat -" in line for line in lines)
    sys.argv[-3] = "xyzzy plugh"
    command.main()
    assert capsys.readouterr().out.startswith("warning: 1 of 1 texts have mostly unknown tokens")
    sys.argv[-1] = "crud"
    with pytest.raises(SystemExit) as caught:
        command.main()
    line = capsys.readouterr().err
    assert caught.value.code == 2 and line.count("\n") == 1 and "crud" in line and "crude?" in line


@pytest.mark.slow
def test_missing_run_prints_one_line(run):
    done = explain(run, "nowhere", "a text")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: ") and "nowhere is neither" in done.stderr and done.stderr.count("\n") == 1


@pytest.mark.parametrize("content, facts", [
    pytest.param(b"body,label\nx,a\ny,b\n", ["train.csv", "text", "body, label"], id="missing column"),
    pytest.param(b"text,label\nx,a\ncaf\xe9,b\n", ["train.csv", "utf-8"], id="encoding"),
    pytest.param(b"", ["train.csv", "empty"], id="empty"),
    pytest.param(b"text,label\n" + b",a\n ,b\n" * 9, ["data.text"], id="no word"),
    pytest.param(b"text,label\n" + b"x,a\nz,b\n" * 9, ["train.csv", "'c'"], id="label in the test file only"),
])  # fmt: skip
def test_bad_table_prints_one_line_and_writes_no_files(refused_line, tmp_path, content, facts):
    (tmp_path / "train.csv").write_bytes(content)
    (tmp_path / "test.csv").write_text("text,label\nx,a\ny,c\n")
    tables = [f"data.path={tmp_path / 'train.csv'}"]
    if b"z,b" in content:
        tables.append(f"data.test={tmp_path / 'test.csv'}")
    line = refused_line(*TINY, *tables)
    assert [fact for fact in facts if fact not in line] == []
