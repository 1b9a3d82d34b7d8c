"""What a sweep found: its jobs by validation accuracy, and the spread over seeds. Never sorted by the test part."""

import csv
from collections.abc import Iterable
from pathlib import Path
from statistics import mean, stdev

from convpipe.errors import ConfigError

FIGURES = ("validation_accuracy", "test_accuracy", "train_seconds", "epochs", "parameters")
COLUMNS = ("status", "validation", "test", "seconds", "epochs", "parameters", "folder")
DONE = ("finished", "finished before")
SEED = "seed"


def row(varies: dict[str, str], result: dict | None, folder: Path) -> dict:
    """One job for the table.

    Args:
        varies: what varies in the sweep, with the job's value.
        result: what its result.json holds, None for a job that was not begun.
        folder: of the job.

    Returns:
        What varies, then status, FIGURES (accuracies from 0 to 1; None where unknown), folder and error.
    """
    result = result or {"status": "not run"}
    train = result.get("train") or {}
    figures = [(result.get(part) or {}).get("accuracy") for part in ("validation", "test")]
    figures += [train.get("seconds"), _whole(train.get("epochs")), _whole(result.get("parameters"))]
    about = {
        "data": varies.get("data") or result.get("data"),
        "model": varies.get("model") or result.get("model"),
        "status": result["status"],
        **dict(zip(FIGURES, figures, strict=True)),
    }
    return {**varies, **about, "folder": str(result.get("folder") or folder), "error": result.get("error", "")}


def _whole(number: float | None) -> float | int | None:
    """A count without its decimals; the mean over folds may have some."""
    return int(number) if number is not None and number == int(number) else number


def ordered(rows: list[dict], swept: Iterable[str]) -> list[dict]:
    """Rows by validation accuracy, best first; then those without one, by what varies."""
    swept = list(swept)

    def place(one: dict) -> tuple:
        accuracy = one["validation_accuracy"]
        return (accuracy is None, -(accuracy or 0.0), [_as_number(one[key]) for key in swept])

    return sorted(rows, key=place)


def _as_number(value: str) -> tuple[float, str]:
    """Numbers before texts and by their size, so that seed=10 follows seed=9.

    >>> sorted(["b", "10", "9"], key=_as_number)
    ['9', '10', 'b']
    """
    try:
        return float(value), value
    except ValueError:
        return float("inf"), value


def over_seeds(rows: list[dict], swept: Iterable[str]) -> list[dict]:
    """Mean and spread of the jobs that differ in their seed alone, best validation first.

    The spread is the standard deviation of a sample (divisor n - 1). Only finished jobs count.

    Returns:
        One row a setting; none at all where no two finished jobs share a setting.
    """
    others = [key for key in swept if key != SEED]
    groups: dict[tuple, list[dict]] = {}
    for one in rows if SEED in swept else ():
        if one["status"] in DONE:
            groups.setdefault(tuple(one[key] for key in others), []).append(one)
    if all(len(group) < 2 for group in groups.values()):
        return []
    summary = [dict(zip(others, values, strict=True)) | _spread(group) for values, group in groups.items()]
    return ordered(summary, others)


def _spread(group: list[dict]) -> dict:
    about = {"seeds": len(group)}
    for figure in ("validation_accuracy", "test_accuracy", "train_seconds"):
        values = [one[figure] for one in group if one[figure] is not None]
        about[figure] = mean(values) if values else None
        about[f"{figure}_spread"] = stdev(values) if len(values) > 1 else None
    return about | {key: group[0][key] for key in ("data", "model", "epochs", "parameters")}


def write_csv(path: Path, rows: list[dict]) -> None:
    """Write rows with a header; an unknown figure is an empty cell."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def read_csv(path: Path) -> list[dict]:
    """The rows that `write_csv` wrote, every cell a text; none where there is no file."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def check_place(path: Path, columns: set[str]) -> None:
    """Before any training, refuse a place that a table could not be written to, or a file that is no such table.

    Args:
        path: what `sweep.table` names.
        columns: that every such table has.

    Raises:
        ConfigError: the message says what is in the way.
    """
    if not path.absolute().parent.is_dir():
        raise ConfigError(f"sweep.table={path}: there is no folder {path.parent}; make it first")
    try:
        head = path.read_text(encoding="utf-8").splitlines()[:1] if path.exists() else []
    except (OSError, UnicodeDecodeError):
        head = ["?"]
    if head and not columns <= set(head[0].split(",")):
        raise ConfigError(f"sweep.table={path} is no table of this kind; name another file")


def merged(before: list[dict], summary: list[dict], swept: Iterable[str]) -> list[dict]:
    """What a table held, with the rows of these settings replaced and all rows having the same columns.

    >>> before = [{"experiment": "r8", "seeds": "2"}, {"experiment": "mr", "seeds": "5"}]
    >>> merged(before, [{"experiment": "r8", "seeds": 5}], ["experiment", "seed"])
    [{'experiment': 'mr', 'seeds': '5'}, {'experiment': 'r8', 'seeds': 5}]
    """
    keys = [*(key for key in swept if key != SEED), "data", "model"]

    def setting(one: dict) -> list[str]:
        return [str(one.get(key) or "") for key in keys]

    new = [setting(one) for one in summary]
    kept = [one for one in before if setting(one) not in new]
    columns = dict.fromkeys(key for one in (*kept[:1], *summary[:1]) for key in one)
    return [{key: one.get(key, "") for key in columns} for one in (*kept, *summary)]


def show(rows: list[dict], summary: list[dict], swept: list[str], folder: Path) -> None:
    """Print the table, the spread over seeds, and a line for each job that did not finish.

    Args:
        rows: as `ordered` gives them.
        summary: as `over_seeds` gives them.
        swept: what varies.
        folder: of the sweep; the folders of its jobs are shown as seen from there.
    """
    from rich.console import Console

    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=200)  # a file or a pipe has no edge to wrap at
    heads, lines = [*swept, *COLUMNS], [_cells(one, swept, folder) for one in rows]
    tables = [_table(heads, lines)]
    if console.measure(tables[0], options=console.options.update(max_width=10_000)).maximum > console.width:
        tables = [_table(heads[:-1], [line[:-1] for line in lines])]  # the folders stand in sweep.csv too
    if summary:
        heads = [*(key for key in swept if key != SEED), "seeds"]
        lines = [_spread_cells(one, heads) for one in summary]
        tables.append(_table([*heads, "validation", "test", "seconds"], lines))
    # Printed by Python, since rich would end the process by itself where the reader of a pipe has gone.
    with console.capture() as shown:
        console.print(*tables, sep="\n")
    print("\n".join([*(line.rstrip() for line in shown.get().splitlines()), *_remarks(rows, swept)]))


def _table(heads: list[str], lines: list[list[str]]):
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for head, *cells in zip(heads, *lines, strict=True):
        numbers = head in ("validation", "test", "seconds", "epochs", "parameters", "seeds")
        whole = numbers or (head not in ("status", "folder") and max(map(len, cells)) <= 24)
        table.add_column(head, justify="right" if numbers else "left", overflow="fold", no_wrap=whole)
    for line in lines:
        table.add_row(*map(Text, line))
    return table


def _cells(one: dict, swept: list[str], folder: Path) -> list[str]:
    where = Path(one["folder"])
    where = where.relative_to(folder) if where.is_relative_to(folder) else where
    figures = [f"{one[key]:.4f}" if one[key] is not None else "" for key in FIGURES[:2]]
    figures += [_number(one[key]) for key in FIGURES[2:]]
    return [*(one[key] for key in swept), one["status"], *figures, str(where)]


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"


def _spread_cells(one: dict, first: list[str]) -> list[str]:
    cells = [str(one[key]) for key in first]
    for figure, digits in (("validation_accuracy", 4), ("test_accuracy", 4), ("train_seconds", 1)):
        value, spread = one[figure], one[f"{figure}_spread"]
        cells.append("" if value is None else f"{value:.{digits}f}")
        cells[-1] += "" if spread is None else f" ± {spread:.{digits}f}"
    return cells


def _remarks(rows: list[dict], swept: list[str]) -> list[str]:
    lines = []
    unvalidated = [one for one in rows if one["status"] in DONE and one["validation_accuracy"] is None]
    if unvalidated:
        lines.append(f"{len(unvalidated)} without validation figures: listed by name, not by the test part")
    for one in rows:
        if one["status"] not in DONE:
            name = " ".join(f"{key}={one[key]}" for key in swept) or one["folder"]
            lines.append(f"{one['status']}: {name}" + (f": {one['error']}" if one["error"] else ""))
    return lines
