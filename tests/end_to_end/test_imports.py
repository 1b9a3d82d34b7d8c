"""Imports: a command starts quickly and imports only what it needs."""

import subprocess
import sys

import pytest

from convpipe.paths import PROJECT

HEAVY = ("tensorflow", "keras", "mlflow", "hydra", "omegaconf", "numpy", "matplotlib", "sklearn", "scipy")
#: Runs a command with the given arguments and prints all imported modules.
RUNNER = """
import sys
import convpipe.cli.train as command
command.exit_now = lambda: None
sys.argv = ["train", *sys.argv[1:]]
command.main()
print(*sorted(sys.modules))
"""


def modules(tmp_path, program: str, *arguments: str) -> set[str]:
    environment = {"PYTHONPATH": str(PROJECT / "src"), "CONVPIPE_HOME": str(tmp_path), "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, "-c", program, *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.slow
def test_single_training_imports_no_sweeps_comparisons_or_lessons(tmp_path):
    imported = modules(tmp_path, RUNNER, "data=digits", "model=linear", "debug=one_step")
    assert {"tensorflow", "convpipe.experiment.run", "convpipe.training.trainer"} <= imported
    unused = ("convpipe.experiment.sweep", "convpipe.experiment.comparison", "convpipe.convolution")
    assert [name for name in imported if name.startswith(unused)] == []


@pytest.mark.parametrize("program, arguments", [
    ("import sys, convpipe; print(*sys.modules)", ()),
    ("import sys, convpipe.cli.main; print(*sys.modules)", ()),
    ("from convpipe import register_model; import sys; print(*sys.modules)", ()),
    (RUNNER, ("--help",)),
])  # fmt: skip
def test_heavy_packages_are_not_imported_at_start(tmp_path, program, arguments):
    assert sorted(set(HEAVY) & modules(tmp_path, program, *arguments)) == []
