"""The network of a trained run, layer by layer: every shape, cost and receptive field."""

import json
from collections.abc import Iterator
from pathlib import Path

import convpipe
from convpipe.convolution.arithmetic import ModelCost, Row, model_cost
from convpipe.errors import ConvpipeError


def classifier_folder(run: str) -> Path:
    """The classifier of a run.

    Args:
        run: a run's folder, its classifier's folder, or the run_id of its result.json.

    Raises:
        ConvpipeError: there is no such run, or it left no classifier.
    """
    runs = convpipe.HOME / "runs"
    found = [Path(run), *(file.parent for file in runs.rglob("result.json") if _run_id(file) == run)]
    for folder in (inside for outer in found for inside in (outer, outer / "classifier")):
        if (folder / "classifier.json").is_file():
            return folder
    raise ConvpipeError(f"run={run} is neither a folder with a classifier nor the run_id of a result.json under {runs}")


def _run_id(file: Path) -> str | None:
    try:
        return json.loads(file.read_text(encoding="utf-8")).get("run_id")
    except ValueError:
        return None  # a run that is being written just now


def run_cost(run: str) -> tuple[ModelCost, tuple[int, ...]]:
    """What the network of a run (the first, of an ensemble) costs, and for which shape, such as (steps, channels).

    Raises:
        ConvpipeError: there is no such run, or its classifier cannot be read.
    """
    folder = classifier_folder(run)
    from convpipe.training.devices import start_backend

    start_backend()
    from convpipe.classifier import Classifier

    classifier = Classifier.load(folder)
    shape = classifier.preprocessing.input_shape
    return model_cost(classifier.networks[0], shape), shape


def telling(cost: ModelCost) -> list[Row]:
    """The rows that hold weights, work, or change the shape or the receptive field of what came before them."""
    kept, before = [], None
    for row in cost.rows:
        seen = (row.output_shape, row.receptive_field)
        if row.parameters or row.multiply_adds or seen != before:
            kept.append(row)
        before = seen
    return kept


def network_lines(cost: ModelCost, shape: tuple[int, ...]) -> Iterator[str]:
    """A table of the layers and their totals, for one sample of `shape`."""
    rows = telling(cost)
    head = ("layer", "kind", "output", "parameters", "multiply-adds", "receptive field", "stride")
    table = [head, *(_cells(row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    yield f"A sample of {shape} through the network"
    for row in table:
        cells = zip(row, widths, "<<<>>>>", strict=True)
        yield "  " + "  ".join(f"{cell:{side}{width}}" for cell, width, side in cells).rstrip()
    field = " x ".join(map(str, cost.receptive_field))
    yield f"  {len(cost.rows) - len(rows)} more layers change neither shape nor receptive field and hold no weights"
    yield (
        f"  in all {cost.parameters:,} parameters, {cost.multiply_adds:,} multiply-adds, receptive field {field}, "
        f"{cost.activation_bytes:,} bytes of activations"
    )
    if cost.uncounted:
        yield f"  multiply-adds not known, counted as zero: {', '.join(cost.uncounted)}"


def _cells(row: Row) -> tuple[str, ...]:
    field, stride = (" x ".join(map(str, v)) if v else "all" for v in (row.receptive_field, row.effective_stride))
    shape = " x ".join(map(str, row.output_shape))
    return row.name, row.kind, shape, f"{row.parameters:,}", f"{row.multiply_adds:,}", field, stride
