"""The command benchmark as a process, on a tiny dataset, against a stub of aeon that always predicts one class."""

import csv
import os

import numpy as np
import pytest

from convpipe.paths import PROJECT

AEON = """
import numpy as np

class MiniRocketClassifier:
    def __init__(self, n_jobs, random_state):
        pass

    def fit(self, inputs, labels):
        self.label = labels[0]

    def predict(self, inputs):
        return np.full(len(inputs), self.label)
"""


@pytest.fixture
def peers(tmp_path):
    """Environment variables with stubs of aeon and torch on the path."""
    folder = tmp_path / "site"
    files = {
        "aeon/__init__.py": "",
        "aeon/classification/__init__.py": "",
        "aeon/classification/convolution_based.py": AEON,
        "aeon-9.9.dist-info/METADATA": "Metadata-Version: 2.1\nName: aeon\nVersion: 9.9\n",
        "torch/__init__.py": "",
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return {"PYTHONPATH": os.pathsep.join([str(folder), str(PROJECT / "src")])}


@pytest.fixture
def tiny(tmp_path):
    """The option that adds the dataset `tiny`: forty series of two classes and unequal lengths."""
    random = np.random.default_rng(0)
    for part in ("train", "test"):
        for number in range(20):
            steps = random.integers(20, 31)
            values = np.sin((1 + number % 2) * np.arange(steps)) + random.normal(0, 0.1, steps)
            path = tmp_path / "series" / part / ("slow", "fast")[number % 2] / f"{number}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("x\n" + "\n".join(f"{value:.5f}" for value in values) + "\n")
    file = tmp_path / "conf" / "data" / "tiny.yaml"
    file.parent.mkdir(parents=True)
    text = f"defaults:\n  - /schema/data/series@data\ndata:\n  name: tiny\n  path: {tmp_path}/series\n"
    file.write_text(f"# @package _global_\n{text}")
    return f"--config-dir={tmp_path / 'conf'}"


def rows_of(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.slow
def test_fixed_kernels_against_a_peer_are_measured_once(run_script, peers, tiny, home):
    arguments = (tiny, "sets=[tiny]", "models=[mini_rocket]", "peers=aeon", "repeats=1", "threads=1")
    done = run_script("benchmark.py", *arguments, env=peers)
    assert done.returncode == 0, done.stdout + done.stderr
    own, other = rows_of(home / "results" / "benchmark_fixed_kernels.csv")
    assert (own["library"], own["model"], own["accuracy"]) == ("convpipe", "mini_rocket", "1.0")
    assert (other["library"], other["version"], other["accuracy"]) == ("aeon", "9.9", "0.5")
    assert float(own["log_loss"]) < 0.7 and other["log_loss"] == ""
    assert (own["unequal_steps"], other["unequal_steps"]) == ("masked", "padded with zeros")
    assert "<svg" in (home / "results" / "benchmark_fixed_kernels.svg").read_text()
    assert "[2/2] tiny, MiniRocketClassifier, aeon, seed 0: " in done.stdout
    again = run_script("benchmark.py", *arguments, env=peers)
    assert again.returncode == 0 and "[1/" not in again.stdout and "already" in again.stdout


@pytest.mark.parametrize("arguments, facts", [
    (["suite=speed"], ["speed", "fixed_kernels", "training"]),
    (["peers=aeon"], ["aeon", "pip install 'convpipe[peers]'"]),
    (["peers=none", "sets=[gunpoin]"], ["gunpoin", "gunpoint?"]),
    (["peers=none", "repeat=2"], ["repeat", "repeats?"]),
    (["-m", "repeats=1,2"], ["repeats=N"]),
])  # fmt: skip
def test_bad_arguments_print_one_line_and_write_no_files(run_script, tmp_path, home, arguments, facts):
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['aeon'] = None\n")
    environment = {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(PROJECT / "src")])}
    done = run_script("benchmark.py", *arguments, env=environment)
    assert (done.returncode, done.stderr.count("\n"), done.stdout) == (2, 1, "")
    assert [fact for fact in facts if fact not in done.stderr] == []
    assert list(home.rglob("*.*")) == []


def test_help_fits_80_columns_and_names_every_suite(run_script):
    from convpipe.experiment.benchmark import SUITES

    page = run_script("benchmark.py", "--help").stdout
    assert max(map(len, page.splitlines())) <= 80 and [name for name in SUITES if name not in page] == []
