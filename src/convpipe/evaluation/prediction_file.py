"""Files of predictions for new samples, written in chunks: CSV, JSON lines or Parquet."""

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

#: A function that writes rows.
Write = Callable[[list[tuple]], None]


def columns_of(class_names: Sequence[str], probabilities: bool) -> list[str]:
    """Return the names of the columns."""
    return ["sample_id", "class", "probability", "margin", *(f"p({name})" for name in class_names if probabilities)]


def rows_of(predictions: Predictions, probabilities: bool) -> list[tuple]:
    """Return one row per sample: sample id, predicted class, its probability, and the margin over the next class."""
    highest = np.sort(predictions.probabilities, axis=1)[:, -2:].astype(np.float64)
    margin = highest[:, 1] - highest[:, 0]
    rows = zip(predictions.sample_ids, predictions.names, highest[:, 1].tolist(), margin.tolist(), strict=True)
    if not probabilities:
        return list(rows)
    return [(*row, *each) for row, each in zip(rows, predictions.probabilities.tolist(), strict=True)]


@contextmanager
def prediction_file(path: Path | None, columns: list[str]) -> Iterator[Write]:
    """Yield a function that writes rows; the file appears complete at the end of the block, or not at all.

    Args:
        path: ends in .csv, .jsonl or .parquet; None for CSV on standard output.
        columns: names of the columns.

    Raises:
        ConvpipeError: an unknown suffix, or the file cannot be written.
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
        raise ConvpipeError(message, file=path, key="--output", remedy="choose another file") from None
    finally:
        partial.unlink(missing_ok=True)


def _as_csv(file, columns: list[str]) -> Write:
    table, has_header = csv.writer(file, lineterminator="\n"), False

    def write(rows: list[tuple]) -> None:
        nonlocal has_header
        if not has_header:  # only after the first samples were read without an error
            table.writerow(columns)
            has_header = True
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

    types = [pa.string()] * 2 + [pa.float32()] * (len(columns) - 2)
    schema = pa.schema(list(zip(columns, types, strict=True)))
    with parquet.ParquetWriter(path, schema) as file:

        def write(rows: list[tuple]) -> None:
            arrays = [pa.array(each, dtype) for each, dtype in zip(zip(*rows, strict=True), types, strict=True)]
            file.write_table(pa.Table.from_arrays(arrays, schema=schema))

        yield write


FORMATS = {".csv": _csv, ".jsonl": _json_lines, ".parquet": _parquet}
