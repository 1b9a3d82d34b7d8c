"""The content of the page of a trained network: all values of a few samples, small enough for one file."""

import math

import numpy as np

from convpipe.convolution.network_page.activations import TOLERANCE, Activations, FirstKernels, Observer
from convpipe.convolution.network_page.packed import pack, short
from convpipe.convolution.network_page.run_samples import OpenedRun
from convpipe.convolution.network_page.stages import Stage
from convpipe.cost.model_cost import model_cost
from convpipe.preprocessing.text.inputs import TextPreprocessingBase

#: Maximum bytes of the page for all numbers, for inputs and for later feature maps.
ALL_BYTES, INPUT_BYTES, MAP_BYTES = 850_000, 330_000, 130_000
#: Kind -> bytes per number in base64.
WIDTH = {"f4": 16 / 3, "i2": 8 / 3, "i1": 4 / 3}
#: Minimum filters of a layer; maximum steps of a line, side of a plane and maps of a layer; number of checked windows.
FEWEST_FILTERS, LONGEST_LINE, WIDEST_MAP, MOST_MAPS, SPOTS = 4, 256, 48, 32, 8


def contents(opened: OpenedRun, observer: Observer, numbers: list[int], seen: list[Activations]) -> tuple[dict, list]:
    """Return the content of the page, ready for JSON, and notes on what it does not show."""
    notes = _notes(opened, observer)
    kind, room = fitting(seen)
    if room < len(seen):
        notes.append(f"{len(seen) - room} of {len(seen)} samples are left out, because each is large")
        numbers, seen = numbers[:room], seen[:room]
    varied = [_deviations(seen, number) for number in range(len(observer.layers))]
    filters = []
    for layer, deviations, count in zip(observer.layers, varied, _filter_counts(seen, kind), strict=True):
        order = np.argsort(-deviations.max(axis=0), kind="stable")
        filters.append(np.sort(order[:count]))
        if count < len(order):
            notes.append(f"{layer.name}: only the {count} of {len(order)} filters whose responses vary most")
    maps = [_map_channels(seen, number) for number in range(len(observer.later))]
    dataset = opened.dataset
    content = {
        "name": opened.name,
        "modality": dataset.modality,
        "count": len(opened.test),
        "classes": list(dataset.class_names),
        "channels": list(dataset.channel_names),
        "rate": dataset.sampling_rate,
        "tolerance": TOLERANCE,
        "notes": notes,
        "branches": [_branch(seen[0].first[n], filters[n], varied[n][0], observer) for n in range(len(filters))],
        "later": _later(opened, observer, maps),
        "samples": [_sample(opened, *pair, filters, maps, kind) for pair in zip(numbers, seen, strict=True)],
    }
    return content, notes


def _notes(opened: OpenedRun, observer: Observer) -> list[str]:
    """Notes on what the page does not show of the classifier."""
    notes = []
    if opened.networks > 1:
        notes.append(f"the classifier averages {opened.networks} networks; the page shows the first one")
    if observer.trained_in:
        notes.append(f"the network was trained in {observer.trained_in}; the page computes in float32")
    return notes


def fitting(seen: list[Activations]) -> tuple[str, int]:
    """Return how to pack the inputs, and how many samples fit on the page."""
    sizes = np.cumsum([sum(values.size for values in each.inputs) for each in seen])
    if sizes[-1] * WIDTH["f4"] <= INPUT_BYTES:
        return "f4", len(seen)
    return "i2", max(1, int((sizes * WIDTH["i2"] <= INPUT_BYTES).sum()))


def _deviations(seen: list[Activations], number: int) -> np.ndarray:
    """Standard deviation of the activations of each filter of a first convolution, (samples, filters)."""
    deviations = []
    for each in seen:
        maps = np.asarray(each.first[number].response, np.float64)
        for stage in each.first[number].chain.stages:
            maps = maps if stage.kind in ("largest", "mean") else stage.apply(maps)
        deviations.append(maps.reshape(-1, maps.shape[-1]).std(axis=0))
    return np.stack(deviations)


def _filter_counts(seen: list[Activations], kind: str) -> list[int]:
    """How many filters of each first convolution fit on the page."""
    costs, totals = [], []
    room = ALL_BYTES - MAP_BYTES - WIDTH[kind] * sum(values.size for each in seen for values in each.inputs)
    for number, first in enumerate(seen[0].first):
        places = sum(math.prod(each.first[number].kernels.places) for each in seen)
        costs.append(first.kernels.weights[0].size * WIDTH["f4"] + places * WIDTH["i2"])
        totals.append(len(first.kernels.weights))
    share = min(1.0, room / sum(cost * total for cost, total in zip(costs, totals, strict=True)))
    return [max(min(FEWEST_FILTERS, total), int(total * share)) for total in totals]


def _map_channels(seen: list[Activations], number: int) -> np.ndarray:
    """The channels of a later layer to show, those that vary most."""
    shown = [_thumbnail(each.maps[number]) for each in seen]
    places = sum(math.prod(maps.shape[:-1]) for maps in shown)
    room = int(MAP_BYTES / WIDTH["i1"] / len(seen[0].maps) / places)
    deviation = np.max([maps.reshape(-1, maps.shape[-1]).std(axis=0) for maps in shown], axis=0)
    return np.sort(np.argsort(-deviation, kind="stable")[: max(4, min(MOST_MAPS, room))])


def _thumbnail(maps: np.ndarray) -> np.ndarray:
    """Feature maps small enough to draw: means of equal parts of long series, every n-th pixel of large planes, the
    middle slice of volumes."""
    if maps.ndim == 2:
        edges = np.linspace(0, len(maps), min(len(maps), LONGEST_LINE) + 1).round().astype(int)
        return np.add.reduceat(maps, edges[:-1], axis=0) / np.diff(edges)[:, None]
    plane = maps[maps.shape[0] // 2] if maps.ndim == 4 else maps
    stride = -(-max(plane.shape[:2]) // WIDEST_MAP)
    return plane[::stride, ::stride]


def _branch(first: FirstKernels, filters: np.ndarray, varied: np.ndarray, observer: Observer) -> dict:
    """A first convolution with the filters to show; initially, the one that varies most is selected."""
    kernels = first.kernels
    only = kernels.only(filters)
    return {
        "name": kernels.name,
        "kind": kernels.kind,
        "reads": _origin(observer, first.source),
        "source": first.source,
        "kernel": list(kernels.kernel_size),
        "strides": list(kernels.strides),
        "dilation": list(kernels.dilation),
        "filters": filters.tolist(),
        "total": len(kernels.weights),
        "start": int(varied[filters].argmax()),
        "first": only.first.tolist(),
        "weights": pack(only.weights.reshape(len(filters), -1, only.weights.shape[-1])),
        "bias": short(only.bias),
        "stages": [_stage(stage, filters) for stage in first.chain.stages],
    }


def _origin(observer: Observer, source: int) -> str | None:
    """The layer whose output a convolution reads; None if it reads the prepared sample itself."""
    producer = observer.inputs[source]._keras_history.operation
    is_input = type(producer).__name__ in ("InputLayer", "SeriesEnd")
    return None if is_input else producer.name


def _stage(stage: Stage, filters: np.ndarray) -> dict:
    """A stage with the numbers that are the same for all samples."""
    if stage.kind == "normalization":
        numbers = {key: short(values[filters]) for key, values in stage.numbers.items()}
    else:
        numbers = {key: stage.numbers[key] for key in ("slope", "most", "size", "strides") if key in stage.numbers}
    return {"kind": stage.kind, "name": stage.name} | numbers


def _later(opened: OpenedRun, observer: Observer, maps: list[np.ndarray]) -> list[dict]:
    network, shape = opened.classifier.networks[0], opened.classifier.preprocessing.input_shape
    rows = {row.name: row for row in model_cost(network, shape).rows}
    later = []
    for layer, channels in zip(observer.later, maps, strict=True):
        row = rows.get(layer.name)
        field = row.receptive_field if row else None
        about = {"name": layer.name, "filters": channels.tolist(), "total": int(layer.output.shape[-1])}
        later.append(about | {"field": list(field) if field else None})
    return later


def _sample(opened: OpenedRun, number: int, seen: Activations, filters, maps, kind: str) -> dict:
    """A sample with all values that the page shows."""
    row = opened.test[number]
    exponents = np.exp(seen.logits.astype(np.float64) - seen.logits.max())
    sample = {
        "number": number,
        "id": str(opened.dataset.sample_ids[row]),
        "label": int(opened.dataset.labels[row]),
        "logits": short(seen.logits),
        "probabilities": short(exponents / exponents.sum()),
        "inputs": [pack(values, kind) for values in seen.inputs],
        "first": [_responses(first, chosen) for first, chosen in zip(seen.first, filters, strict=True)],
        "maps": [
            pack(np.moveaxis(_thumbnail(values)[..., chosen], -1, 0), "i1")
            for values, chosen in zip(seen.maps, maps, strict=True)
        ],
        "sizes": [list(values.shape) for values in seen.maps],
    }
    preprocessing = opened.classifier.preprocessing
    if isinstance(preprocessing, TextPreprocessingBase):
        sample["tokens"] = preprocessing.tokens(opened.dataset.inputs[row])[: len(seen.inputs[0])]
    return sample


def _responses(first: FirstKernels, filters: np.ndarray) -> dict:
    """Responses of the filters to show, and exact responses of a few windows for the check of the page."""
    kernels, response = first.kernels, first.response[..., filters]
    flat = response.reshape(-1, len(filters))
    ends = np.asarray(response, np.float64)
    places = kernels.places
    pools: list[dict | None] = []
    for stage in first.chain.stages:
        pooled = stage.kind in ("maximum", "average")
        pools.append({key: list(stage.numbers[key]) for key in ("before", "places")} if pooled else None)
    draw = np.random.default_rng(len(flat))
    spots = [(int(draw.integers(len(filters))), int(draw.integers(len(flat)))) for _ in range(SPOTS)]
    return {
        "places": list(places),
        "before": list(kernels.before),
        "pools": pools,
        "response": pack(flat.T, "i2"),
        "largest": float(np.abs(ends).max(initial=0)),
        "spots": [[f, place, *short(flat[place, f])] for f, place in spots],
    }
