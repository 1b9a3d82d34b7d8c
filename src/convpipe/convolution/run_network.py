"""The network of a trained run, layer by layer: every shape, cost and receptive field."""

from collections.abc import Iterator

from convpipe.convolution.by_hand import table, times
from convpipe.cost.model_cost import ModelCost, Row, model_cost
from convpipe.inference.locate import classifier_folder

HEAD = ("layer", "kind", "output", "parameters", "multiply-adds", "receptive field", "stride")


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
    yield f"A sample of {shape} through the network"
    yield from table([HEAD, *map(_cells, rows)], "<<<>>>>")
    yield f"  {len(cost.rows) - len(rows)} more layers change neither shape nor receptive field and hold no weights"
    totals = f"{cost.parameters:,} parameters, {cost.multiply_adds:,} multiply-adds"
    memory = f"{cost.activation_bytes:,} bytes of activations"
    yield f"  in all {totals}, receptive field {times(cost.receptive_field)}, {memory}"
    if cost.uncounted:
        yield f"  multiply-adds not known, counted as zero: {', '.join(cost.uncounted)}"


def _cells(row: Row) -> tuple[str, ...]:
    field, stride = (times(values) if values else "all" for values in (row.receptive_field, row.effective_stride))
    costs = f"{row.parameters:,}", f"{row.multiply_adds:,}"
    return row.name, row.kind, times(row.output_shape), *costs, field, stride
