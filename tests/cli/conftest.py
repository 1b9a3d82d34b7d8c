"""Commands called in this process, by their words."""

import sys

import pytest


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
