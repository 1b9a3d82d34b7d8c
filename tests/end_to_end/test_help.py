"""Scripts as processes, without training: help, configuration, completion, errors."""

import json
import os
import re
import subprocess
import sys

import pytest

from convpipe.paths import PROJECT

HEAVY = ("tensorflow", "keras", "mlflow", "matplotlib", "sklearn")


@pytest.fixture
def without(tmp_path):
    """`without("keras", ...)` returns environment variables with which importing these packages fails."""

    def build(*names: str) -> dict[str, str]:
        folder = tmp_path / "blocked"
        folder.mkdir()
        (folder / "sitecustomize.py").write_text(f"import sys\nsys.modules.update(dict.fromkeys({names!r}))\n")
        return {"PYTHONPATH": os.pathsep.join([str(folder), str(PROJECT / "src")])}

    return build


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_needs_neither_tensorflow_nor_hydra(run_script, without, option):
    done = run_script("train.py", option, env=without(*HEAVY, "hydra", "omegaconf"))
    assert (done.returncode, done.stderr) == (0, "")
    assert "usage: python" in done.stdout


def test_help_describes_every_option_in_one_line(run_script):
    page = run_script("train.py", "--help").stdout
    for group in ("data", "model", "training", "augmentation", "preprocessing", "embedding", "experiment", "debug"):
        for file in (PROJECT / "conf" / group).glob("*.yaml"):
            line = re.search(rf"^  {file.stem} +(.*)$", page, re.MULTILINE)
            assert line and len(line[1]) > 3, f"{file} has no first comment line"
            assert len(line[0]) <= 160, f"{file}: its first line is too long for the page"


def test_cfg_shows_the_composed_configuration_without_tensorflow(run_script, without):
    done = run_script("train.py", "--cfg", "job", "model=mlp", "seed=3", env=without(*HEAVY))
    assert done.returncode == 0, done.stderr
    assert "name: mlp" in done.stdout and "seed: 3" in done.stdout


def test_info_prints_the_defaults(run_script):
    done = run_script("train.py", "--info", "defaults")
    assert done.returncode == 0 and "model" in done.stdout


@pytest.mark.parametrize("arguments, facts", [
    (["model=fcx"], ["model=fcx", "fcn?"]),
    (["-m", "model=fcn,fcx"], ["model=fcx", "fcn?"]),
    (["--epochs=5"], ["--epochs", " epochs=5", "--help"]),
])  # fmt: skip
def test_bad_arguments_print_one_line_and_exit_with_status_2(run_script, home, arguments, facts):
    done = run_script("train.py", *arguments)
    assert (done.returncode, done.stderr.count("\n"), done.stdout) == (2, 1, "")
    assert done.stderr.startswith("error: ") and [fact for fact in facts if fact not in done.stderr] == []
    assert list(home.rglob("result.json")) == []


def test_full_error_shows_the_traceback(run_script):
    done = run_script("train.py", "model=fcx", env={"HYDRA_FULL_ERROR": "1"})
    assert done.returncode == 1 and "Traceback" in done.stderr and "MissingConfigException" in done.stderr


@pytest.mark.parametrize("typed, offered", [
    ("model=", {"model=fcn", "model=mlp"}),
    ("training.ep", {"training.epochs="}),
])  # fmt: skip
def test_shell_completion_offers_choices_and_keys(run_script, typed, offered):
    line = f"python scripts/train.py {typed}"
    done = run_script("train.py", "-sc", "query=bash", env={"COMP_LINE": line, "COMP_POINT": str(len(line))})
    assert done.returncode == 0 and offered <= set(done.stdout.split())


def test_shell_completion_hides_schemas(run_script):
    line = "python scripts/train.py "
    done = run_script("train.py", "-sc", "query=bash", env={"COMP_LINE": line, "COMP_POINT": str(len(line))})
    assert "model=" in done.stdout.split() and "schema/" not in done.stdout


def test_completion_can_be_installed_in_bash(run_script):
    script = run_script("train.py", "-sc", "install=bash").stdout
    assert subprocess.run(["bash", "-n"], input=script, text=True, capture_output=True).stderr == ""


@pytest.mark.parametrize("arguments", ["--help", "--cfg job"])
def test_closed_pipe_gives_no_traceback(home, arguments):
    script = f"'{sys.executable}' '{PROJECT / 'scripts' / 'train.py'}' {arguments} | true"
    environment = {**os.environ, "PYTHONPATH": str(PROJECT / "src")}
    done = subprocess.run(["bash", "-c", script], env=environment, capture_output=True, text=True, timeout=60)
    assert done.stderr == ""


def _start_script(folder, body: str) -> list[str]:
    """Return the command of a script that starts like scripts/train.py, with `body` as its task."""
    script = folder / "own.py"
    script.write_text(
        "from convpipe.cli.start import start\n"
        f"def main(config):\n    {body}\n"
        "if __name__ == '__main__':\n    start(main, config_name='train')\n"
    )
    return [sys.executable, str(script)]


@pytest.mark.parametrize("body, status, facts", [
    ("from convpipe.errors import DataError; raise DataError('is\\n empty', file='a.ts', line=3)", 2,
     ["error: a.ts line 3: is empty"]),
    ("import errno; raise OSError(errno.ENOSPC, 'No space left on device', 'x.csv')", 2,
     ["error: ", "No space left on device", "x.csv", "CONVPIPE_HOME"]),
    ("raise KeyboardInterrupt", 130, ["Ctrl-C"]),
])  # fmt: skip
def test_error_of_a_run_is_one_line_with_its_exit_status(home, tmp_path, body, status, facts):
    environment = {**os.environ, "PYTHONPATH": str(PROJECT / "src")}
    done = subprocess.run(_start_script(tmp_path, body), env=environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr.count("\n")) == (status, 1)
    assert [fact for fact in facts if fact not in done.stderr] == []


def test_error_does_not_remove_an_empty_current_folder(run_script, tmp_path):
    here = tmp_path / "here"
    here.mkdir()
    done = run_script("doctor.py", "data=series", f"data.path={tmp_path}/missing", cwd=here)
    assert done.returncode == 2 and here.is_dir()


def test_bug_keeps_its_traceback(home, tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(PROJECT / "src")}
    command = _start_script(tmp_path, "[][0]")
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "Traceback" in done.stderr and "IndexError" in done.stderr


def test_runs_are_written_under_home_from_any_folder(home, tmp_path):
    body = "import json; from hydra.core.hydra_config import HydraConfig as H; print(json.dumps(H.get().runtime))"
    body = body.replace("json.dumps(H.get().runtime)", "json.dumps(H.get().runtime.output_dir)")
    environment = {**os.environ, "PYTHONPATH": str(PROJECT / "src")}
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    command = _start_script(tmp_path, body)
    done = subprocess.run(command, env=environment, cwd=elsewhere, capture_output=True, text=True, timeout=60)
    assert json.loads(done.stdout).startswith(str(home / "runs"))
    assert list(elsewhere.iterdir()) == []


def test_ui_help_needs_neither_mlflow_nor_tensorflow(run_script, without):
    done = run_script("ui.py", "--help", env=without(*HEAVY))
    assert done.returncode == 0 and "--port" in done.stdout
