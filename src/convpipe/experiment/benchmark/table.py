"""The tables of a benchmark for a terminal of 80 columns."""

from convpipe.experiment.sweep.table import empty_table, open_console, printed


def text_lines(tables: list[tuple[list[str], list[list[str]], int]]) -> list[str]:
    """The lines of some tables.

    Args:
        tables: of each the heads, the cells, and how many columns, the first ones, hold words.
    """
    made = []
    for heads, body, words in tables:
        table = empty_table()
        for place, head in enumerate(heads):
            table.add_column(head, justify="left" if place < words else "right", no_wrap=place >= words)
        for cells in body:
            table.add_row(*cells)
        made.append(table)
    return printed(open_console(80), made)
