"""The tables of a sweep: jobs by validation accuracy, and means over seeds. They are never sorted by the test part.

Tables contain the accuracy, and the metrics of `evaluation.metrics` that are not in its default.
"""

import csv
from collections.abc import Callable, Iterable
from math import isnan
from pathlib import Path
from statistics import mean, stdev

from convpipe.config import Evaluation
from convpipe.errors import ConfigError

VALUES = ("validation_accuracy", "test_accuracy", "train_seconds", "epochs", "parameters")
COLUMNS = ("status", "validation", "test", "seconds", "epochs", "parameters", "folder")
DONE = ("finished", "finished before")
SEED = "seed"


def further_metrics(metrics: Iterable[Iterable[str]]) -> list[str]:
    """Return the metrics that tables contain in addition to the accuracy.

    Args:
        metrics: `evaluation.metrics` of each job.

    >>> further_metrics([["accuracy", "roc_auc"], ["log_loss", "brier_score", "roc_auc"]])
    ['roc_auc', 'brier_score']
    """
    default = Evaluation().metrics
    return list(dict.fromkeys(name for names in metrics for name in names if name not in default))


def _columns(metrics: Iterable[str]) -> list[str]:
    """The columns of further metrics, such as "validation_roc_auc"."""
    return [f"{part}_{name}" for name in metrics for part in ("validation", "test")]


def row(varies: dict[str, str], result: dict | None, folder: Path, metrics: Iterable[str] = ()) -> dict:
    """Return the row of one job.

    Args:
        varies: the swept keys, with the job's values.
        result: content of its result.json; None for a job that has not started.
        folder: of the job.
        metrics: as `further_metrics` returns them.

    Returns:
        The swept keys, data, model, status, VALUES (accuracies from 0 to 1; unknown values are None), further
        metrics, folder, error.
    """
    result = result or {"status": "not run"}
    train = result.get("train") or {}
    values = [(result.get(part) or {}).get("accuracy") for part in ("validation", "test")]
    values += [train.get("seconds"), _whole(train.get("epochs")), _whole(result.get("parameters"))]
    about = {key: varies.get(key) or result.get(key) for key in ("data", "model")}
    about |= {"status": result["status"], **dict(zip(VALUES, values, strict=True))}
    for column in _columns(metrics):
        part, name = column.split("_", 1)
        value = (result.get(part) or {}).get(name)
        about[column] = None if value is None or isnan(value) else value  # NaN: undefined on this part
    return {**varies, **about, "folder": str(result.get("folder") or folder), "error": result.get("error", "")}


def _whole(number: float | None) -> float | int | None:
    """A whole number as int. A mean over folds may have decimals and stays float."""
    return int(number) if number is not None and number == int(number) else number


def ordered(rows: list[dict], swept: Iterable[str]) -> list[dict]:
    """Sort rows by validation accuracy, best first; rows without one follow, sorted by the swept values."""
    swept = list(swept)

    def place(one: dict) -> tuple:
        accuracy = one["validation_accuracy"]
        return (accuracy is None, -(accuracy or 0.0), [_as_number(one[key]) for key in swept])

    return sorted(rows, key=place)


def _as_number(value: str) -> tuple[float, str]:
    """A sort key that puts numbers before texts, in numeric order: seed=10 follows seed=9.

    >>> sorted(["b", "10", "9"], key=_as_number)
    ['9', '10', 'b']
    """
    try:
        return float(value), value
    except ValueError:
        return float("inf"), value


def over_seeds(rows: list[dict], swept: Iterable[str], metrics: Iterable[str] = ()) -> list[dict]:
    """Return means and spreads of finished jobs that differ only in their seed, best validation accuracy first.

    The spread is the sample standard deviation (divisor n - 1).

    Returns:
        One row per combination of the other settings; empty if no two finished jobs share one.
    """
    others, further = [key for key in swept if key != SEED], _columns(metrics)
    groups: dict[tuple, list[dict]] = {}
    for one in rows if SEED in swept else ():
        if one["status"] in DONE:
            groups.setdefault(tuple(one[key] for key in others), []).append(one)
    if all(len(group) < 2 for group in groups.values()):
        return []
    summary = [dict(zip(others, values, strict=True)) | _spread(group, further) for values, group in groups.items()]
    return ordered(summary, others)


def _spread(group: list[dict], further: list[str]) -> dict:
    about: dict = {"seeds": len(group)}
    for name in (*VALUES[:3], *further):
        values = [one[name] for one in group if one[name] is not None]
        about[name] = mean(values) if values else None
        about[f"{name}_spread"] = stdev(values) if len(values) > 1 else None
    return about | {key: group[0][key] for key in ("data", "model", "epochs", "parameters")}


def write_csv(path: Path, rows: list[dict]) -> None:
    """Write rows with a header; None becomes an empty cell."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def read_csv(path: Path) -> list[dict]:
    """Read the rows of `write_csv`, every cell as a string; empty if there is no file."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def check_place(path: Path, columns: set[str], key: str = "sweep.table") -> None:
    """Refuse, before any training, a folder that does not exist, or an existing file that is not such a table.

    Args:
        path: value of the setting `key`.
        columns: that every such table has.
        key: of the setting.

    Raises:
        ConfigError: the table cannot be written there; the message gives the reason.
    """
    if not path.absolute().parent.is_dir():
        message = f"{key}={path} is in a folder that does not exist"
        raise ConfigError(message, key=key, value=str(path), remedy=f"create {path.parent} first")
    try:
        head = path.read_text(encoding="utf-8").splitlines()[:1] if path.exists() else []
    except (OSError, UnicodeDecodeError):
        head = ["?"]
    if head and not columns <= set(head[0].split(",")):
        message = f"{key}={path} is not a table of this command"
        raise ConfigError(message, key=key, value=str(path), remedy="choose another file")


def merged(before: list[dict], summary: list[dict], swept: Iterable[str]) -> list[dict]:
    """Return the rows of a table, with those of the same settings replaced, and the same columns in all rows.

    >>> before = [{"experiment": "r8", "seeds": "2"}, {"experiment": "mr", "seeds": "5"}]
    >>> merged(before, [{"experiment": "r8", "seeds": 5}], ["experiment", "seed"])
    [{'experiment': 'mr', 'seeds': '5'}, {'experiment': 'r8', 'seeds': 5}]
    """
    key = _setting(swept)
    new = [key(one) for one in summary]
    kept = [one for one in before if key(one) not in new]
    columns = dict.fromkeys(key for one in (*kept[:1], *summary[:1]) for key in one)
    return [{key: one.get(key, "") for key in columns} for one in (*kept, *summary)]


def with_fewer_seeds(before: list[dict], summary: list[dict], swept: Iterable[str]) -> list[dict]:
    """Return the new rows whose settings have a row with more seeds in the table.

    >>> with_fewer_seeds([{"model": "fcn", "seeds": "5"}], [{"model": "fcn", "seeds": 2}], ["model", "seed"])
    [{'model': 'fcn', 'seeds': 2}]
    """
    key = _setting(swept)
    seeds = {key(one): int(one["seeds"] or 0) for one in before}
    return [one for one in summary if one["seeds"] < seeds.get(key(one), 0)]


def _setting(swept: Iterable[str]) -> Callable[[dict], tuple[str, ...]]:
    """Return a function that returns the values in which two rows of the same settings are equal."""
    keys = [*(key for key in swept if key != SEED), "data", "model"]
    return lambda one: tuple(str(one.get(key) or "") for key in keys)


def show(rows: list[dict], summary: list[dict], swept: list[str], folder: Path, metrics: Iterable[str] = ()) -> None:
    """Print the table, the means over seeds, and a line for each job that did not finish.

    Args:
        rows: as `ordered` returns them.
        summary: as `over_seeds` returns it.
        swept: the keys that vary.
        folder: of the sweep; the folders of its jobs are shown relative to it.
        metrics: as `further_metrics` returns them; shown if there is room.
    """
    console, further = open_console(), _columns(metrics)
    heads = [*swept, *COLUMNS[:3], *further, *COLUMNS[3:]]
    lines = [_cells(one, swept, further, folder) for one in rows]
    tables = [_fitting(console, heads, lines, ["folder", *further[::-1]])]  # sweep.csv has all columns
    if summary:
        others = [*(key for key in swept if key != SEED), "seeds"]
        heads = [*others, "validation", "test", *further, "seconds"]
        tables.append(_fitting(console, heads, [_spread_cells(one, others, further) for one in summary], further[::-1]))
    print("\n".join([*printed(console, tables), *_remarks(rows, swept)]))


def open_console(width: int = 200):
    """Return a rich console for tables, with `width` columns if the output is not a terminal."""
    from convpipe.tables import plain_console

    console = plain_console()
    return console if console.is_terminal else plain_console(width=width)


def printed(console, tables: list) -> list[str]:
    """Return tables as lines to print with `print`: rich itself ends the process if a pipe is closed."""
    with console.capture() as shown:
        console.print(*tables, sep="\n")
    return [line.rstrip() for line in shown.get().splitlines()]


def number_text(value: float | None, form: str) -> str:
    """Return a number in the format `form`; empty for None."""
    return "" if value is None else format(value, form)


def with_spread(value: float | None, spread: float | None, form: str = ".4f") -> str:
    """Return a mean and its spread, such as "0.6250 ± 0.1768"; None is left out."""
    return number_text(value, form) + ("" if spread is None else f" ± {spread:{form}}")


def _fitting(console, heads: list[str], lines: list[list[str]], dispensable: list[str]):
    """The table with as many of the dispensable columns as fit; the first ones are dropped first."""
    from convpipe.tables import FittingTable

    for count in range(len(dispensable) + 1):
        kept = [place for place, head in enumerate(heads) if head not in dispensable[:count]]
        names, rows = [heads[place] for place in kept], [[line[place] for place in kept] for line in lines]
        words = [name for name in names if name.split("_")[0] not in (*COLUMNS[1:-1], "seeds")]
        table = FittingTable(names, rows, words, lines=False)
        if table.width <= console.width:
            break
    return table


def _cells(one: dict, swept: list[str], further: list[str], folder: Path) -> list[str]:
    where = Path(one["folder"])
    where = where.relative_to(folder) if where.is_relative_to(folder) else where
    values = [number_text(one[key], ".4f") for key in (*VALUES[:2], *further)]
    values += [number_text(one[key], "," if isinstance(one[key], int) else ",.1f") for key in VALUES[2:]]
    return [*(one[key] for key in swept), one["status"], *values, str(where)]


def _spread_cells(one: dict, first: list[str], further: list[str]) -> list[str]:
    forms = dict.fromkeys((*VALUES[:2], *further), ".4f") | {"train_seconds": ".1f"}
    values = [with_spread(one[name], one[f"{name}_spread"], form) for name, form in forms.items()]
    return [str(one[key]) for key in first] + values


def _remarks(rows: list[dict], swept: list[str]) -> list[str]:
    lines = []
    unvalidated = [one for one in rows if one["status"] in DONE and one["validation_accuracy"] is None]
    if unvalidated:
        lines.append(f"{len(unvalidated)} without validation metrics: sorted by name, not by test accuracy")
    for one in rows:
        if one["status"] not in DONE:
            name = " ".join(f"{key}={one[key]}" for key in swept) or one["folder"]
            lines.append(f"{one['status']}: {name}" + (f": {one['error']}" if one["error"] else ""))
    return lines
