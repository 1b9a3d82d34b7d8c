"""Fixtures that run scripts in this process, for errors that end a run before it trains."""

import logging
import logging.config
import runpy
import sqlite3
import sys

import pytest

from convpipe.paths import PROJECT


@pytest.fixture
def train(home, monkeypatch, capsys):
    """`train("model=fcn", ...)` runs the script in this process. It returns the exit status and the lines of stderr."""
    monkeypatch.setattr("convpipe.cli.train.exit_now", lambda: None)  # would end this process
    handlers = logging.getLogger().handlers[:]
    # Hydra's logging setup would close existing handlers, including pytest's standard error.
    monkeypatch.setattr(logging.config, "_clearExistingHandlers", lambda: None)

    def run(*arguments: str) -> tuple[int, list[str]]:
        monkeypatch.setattr(sys, "argv", ["train.py", *arguments])
        monkeypatch.setenv("HYDRA_FULL_ERROR", "0")  # set when a script starts
        try:
            runpy.run_path(str(PROJECT / "scripts" / "train.py"), run_name="__main__")
            status = 0
        except SystemExit as error:
            status = error.code
        return status, capsys.readouterr().err.splitlines()

    yield run
    logging.getLogger().handlers[:] = handlers


@pytest.fixture
def statuses(home):
    """`statuses()` returns the statuses of the runs in the store."""

    def read() -> list[str]:
        if not (home / "mlflow.db").exists():
            return []
        with sqlite3.connect(home / "mlflow.db") as connection:
            return [status for (status,) in connection.execute("select status from runs")]

    return read


@pytest.fixture
def refused_line(train, home, statuses):
    """`refused_line("model=fcm")` returns the error line of a run, and checks that the run leaves no files."""

    def run(*arguments: str) -> str:
        status, lines = train(*arguments)
        assert (status, len(lines)) == (2, 1), lines
        assert lines[0].startswith("error: ")
        assert not (home / "runs").exists(), "no run folder"
        assert statuses() == [], "no run in MLflow"
        return lines[0]

    return run
