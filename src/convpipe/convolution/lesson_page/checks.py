"""What Python expects of the lesson page: settings of every example, and the shapes, costs and outputs they give."""

import math

import numpy as np

from convpipe.convolution.lesson_page.parts import Example, Part
from convpipe.convolution.reference import cross_correlate
from convpipe.cost.layer import Layer
from convpipe.errors import ConfigError

CHECKS = 36  # settings drawn for each example


def checks(found: dict[str, Example]) -> list[dict]:
    """For each example its defaults and drawn settings, each with what every one of its layers gives."""
    made = []
    for name, example in found.items():
        defaults = example.page()["defaults"]
        for settings in [defaults, *draw(example, np.random.default_rng(0), CHECKS)]:
            changed = {key: setting for key, setting in settings.items() if setting != defaults[key]}
            entry = {"example": name, "settings": changed, "expected": expected(example, settings)}
            if entry not in made:
                made.append(entry)
    return made


def draw(example: Example, generator: np.random.Generator, count: int) -> list[dict]:
    """Random settings within the controls of an example."""
    return [_settings(example, generator) for _ in range(count)]


def _settings(example: Example, generator: np.random.Generator) -> dict:
    settings = dict(example.page()["defaults"])
    for name, choices in example.controls.items():
        numbers = not isinstance(choices[0], str)
        settings[name] = (
            int(generator.integers(choices[0], choices[1] + 1)) if numbers else str(generator.choice(choices))
        )
    if settings["layer"] > 1 and settings["padding"] == "causal":
        settings["padding"] = "same"
    return settings | {"filter": int(generator.integers(1, settings["filters"] + 1))}


def expected(example: Example, settings: dict) -> list:
    """For each layer that the page shows: output shape, parameters, multiply-adds and the outputs of one filter.

    Of a layer whose output would be empty, the smallest size along each axis that gives an output.
    """
    if example.kind == "stack":
        return _stacked(example.parts[0], settings)
    parts = example.parts if example.kind != "choose" else example.parts[settings["layer"] - 1 : settings["layer"]]
    # Where no control sets the channels, a layer reads all of them.
    chosen = settings["channels"] if "channels" in example.controls else None
    return [_layer(part, settings, chosen or part.data.shape[-1]) for part in parts]


def moves_of(part: Part, settings: dict) -> tuple[tuple[int, ...], dict]:
    """Kernel size, and strides, dilation and padding as `cross_correlate` takes them."""
    axes = part.data.ndim - 1
    fixed = part.fixed or (None,) * axes
    chosen = {name: settings[name] for name in ("kernel", "stride", "dilation")}
    kernel, strides, dilation = (
        tuple(chosen[name] if size is None else size if name == "kernel" else 1 for size in fixed) for name in chosen
    )
    padding = settings["padding"]
    if padding.isdigit():
        padding = tuple((0, 0) if size is not None else (int(padding),) * 2 for size in fixed)
    return kernel, {"strides": strides, "dilation": dilation, "padding": padding}


def weights_of(part: Part, kernel: tuple[int, ...], channels: int) -> np.ndarray:
    """(*kernel size, channels, filters) of a part."""
    if part.kernel is None:
        return np.full((*kernel, channels, 1), 1 / math.prod(kernel))
    return part.kernel[(*map(slice, kernel), slice(channels))]


def _layer(part: Part, settings: dict, channels: int) -> list:
    filters, shown = settings["filters"], settings["filter"] - 1
    kernel, moves = moves_of(part, settings)
    data, weights = part.data[..., :channels], weights_of(part, kernel, channels)[..., shown : shown + 1]
    try:
        costs = Layer(data.shape[:-1], channels, kernel, filters=filters, **moves)
    except ConfigError:
        spans = tuple((size - 1) * gap + 1 for size, gap in zip(kernel, moves["dilation"], strict=True))
        return [list(Layer(spans, channels, kernel, **moves).smallest_input)]
    totals = cross_correlate(data[None], weights, bias=[part.bias[shown]], **moves)[0, ..., 0]
    return [list(costs.output_shape), costs.parameters, costs.multiply_adds, _flat(totals)]


def _stacked(part: Part, settings: dict) -> list:
    """The outputs of every layer, up to the first that would be empty."""
    outputs, data = [], part.data
    for level in range(settings["layers"]):
        moves = {
            "strides": settings["stride"],
            "dilation": settings["dilation"] ** level,
            "padding": settings["padding"],
        }
        try:
            data = cross_correlate(data[None], weights_of(part, (settings["kernel"],), 1), **moves)[0]
        except ConfigError:
            break
        outputs.append(_flat(data))
    return outputs


def _flat(values: np.ndarray) -> list[float]:
    return values.ravel().round(9).tolist()
