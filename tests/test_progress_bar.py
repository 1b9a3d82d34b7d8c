"""Progress bars on terminals of several widths."""

import io
import re
from types import SimpleNamespace

import pytest
from rich.console import Console

from convpipe import progress_bar
from convpipe.progress_bar import Bar, bar_lines, is_interactive, status
from convpipe.tables import FittingTable, plain_console

MEASURES = "loss 0.4312  accuracy 0.861  val_loss 0.5120  val_accuracy 0.834"


def shown(text, width) -> list[str]:
    console = Console(file=io.StringIO(), width=width)
    console.print(text)
    return console.file.getvalue().splitlines()


@pytest.mark.parametrize("title", ["training", "fold 3, network 2 of 5"])
@pytest.mark.parametrize("width", [160, 120, 80, 60, 40])
def test_bar_count_and_time_left_are_shown_unbroken(width, title):
    lines = shown(bar_lines(title, 7.4, 50, MEASURES, "1 min 12 s left", width), width)
    assert all(len(line) < width for line in lines)
    text = "\n".join(lines)
    (bar,) = re.findall("[━─]+", text)
    assert len(bar) >= 10 and bar.count("━") == int(len(bar) * 7.4 / 50)
    assert all(part in text for part in (title, "7/50", "1 min 12 s left", *MEASURES.split("  ")))
    if width == 80:
        assert len(lines) == 2 and lines[1] == MEASURES


def test_a_bar_of_a_resumed_training_counts_the_time_from_its_start(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(progress_bar.time, "perf_counter", lambda: now[0])
    bar = Bar("training", 10, Console(file=io.StringIO(), width=80, force_terminal=True))
    bar.start()
    bar.move(6)
    assert "left" not in bar._lines().plain
    now[0] = 4.0
    bar.move(8, "loss 0.5000")
    assert "8/10  4 s left  loss 0.5000" in bar._lines().plain
    now[0] = 6.0
    assert "2 s left" in bar._lines().plain
    bar.stop()


@pytest.mark.parametrize(("variables", "expected"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)])
def test_lines_are_redrawn_on_terminals_that_support_it(monkeypatch, variables, expected):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    terminal = SimpleNamespace(isatty=lambda: True)
    assert is_interactive(terminal) == expected and not is_interactive(io.StringIO())


def test_with_no_color_a_table_is_plain_text(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    console = plain_console(file=io.StringIO(), force_terminal=True, width=60)
    console.print(FittingTable(["", "test"], [["accuracy", "0.9"]], bold=["test"]))
    assert "\x1b" not in console.file.getvalue()


def test_a_status_prints_nothing_in_a_pipe(capsys):
    with status("drawing figures"):
        pass
    assert capsys.readouterr() == ("", "")
