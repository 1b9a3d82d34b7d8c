"""The tables of a benchmark for a terminal of 80 columns."""

from convpipe.experiment.sweep.table import open_console, printed


def text_lines(tables: list[tuple[list[str], list[list[str]], int]]) -> list[str]:
    """The lines of some tables.

    Args:
        tables: of each the heads, the cells, and how many columns, the first ones, hold words; without heads an empty
            line.
    """
    from convpipe.tables import FittingTable

    made = [FittingTable(heads, body, heads[:words], lines=False) if heads else "" for heads, body, words in tables]
    return printed(open_console(80), made)
