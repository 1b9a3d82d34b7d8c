"""Shared fixtures: a quiet TensorFlow, a separate folder for the output of each test, and scripts as processes."""

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import hypothesis
import pytest

from convpipe.paths import PROJECT

PROGRAM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

# Set before TensorFlow is imported, in this process and in its child processes.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
os.environ.setdefault("MPLBACKEND", "Agg")
os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")

# A background job of a shell ignores Ctrl-C, and the scripts that tests interrupt would inherit this.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


# A slow example on a busy machine is not a failure.
hypothesis.settings.register_profile("without deadline", deadline=None)
hypothesis.settings.load_profile("without deadline")


def pytest_collection_modifyitems(items):
    """Run slow tests first, so that no worker has to finish them alone at the end."""
    items.sort(key=lambda item: "slow" not in item.keywords)


@pytest.fixture(scope="session")
def chromium(tmp_path_factory):
    """The browser. Tests that need it are skipped if none is installed."""
    if PROGRAM is None:
        pytest.skip("Chromium is not installed; to test pages in a browser: apt-get install chromium")
    specification = importlib.util.spec_from_file_location("chromium", Path(__file__).with_name("chromium.py"))
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    browser = module.Chromium(PROGRAM, str(tmp_path_factory.mktemp("chromium")))
    yield browser
    browser.close()


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    """A separate folder for runs, data and the tracking store, in this process and in its child processes."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("CONVPIPE_HOME", str(folder))
    monkeypatch.setattr("convpipe.paths.HOME", folder)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.delenv("HYDRA_FULL_ERROR", raising=False)
    return folder


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory) -> Path:
    """A tracking store without runs. It is created once, because MLflow takes seconds to create its tables."""
    from convpipe.experiment.tracking import open_store

    path = tmp_path_factory.mktemp("store") / "mlflow.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{path}")
        open_store("first")
    return path


@pytest.fixture
def store(empty_store, home) -> Path:
    """A copy of the empty tracking store in `home`."""
    return shutil.copy(empty_store, home / "mlflow.db")


@pytest.fixture
def run_script(home, tmp_path):
    """`run_script("train.py", "model=fcn", cwd=..., env={...})` runs a script and returns its `CompletedProcess`.

    The script writes under `home`. Its current folder is `tmp_path` by default, outside the project.
    """

    def run(name: str, *arguments: str, cwd: Path = tmp_path, env=None, timeout: float = 300):
        command = [sys.executable, str(PROJECT / "scripts" / name), *arguments]
        # The package under test is not necessarily installed.
        paths = os.pathsep.join(filter(None, [str(PROJECT / "src"), os.environ.get("PYTHONPATH")]))
        environment = {**os.environ, "PYTHONPATH": paths, **(env or {})}
        return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=timeout)

    return run


@pytest.fixture
def threads() -> dict[str, str]:
    """The settings of threads and oneDNN in the environment. Equal settings give equal results, bit by bit."""
    return {name: value for name, value in os.environ.items() if name.endswith(("_THREADS", "_OPTS"))}


@pytest.fixture
def eager():
    """Run without compilation, which takes longer than a few steps."""
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


@pytest.fixture
def refused():
    """`with refused(DataError, file="a.csv", line=3):` expects an error with these fields.

    `file` is compared by its file name. `remedy` must be contained in the remedy of the error. `mentions` are facts
    (names, numbers) that the printed line must contain. All other fields must be equal. The message must be one line.
    """

    @contextmanager
    def check(error_type: type[Exception], *, mentions: tuple = (), **fields):
        with pytest.raises(error_type) as caught:
            yield caught
        error, line = caught.value, str(caught.value)
        assert type(error) is error_type and "\n" not in line
        for name, expected in fields.items():
            value = getattr(error, name)
            if name == "file":
                assert value is not None and Path(value).name == Path(str(expected)).name, line
            elif name == "remedy":
                assert value is not None and expected in value, line
            else:
                assert value == expected, f"{name} is {value!r}: {line}"
        for fact in mentions:
            assert str(fact) in line, line

    return check


@pytest.fixture
def called_with(monkeypatch, capsys):
    """`called_with(command, "export", ...)` runs `command.main()`.

    It returns the exit status, standard output and standard error.
    """

    def call(command, *arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", [*arguments])
        try:
            command.main()
            status = 0
        except SystemExit as error:
            status = error.code
        return status, *capsys.readouterr()

    return call
