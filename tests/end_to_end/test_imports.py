"""What is imported, and what is not: a command starts quickly and loads no code that it has no use for."""

import subprocess
import sys

import pytest

from convpipe.paths import PROJECT

HEAVY = ("tensorflow", "keras", "mlflow", "hydra", "omegaconf", "numpy", "matplotlib", "sklearn", "scipy")
#: Calls a command with the words that follow, and prints the modules that it imported.
RUNNER = """
import sys
import convpipe.cli.train as command
command.exit_now = lambda: None
sys.argv = ["train", *sys.argv[1:]]
command.main()
print(*sorted(sys.modules))
"""


def modules(tmp_path, program: str, *words: str) -> set[str]:
    environment = {"PYTHONPATH": str(PROJECT / "src"), "CONVPIPE_HOME": str(tmp_path), "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, "-c", program, *words]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.slow
def test_a_single_training_needs_neither_sweeps_nor_comparisons_nor_the_lessons(tmp_path):
    found = modules(tmp_path, RUNNER, "data=digits", "model=linear", "debug=one_step")
    assert {"tensorflow", "convpipe.experiment.run", "convpipe.training.trainer"} <= found
    unused = ("convpipe.experiment.sweep", "convpipe.experiment.comparison", "convpipe.convolution")
    assert [name for name in found if name.startswith(unused)] == []


@pytest.mark.parametrize("program, words", [
    ("import sys, convpipe; print(*sys.modules)", ()),
    ("import sys, convpipe.cli.main; print(*sys.modules)", ()),
    ("from convpipe import register_model; import sys; print(*sys.modules)", ()),
    (RUNNER, ("--help",)),
])  # fmt: skip
def test_nothing_heavy_is_imported_before_it_is_used(tmp_path, program, words):
    assert sorted(set(HEAVY) & modules(tmp_path, program, *words)) == []
