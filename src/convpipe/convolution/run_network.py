"""The network of a trained run, layer by layer: every shape, cost and receptive field."""

from collections.abc import Iterator

from convpipe.cost.model_cost import ModelCost, Row, model_cost
from convpipe.inference.locate import classifier_folder


def run_cost(run: str) -> tuple[ModelCost, tuple[int, ...]]:
    """What the network of a run (the first, of an ensemble) costs, and for which shape, such as (steps, channels).

    Raises:
        ConvpipeError: there is no such run, or its classifier cannot be read.
    """
    folder = classifier_folder(run)
    from convpipe.backend import start_backend

    start_backend()
    from convpipe.inference.classifier import Classifier

    classifier = Classifier.load(folder)
    shape = classifier.preprocessing.input_shape
    return model_cost(classifier.networks[0], shape), shape


def significant_rows(cost: ModelCost) -> list[Row]:
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
    rows = significant_rows(cost)
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
