"""Scripts in this process, where a mistake is seen before anything is trained."""

import logging
import logging.config
import runpy
import sqlite3
import sys

import pytest

from convpipe.paths import PROJECT


@pytest.fixture
def train(home, monkeypatch, capsys):
    """`train("model=fcn", ...)` runs the script in this process; the exit status and the lines on standard error."""
    monkeypatch.setattr("convpipe.cli.train.exit_now", lambda: None)  # it would end this process at once
    handlers = logging.getLogger().handlers[:]
    # Hydra's set-up of the log would close those of others, among them pytest's own standard error.
    monkeypatch.setattr(logging.config, "_clearExistingHandlers", lambda: None)

    def run(*arguments: str) -> tuple[int, list[str]]:
        monkeypatch.setattr(sys, "argv", ["train.py", *arguments])
        monkeypatch.setenv("HYDRA_FULL_ERROR", "0")  # the start of a script sets it
        try:
            runpy.run_path(str(PROJECT / "scripts" / "train.py"), run_name="__main__")
            status = 0
        except SystemExit as ended:
            status = ended.code
        return status, capsys.readouterr().err.splitlines()

    yield run
    logging.getLogger().handlers[:] = handlers


@pytest.fixture
def statuses(home):
    """`statuses()`: of the runs in the store."""

    def read() -> list[str]:
        if not (home / "mlflow.db").exists():
            return []
        with sqlite3.connect(home / "mlflow.db") as connection:
            return [status for (status,) in connection.execute("select status from runs")]

    return read


@pytest.fixture
def refused_line(train, home, statuses):
    """`refused_line("model=fcm")` is the error of a run that leaves nothing behind."""

    def run(*arguments: str) -> str:
        status, lines = train(*arguments)
        assert (status, len(lines)) == (2, 1), lines
        assert lines[0].startswith("error: ")
        assert not (home / "runs").exists(), "no run folder"
        assert statuses() == [], "no run in MLflow"
        return lines[0]

    return run
