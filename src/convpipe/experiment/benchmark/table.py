"""The tables of a benchmark for a terminal of 80 columns."""

from convpipe.experiment.sweep.table import open_console, printed


def text_lines(tables: list[tuple[list[str], list[list[str]], int]]) -> list[str]:
    """Return tables as lines.

    Args:
        tables: for each table its headings, its cells, and the number of leading columns that contain words. Without
            headings it is an empty line.
    """
    from convpipe.tables import FittingTable

    made = [FittingTable(heads, body, heads[:words], lines=False) if heads else "" for heads, body, words in tables]
    return printed(open_console(80), made)
