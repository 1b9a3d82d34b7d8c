"""The table of a comparison: printed, and as CSV."""

from convpipe.experiment.comparison.statistics import Row

HEADS = ("network", "seeds", "accuracy", "parameters", "multiply-adds", "receptive field", "ms a step", "peak MB")


def rows_for_csv(rows: list[Row], about: dict) -> list[dict]:
    """A row a network with everything that was measured; an unknown figure is None.

    Args:
        rows: of the comparison.
        about: comparison and data, put first; and after the figures what a table needs to be made again and believed.
    """
    first = {key: about[key] for key in ("comparison", "data")}
    last = {key: value for key, value in about.items() if key not in first}
    return [first | _figures(row) | last for row in rows]


def _figures(row: Row) -> dict:
    measured = row.measured
    times = ("seconds_a_step", "seconds_a_step_lowest", "seconds_a_step_highest")
    keys = (*times, "batch_size", "peak_memory_mb", "memory_before_mb")
    return {
        "network": row.name,
        "model": row.variant.model,
        "input_transform": row.variant.input_transform,
        "equivalent_to": row.variant.equivalent_to,
        "seeds": len(row.accuracies),
        "part": row.part,
        "accuracy": row.accuracy,
        "accuracy_spread": row.spread,
        "parameters": measured.get("parameters"),
        "multiply_adds": measured.get("multiply_adds"),
        "receptive_field": _field(measured) or None,
        **{key: measured.get(key) for key in keys},
        "largest_difference": measured.get("largest_difference"),
        "compared_samples": measured.get("compared_samples"),
        "errors": " | ".join(dict.fromkeys(row.errors)),
    }


def _field(measured: dict) -> str:
    return " x ".join(map(str, measured.get("receptive_field", ())))


def lines(rows: list[Row], width: int = 200) -> list[str]:
    """The table for people, then a line for each error."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=width)  # a file or a pipe has no edge to wrap at
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for head in HEADS:
        table.add_column(head, justify="left" if head == "network" else "right", no_wrap=head != "network")
    for row in rows:
        table.add_row(*map(Text, _cells(row)))
    # Printed by Python, since rich would end the process by itself where the reader of a pipe has gone.
    with console.capture() as shown:
        console.print(table)
    failed = [f"{row.name}: {error}" for row in rows for error in dict.fromkeys(row.errors)]
    return [*(line.rstrip() for line in shown.get().splitlines()), *failed]


def _cells(row: Row) -> list[str]:
    measured = row.measured
    accuracy = "" if row.accuracy is None else f"{row.accuracy:.4f}"
    accuracy += "" if row.spread is None else f" ± {row.spread:.4f}"
    counts = [f"{measured[key]:,}" if key in measured else "" for key in ("parameters", "multiply_adds")]
    step = f"{1000 * measured['seconds_a_step']:,.2f}" if "seconds_a_step" in measured else ""
    memory = f"{measured['peak_memory_mb']:,.0f}" if "peak_memory_mb" in measured else ""
    return [row.name, str(len(row.accuracies)), accuracy, *counts, _field(measured), step, memory]
