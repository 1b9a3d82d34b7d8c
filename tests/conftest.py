"""Shared fixtures: a quiet TensorFlow, a separate folder for runs, and scripts as processes."""

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

# Set before TensorFlow is imported, in this process and its children.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
os.environ.setdefault("MPLBACKEND", "Agg")
os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")

# The background job of a shell ignores Ctrl-C, and so would the scripts that tests start and interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


# A busy machine can be slow, which is not a failure.
hypothesis.settings.register_profile("without deadline", deadline=None)
hypothesis.settings.load_profile("without deadline")


def pytest_collection_modifyitems(items):
    """Run slow tests first, so that no worker is left with them at the end."""
    items.sort(key=lambda item: "slow" not in item.keywords)


@pytest.fixture(scope="session")
def chromium(tmp_path_factory):
    """The browser; tests that need it are skipped if none is installed."""
    if PROGRAM is None:
        pytest.skip("no Chromium on this machine; apt-get install chromium to try the page in a browser")
    specification = importlib.util.spec_from_file_location("chromium", Path(__file__).with_name("chromium.py"))
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    browser = module.Chromium(PROGRAM, str(tmp_path_factory.mktemp("chromium")))
    yield browser
    browser.close()


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    """A separate folder for the runs, data and tracking store of a test, in this process and its children."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("CONVPIPE_HOME", str(folder))
    monkeypatch.setattr("convpipe.paths.HOME", folder)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.delenv("HYDRA_FULL_ERROR", raising=False)
    return folder


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory) -> Path:
    """A tracking store without runs, created once, because MLflow takes seconds to create its tables."""
    from convpipe.experiment.tracking import open_store

    path = tmp_path_factory.mktemp("store") / "mlflow.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{path}")
        open_store("first")
    return path


@pytest.fixture
def store(empty_store, home) -> Path:
    """A tracking store without runs, in the home."""
    return shutil.copy(empty_store, home / "mlflow.db")


@pytest.fixture
def run_script(home, tmp_path):
    """`run_script("train.py", "model=fcn", cwd=..., env={...})` runs a script as a process and returns the result.

    It writes under `home`, and starts from a folder that is not the project's unless `cwd` says otherwise.
    """

    def run(name: str, *arguments: str, cwd: Path = tmp_path, env=None, timeout: float = 300):
        command = [sys.executable, str(PROJECT / "scripts" / name), *arguments]
        # The package under test need not be installed.
        paths = os.pathsep.join(filter(None, [str(PROJECT / "src"), os.environ.get("PYTHONPATH")]))
        environment = {**os.environ, "PYTHONPATH": paths, **(env or {})}
        return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=timeout)

    return run


@pytest.fixture
def threads() -> dict[str, str]:
    """Settings of threads and oneDNN; results are bit-for-bit equal if these are equal."""
    return {name: value for name, value in os.environ.items() if name.endswith(("_THREADS", "_OPTS"))}


@pytest.fixture
def eager():
    """Disable compilation, which takes longer than a few steps."""
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


@pytest.fixture
def refused():
    """`with refused(DataError, file="a.csv", line=3):` expects an error with these facts.

    `file` is compared by its last part, `remedy` by what it contains, `mentions` are facts that the printed
    line must hold (names, numbers); every other fact must be equal. The line must be a single one.
    """

    @contextmanager
    def check(kind: type[Exception], *, mentions: tuple = (), **facts):
        with pytest.raises(kind) as caught:
            yield caught
        error, line = caught.value, str(caught.value)
        assert type(error) is kind and "\n" not in line
        for name, expected in facts.items():
            found = getattr(error, name)
            if name == "file":
                assert found is not None and Path(found).name == Path(str(expected)).name, line
            elif name == "remedy":
                assert found is not None and expected in found, line
            else:
                assert found == expected, f"{name} is {found!r}: {line}"
        for fact in mentions:
            assert str(fact) in line, line

    return check


@pytest.fixture
def called_with(monkeypatch, capsys):
    """`called_with(command, "export", ...)`: exit status, standard output and standard error of its `main`."""

    def call(command, *words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", [*words])
        try:
            command.main()
            status = 0
        except SystemExit as ended:
            status = ended.code
        return status, *capsys.readouterr()

    return call
