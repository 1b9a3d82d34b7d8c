"""Tables on terminals of 80, 60 and 40 columns."""

import io

import pytest
from rich.console import Console

from convpipe.tables import FittingTable

HEADS = ("network", "seeds", "accuracy", "parameters", "multiply-adds", "receptive field", "ms a step", "peak MB")
ROWS = [
    ("Conv2D over steps x channels", "5", "0.9375 ± 0.0123", "123,456", "12,345,678", "45 x 6", "12.34", "1,234"),
    ("Conv1D", "5", "0.9000 ± 0.1000", "1,000", "2", "3", "4.00", "5"),
]


def rendered(table, width: int) -> list[str]:
    console = Console(file=io.StringIO(), width=width)
    console.print(table)
    return console.file.getvalue().splitlines()


@pytest.mark.parametrize("lines", [True, False])
@pytest.mark.parametrize("width", [200, 120, 80, 60, 40])
def test_no_cell_is_broken_and_every_part_repeats_the_names(width, lines):
    shown = rendered(FittingTable(HEADS, ROWS, lines=lines), width)
    assert all(len(line) <= width for line in shown)
    text = "\n".join(shown)
    for row in ROWS:
        assert all(cell in text for cell in row[1:])
    parts = [number for number, line in enumerate(shown) if "network" in line]
    for start, end in zip(parts, [*parts[1:], len(shown)], strict=True):
        words = " ".join(line[:32] for line in shown[start:end]).split()
        assert {"Conv2D", "over", "steps", "channels", "Conv1D"} <= set(words)
    assert len(parts) == 1 if width >= 120 else len(parts) > 1


def test_long_names_are_not_broken_if_there_is_room():
    rows = [("Hydra-MultiRocket", "1.000", "-2.7"), ("Inception(single)", "0.9", "+1.0")]
    text = "\n".join(rendered(FittingTable(("published", "accuracy", "ours (0.973), points"), rows), 40))
    assert all(cell in text for row in rows for cell in row)


def test_text_wraps_only_between_words():
    table = FittingTable(("name", "what it is", "n"), [("a", "several words that need room", "1,000")], ["what it is"])
    shown = " ".join(rendered(table, 24)).split()
    assert {"several", "words", "that", "need", "room", "1,000"} <= set(shown)
