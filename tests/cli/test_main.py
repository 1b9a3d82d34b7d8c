"""The command `convpipe NAME`, and commands without Hydra."""

import errno

import pytest

import convpipe
from convpipe.cli import main as command
from convpipe.cli.start import run_plain
from convpipe.errors import DataError


@pytest.fixture
def called(called_with):
    """`called("--help")`: the exit status, standard output and standard error of `convpipe --help`."""
    return lambda *words: called_with(command, "convpipe", *words)


@pytest.mark.parametrize("words", [(), ("--help",), ("-h",)])
def test_help_names_every_command(called, words):
    status, out, err = called(*words)
    assert (status, err) == (0, "") and [name for name in command.COMMANDS if name not in out] == []


def test_version(called):
    assert called("--version") == (0, f"{convpipe.__version__}\n", "")


def test_unknown_command_gets_one_line_with_the_nearest(called):
    status, out, err = called("trian")
    assert (status, out) == (2, "") and err.count("\n") == 1 and "trian" in err and "train?" in err


@pytest.mark.parametrize("name", ["fetch_data", "fetch-data"])
def test_command_gets_the_remaining_arguments(home, called, name):
    status, out, _ = called(name, "--list")
    assert status == 0 and "gunpoint" in out


@pytest.mark.parametrize("error, status, facts", [
    (DataError("is empty", file="a.ts", line=3, remedy="add rows"), 2, ["a.ts line 3", "is empty", "add rows"]),
    (OSError(errno.EACCES, "Permission denied", "a.ts"), 2, ["Permission denied", "a.ts"]),
    (KeyboardInterrupt(), 130, ["Ctrl-C"]),
])  # fmt: skip
def test_error_of_a_command_without_hydra_is_one_line(home, capsys, error, status, facts):
    def fail():
        raise error

    with pytest.raises(SystemExit) as ended:
        run_plain(fail)
    line = capsys.readouterr().err
    assert ended.value.code == status and line.count("\n") == 1
    assert [fact for fact in facts if fact not in line] == []


def test_bug_of_a_command_without_hydra_keeps_its_traceback(home):
    with pytest.raises(ZeroDivisionError):
        run_plain(lambda: 1 / 0)
