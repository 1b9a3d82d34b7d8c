"""scripts/convolve.py as a reader runs it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from convpipe.convolution.settings import CASES

PROJECT = Path(__file__).resolve().parents[2]
SCRIPT = PROJECT / "scripts" / "convolve.py"
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(PROJECT / "src")}


def convolve(*arguments, folder):
    return run([SCRIPT, *arguments], folder)


def run(arguments, folder):
    command = [sys.executable, *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, env=ENVIRONMENT)


@pytest.mark.parametrize(
    ("case", "result"),
    [
        ("1", "result: [[-8, -8, -3], [-3, 1, 0], [-3, -8, -5]]"),
        ("sentence", "result: [0.9, 0.1, 0.12]"),
        ("moving_average", "result: [4.5, 5.75]"),
        ("4", "output (1, 1, 4)"),
        ("dimensions", "884,736"),
    ],
)
def test_a_worked_case_prints_its_result_and_leaves_no_file(case, result, tmp_path):
    done = convolve(f"case={case}", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert result in done.stdout
    assert not list(tmp_path.iterdir())


def test_a_layer_of_the_readers_own(tmp_path):
    settings = "dimensions=1 steps=128 channels=6 kernel_size=8 strides=2 dilation=1 padding=same filters=64"
    done = convolve(*(f"layer.{setting}" for setting in settings.split()), folder=tmp_path)
    assert "output            (64, 64)" in done.stdout


def test_help_names_every_case_and_its_number(tmp_path):
    done = convolve("--help", folder=tmp_path)
    for number, name in enumerate(CASES, start=1):
        assert f"case={name:<16}{number} " in done.stdout


def test_pictures_are_written_where_they_are_asked_for(tmp_path):
    done = convolve("case=sensor", "pictures=drawn", folder=tmp_path)
    assert sorted(path.name for path in (tmp_path / "drawn").iterdir()) == ["conv1d.gif", "conv1d.svg"]
    assert "wrote drawn/conv1d.svg" in done.stdout


def test_no_case_imports_tensorflow_or_keras(tmp_path):
    program = f"""
import runpy, sys
sys.argv = ["convolve.py", "case=all"]
runpy.run_path({str(SCRIPT)!r}, run_name="__main__")
heavy = {{"tensorflow", "keras", "torch", "matplotlib", "mlflow", "sklearn"}} & set(sys.modules)
assert not heavy, heavy
"""
    done = run(["-c", program], tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("case=seven", "case=seven is not a choice"),
        ("layer.kernel_sise=3", "did you mean layer.kernel_size?"),
        ("layer.kernel_size=zero", "layer.kernel_size must be a whole number"),
        ("layer.filters=0", "layer.filters must be at least 1, not 0"),
    ],
)
def test_a_mistake_gets_one_line_and_status_2(argument, message, tmp_path):
    done = convolve(argument, folder=tmp_path)
    assert done.returncode == 2
    assert message in done.stderr and len(done.stderr.strip().splitlines()) == 1


def test_an_empty_output_names_the_smallest_input(tmp_path):
    done = convolve("layer.steps=5", "layer.kernel_size=8", "layer.padding=valid", folder=tmp_path)
    assert done.returncode == 2
    assert done.stderr.strip().endswith("the smallest input that would do is 8")
