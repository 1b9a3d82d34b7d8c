"""The table of a comparison: printed, and as CSV."""

from convpipe.experiment.comparison.statistics import Row
from convpipe.experiment.sweep.table import number_text, open_console, printed, with_spread

HEADS = ("network", "seeds", "accuracy", "parameters", "multiply-adds", "receptive field", "ms per step", "peak MB")
#: Keys that `profiling.profile` returns, in the order of the columns.
MEASURED = (
    *("parameters", "multiply_adds", "receptive_field", "seconds_a_step", "seconds_a_step_lowest"),
    *("seconds_a_step_highest", "batch_size", "peak_memory_mb", "memory_before_mb", "largest_difference"),
    "compared_samples",
)


def rows_for_csv(rows: list[Row], about: dict) -> list[dict]:
    """Return one row per network with all measurements; unknown values are None.

    Args:
        rows: of the comparison.
        about: comparison and data, which become the first columns; other entries, such as versions, become the last.
    """
    first, axes = {key: about[key] for key in ("comparison", "data")}, _axes(rows)
    last = {key: value for key, value in about.items() if key not in first}
    return [first | _measurements(row) | _shuffled(row, axes) | _errors(row) | last for row in rows]


def _axes(rows: list[Row]) -> list[str]:
    """All axes that were shuffled in at least one network."""
    return list(dict.fromkeys(each["axis"] for row in rows for each in row.shuffled.get("axes", [])))


def _shuffled(row: Row, axes: list[str]) -> dict:
    """Accuracies with an axis shuffled, and intervals of the drop; None if the network does not have the axis."""
    if not axes:
        return {}
    test, found = row.shuffled, {each["axis"]: each for each in row.shuffled.get("axes", [])}
    drawn = f"{test['drawn']} {'groups' if test['groups'] else 'samples'}" if test else None
    cells = {"unshuffled": test.get("accuracy")}
    for axis in axes:
        one = found.get(axis, {})
        cells |= {f"shuffled_{axis}": one.get("accuracy")}
        cells |= {f"shuffled_{axis}_drop_{end}": one.get(end) for end in ("low", "high")}
    return cells | {"bootstrap": drawn}


def _errors(row: Row) -> dict:
    return {"errors": " | ".join(dict.fromkeys(row.errors))}


def _measurements(row: Row) -> dict:
    variant = {key: getattr(row.variant, key) for key in ("model", "input_transform", "equivalent_to")}
    trained = {"seeds": len(row.accuracies), "part": row.part, "accuracy": row.accuracy, "accuracy_spread": row.spread}
    measured = {key: row.measured.get(key) for key in MEASURED} | {"receptive_field": _field(row.measured) or None}
    return {"network": row.name} | variant | trained | measured


def _field(measured: dict) -> str:
    return " x ".join(map(str, measured.get("receptive_field", ())))


def lines(rows: list[Row], width: int = 200) -> list[str]:
    """Return the table for a terminal, then a line for each error."""
    from convpipe.tables import FittingTable

    table = FittingTable(HEADS, map(_cells, rows), lines=False)
    failed = [f"{row.name}: {error}" for row in rows for error in dict.fromkeys(row.errors)]
    return [*printed(open_console(width), [table]), *failed]


def shuffle_lines(rows: list[Row], width: int = 200) -> list[str]:
    """Return the table of accuracies with one axis shuffled; empty if no axis was shuffled."""
    from convpipe.tables import FittingTable

    axes, cells = _axes(rows), []
    if not axes:
        return []
    for row in rows:
        found = {each["axis"]: each["accuracy"] for each in row.shuffled.get("axes", [])}
        values = [row.shuffled.get("accuracy"), *(found.get(axis) for axis in axes)]
        cells.append([row.name, *(number_text(value, ".4f") for value in values)])
    table = FittingTable(["accuracy with one axis shuffled", "none", *axes], cells, lines=False)
    return ["", *printed(open_console(width), [table])]


def _cells(row: Row) -> list[str]:
    measured = row.measured
    counts = [number_text(measured.get(key), ",") for key in ("parameters", "multiply_adds")]
    step = f"{1000 * measured['seconds_a_step']:,.2f}" if "seconds_a_step" in measured else ""
    costs = [*counts, _field(measured), step, number_text(measured.get("peak_memory_mb"), ",.0f")]
    return [row.name, str(len(row.accuracies)), with_spread(row.accuracy, row.spread), *costs]
