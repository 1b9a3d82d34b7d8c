"""The command convolve as a process."""

import subprocess
import sys

import pytest

from convpipe.convolution.settings import CASES
from convpipe.paths import PROJECT

RESULTS = [
    "result: [[-8, -8, -3], [-3, 1, 0], [-3, -8, -5]]",
    "result: [0.9, 0.1, 0.12]",
    "result: [4.5, 5.75]",
    "output (1, 1, 4)",
    "884,736",
    "result: [0, 0, 2, 4, 6, 4, 0, -4, -6, -4, -2, -1, 1, 0]",
]


@pytest.fixture
def here(tmp_path):
    """The current folder of the script."""
    folder = tmp_path / "here"
    folder.mkdir()
    return folder


@pytest.fixture
def convolve(run_script, here):
    return lambda *arguments: run_script("convolve.py", *arguments, cwd=here)


def test_worked_cases_print_their_results_and_write_no_files(convolve, here, home):
    done = convolve("case=all")
    assert (done.returncode, done.stderr) == (0, "")
    assert [result for result in RESULTS if result not in done.stdout] == []
    assert not list(here.iterdir()) and not list(home.iterdir())


def test_case_can_be_selected_by_its_number(convolve):
    by_name, by_number = (convolve(f"case={case}").stdout for case in ("sentence", "2"))
    assert by_name == by_number and "cat sitting" in by_name


def test_custom_layer(convolve):
    settings = "dimensions=1 steps=128 channels=6 kernel_size=8 strides=2 dilation=1 padding=same filters=64"
    done = convolve(*(f"layer.{setting}" for setting in settings.split()))
    assert "output            (64, 64)" in done.stdout


def test_help_names_every_case_and_its_number(convolve):
    done = convolve("--help")
    for number, name in enumerate(CASES, start=1):
        assert f"case={name:<16}{number} " in done.stdout


def test_pictures_are_written_to_the_given_folder(convolve, here):
    done = convolve("case=channels_first", "pictures=drawn")
    names = sorted(path.name for path in (here / "drawn").iterdir())
    assert names == ["channels_first.gif", "channels_first.svg"]
    assert "wrote drawn/channels_first.svg" in done.stdout


def test_no_case_imports_tensorflow_or_keras():
    program = f"""
import runpy, sys
sys.argv = ["convolve.py", "case=all"]
sys.path.insert(0, {str(PROJECT / "src")!r})
runpy.run_path({str(PROJECT / "scripts" / "convolve.py")!r}, run_name="__main__")
heavy = {{"tensorflow", "keras", "torch", "matplotlib", "mlflow", "sklearn"}} & set(sys.modules)
assert not heavy, heavy
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("arguments", "facts"),
    [
        (["case=seven"], ["case=seven"]),
        (["layer.kernel_sise=3"], ["layer.kernel_sise", "did you mean layer.kernel_size?"]),
        (["layer.kernel_size=zero"], ["layer.kernel_size", "zero", "layer.kernel_size=3"]),
        (["layer.filters=0"], ["layer.filters", "1", "0"]),
        (["run=nowhere"], ["nowhere"]),
        (["layer.steps=5", "layer.kernel_size=8", "layer.padding=valid"], ["layer", "steps is 5", "at least 8"]),
    ],
)
def test_bad_arguments_print_one_line_and_exit_with_status_2(convolve, arguments, facts):
    done = convolve(*arguments)
    assert done.returncode == 2 and len(done.stderr.strip().splitlines()) == 1
    assert [fact for fact in facts if fact not in done.stderr] == []
