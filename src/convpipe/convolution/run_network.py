"""Shapes, costs and receptive fields of a trained run's network, layer by layer."""

from collections.abc import Iterator
from dataclasses import replace

from convpipe.convolution.by_hand import table, times
from convpipe.convolution.network_page.run_samples import trained_folder
from convpipe.cost.model_cost import ModelCost, Row, model_cost

HEAD = ("layer", "kind", "output", "params", "MACs", "field", "stride")
LEGEND = "MACs: multiply-adds; field: receptive field and stride, in input positions"
#: Width of the table in characters; minimum width of a shortened name; maximum width of a kind.
COLUMNS, SHORTEST, KIND = 80, 16, 12
#: Abbreviations of kinds in the table.
SHORT = {"Separable": "Sep", "Depthwise": "Depth", "Pooling": "Pool", "Average": "Avg", "Maximum": "Max"}
SHORT |= {"GlobalAvgPool": "GlobalAvg", "GlobalMaxPool": "GlobalMax", "HandCraftedFilters": "HandCrafted"}
#: Suffixes of names that repeat the kind.
KIND_SUFFIXES = ("_convolution", "_separable")


def run_cost(run: str) -> tuple[ModelCost, tuple[int, ...]]:
    """Return the cost of a run's network (of an ensemble, the first) and the sample shape, such as (steps, channels).

    The rows cover layers only, not operations that Keras adds, such as those on masks.

    Raises:
        ConvpipeError: the run does not exist, or its classifier cannot be read.
    """
    folder = trained_folder(run)
    from convpipe.backend import start_backend

    start_backend()
    from convpipe.inference.classifier import Classifier

    classifier = Classifier.load(folder)
    network, shape = classifier.networks[0], classifier.preprocessing.input_shape
    cost, names = model_cost(network, shape), set(layer_names(network))
    return replace(cost, rows=tuple(row for row in cost.rows if row.name in names)), shape


def layer_names(network, path: str = "") -> Iterator[str]:
    """Yield the names of all layers; a layer inside a nested network is named path/name."""
    for layer in network.layers:
        yield path + layer.name
        if hasattr(layer, "layers"):
            yield from layer_names(layer, f"{path}{layer.name}/")


def significant_rows(cost: ModelCost) -> list[Row]:
    """Return the rows with parameters or multiply-adds, and those that change the shape or the receptive field."""
    significant, before = [], None
    for row in cost.rows:
        geometry = (row.output_shape, row.receptive_field)
        if row.parameters or row.multiply_adds or geometry != before:
            significant.append(row)
        before = geometry
    return significant


def network_lines(cost: ModelCost, shape: tuple[int, ...]) -> Iterator[str]:
    """Yield a table of the layers and their totals for one sample of `shape`; names are cut to fit 80 columns."""
    rows = [row for row in significant_rows(cost) if row.kind != "BatchNormalization"]
    yield f"Layers of the network, for a sample of shape {shape}"
    yield from table(fitted([HEAD, *map(_cells, rows)]), "<<<>>>>")
    yield f"  {LEGEND}"
    yield from _left_out(cost, rows)
    totals = f"{cost.parameters:,} parameters, {cost.multiply_adds:,} multiply-adds"
    yield f"  total: {totals}, field {times(cost.receptive_field)}"
    yield f"  and {cost.activation_bytes:,} bytes of activations in float32"
    if cost.uncounted:
        yield f"  unknown multiply-adds, counted as zero: {', '.join(cost.uncounted)}"


def _left_out(cost: ModelCost, rows: list[Row]) -> Iterator[str]:
    """Yield a line about the layers that the table omits, if any."""
    norms = [row for row in cost.rows if row.kind == "BatchNormalization"]
    others = len(cost.rows) - len(rows) - len(norms)
    parts = [f"{len(norms)} normalizations ({sum(row.parameters for row in norms):,} parameters)"] if norms else []
    parts += [f"{others} layers that change no shape"] if others else []
    if parts:
        yield f"  not shown: {', '.join(parts)}"


def fitted(rows: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Return the rows of a table with the first cell cut so that the table fits a terminal.

    >>> fitted([("block_1_convolution", "x" * 60)])[0][0]
    'block_1'
    """
    others = sum(2 + max(map(len, column)) for column in list(zip(*rows, strict=True))[1:])
    room = max(COLUMNS - 2 - others, SHORTEST)
    if all(len(name) <= room for name, *_ in rows):
        return rows
    return [(cut(_without_kind(name), room), *rest) for name, *rest in rows]


def _without_kind(name: str) -> str:
    suffix = next((each for each in KIND_SUFFIXES if name.endswith(each)), "")
    return name.removesuffix(suffix) or name


def cut(name: str, letters: int) -> str:
    """Cut the middle out of a name that is too long, because layer names differ at the beginning and the end.

    >>> cut("stage_1_block_2_shortcut_convolution", 24)
    'stage_1_block_…nvolution'
    """
    if len(name) <= letters:
        return name
    tail = (letters - 1) * 2 // 5
    return f"{name[: letters - 1 - tail]}…{name[-tail:]}"


def _cells(row: Row) -> tuple[str, ...]:
    field, stride = (_tight(values) if values else "all" for values in (row.receptive_field, row.effective_stride))
    kind = row.kind
    for long, short in SHORT.items():
        kind = kind.replace(long, short)
    counts = rounded(row.parameters), rounded(row.multiply_adds)
    return row.name, cut(kind, KIND), _tight(row.output_shape), *counts, field, stride


def rounded(count: int) -> str:
    """Format a count: in full below a million, in millions above.

    >>> rounded(147584), rounded(6144000), rounded(24576000000)
    ('147,584', '6.14 M', '24,576 M')
    """
    millions = count / 1e6
    return f"{count:,}" if count < 1e6 else f"{millions:.3g} M" if millions < 1000 else f"{millions:,.0f} M"


def _tight(values) -> str:
    return times(values).replace(" ", "")
