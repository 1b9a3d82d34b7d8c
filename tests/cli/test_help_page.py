"""Help pages on terminals of several widths."""

import pytest

from convpipe.cli import compare, doctor, evaluate, predict, promote, serve
from convpipe.cli.help_page import fitted, help_page

PAGES = [each.__doc__.format(program="python scripts/NAME.py") for each in (compare, doctor, predict, promote, serve)]


@pytest.mark.parametrize("width", [100, 80, 60])
def test_no_line_is_wider_than_the_terminal_and_no_word_is_broken(monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    pages = {page: fitted(page) for page in PAGES}
    pages |= {help_page("train"): help_page("train")}
    for page, shown in pages.items():
        assert max(map(len, shown.splitlines())) <= width
        assert [word for word in shown.split() if word != "\\"] == page.replace("\\\n", " ").split() or "curl" in page


def test_a_second_column_stays_a_column():
    lines = fitted("seeds=N    trainings of each network, five by default", 40).splitlines()
    assert len(lines) > 1 and all(line.startswith(" " * 11) and line[11] != " " for line in lines[1:])


def test_paragraphs_are_filled_and_stay_apart():
    assert fitted("one two\nthree\n\nfour", 40) == "one two three\n\nfour\n"


def test_examples_continue_after_a_backslash():
    assert fitted("  python scripts/train.py data=digits model=resnet2d", 40).splitlines()[0].endswith(" \\")


def test_commands_without_hydra_fill_their_pages(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setattr("sys.argv", ["evaluate", "--help"])
    with pytest.raises(SystemExit):
        evaluate.arguments()
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 60
