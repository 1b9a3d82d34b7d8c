"""Files of predictions for new samples, written piece by piece: CSV, JSON lines or Parquet."""

import csv
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from convpipe.errors import ConvpipeError
from convpipe.inference.classifier import Predictions

#: Writes some rows: (names of the columns, rows).
Write = Callable[[list[tuple]], None]


def columns_of(class_names: Sequence[str], probabilities: bool) -> list[str]:
    """The names of the columns."""
    return ["sample_id", "class", "probability", "margin", *(f"p({name})" for name in class_names if probabilities)]


def rows_of(predictions: Predictions, probabilities: bool) -> list[tuple]:
    """A row a sample: its id, its class, the class's probability and its lead over the runner-up's."""
    highest = np.sort(predictions.probabilities, axis=1)[:, -2:].astype(np.float64)
    lead = highest[:, 1] - highest[:, 0]
    rows = zip(predictions.sample_ids, predictions.names, highest[:, 1].tolist(), lead.tolist(), strict=True)
    if not probabilities:
        return list(rows)
    return [(*row, *each) for row, each in zip(rows, predictions.probabilities.tolist(), strict=True)]


@contextmanager
def prediction_file(path: Path | None, columns: list[str]) -> Iterator[Write]:
    """A block in which rows are written; the file is there whole at its end, or is as it was before.

    Args:
        path: ends in .csv, .jsonl or .parquet; None: CSV on standard output.
        columns: names.

    Raises:
        ConvpipeError: another suffix, or a file that cannot be written.
    """
    if path is None:
        yield _as_csv(sys.stdout, columns)
        return
    if path.suffix.lower() not in FORMATS:
        remedy = f"use {', '.join(FORMATS)}"
        raise ConvpipeError(f"unknown suffix {path.suffix or '(none)'}", file=path, key="--output", remedy=remedy)
    partial = path.with_name(path.name + ".partial")
    try:
        with FORMATS[path.suffix.lower()](partial, columns) as write:
            yield write
        os.replace(partial, path)
    except OSError as error:
        message = f"cannot be written ({error.strerror or error})"
        raise ConvpipeError(message, file=path, key="--output", remedy="name another file") from None
    finally:
        partial.unlink(missing_ok=True)


def _as_csv(file, columns: list[str]) -> Write:
    table, begun = csv.writer(file, lineterminator="\n"), False

    def write(rows: list[tuple]) -> None:
        nonlocal begun
        if not begun:  # not before the first samples could be read
            table.writerow(columns)
            begun = True
        table.writerows([*row[:2], *(f"{value:.9g}" for value in row[2:])] for row in rows)

    return write


@contextmanager
def _csv(path: Path, columns: list[str]) -> Iterator[Write]:
    with path.open("w", newline="", encoding="utf-8") as file:
        yield _as_csv(file, columns)


@contextmanager
def _json_lines(path: Path, columns: list[str]) -> Iterator[Write]:
    with path.open("w", encoding="utf-8") as file:
        yield lambda rows: file.writelines(
            json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False) + "\n" for row in rows
        )


@contextmanager
def _parquet(path: Path, columns: list[str]) -> Iterator[Write]:
    import pyarrow as pa
    from pyarrow import parquet

    kinds = [pa.string()] * 2 + [pa.float32()] * (len(columns) - 2)
    schema = pa.schema(list(zip(columns, kinds, strict=True)))
    with parquet.ParquetWriter(path, schema) as file:

        def write(rows: list[tuple]) -> None:
            arrays = [pa.array(each, kind) for each, kind in zip(zip(*rows, strict=True), kinds, strict=True)]
            file.write_table(pa.Table.from_arrays(arrays, schema=schema))

        yield write


FORMATS = {".csv": _csv, ".jsonl": _json_lines, ".parquet": _parquet}
