"""Expected results of the lesson page: shapes, costs and outputs of every example under many settings."""

import math

import numpy as np

from convpipe.convolution.lesson_page.parts import Example, Part
from convpipe.convolution.reference import cross_correlate
from convpipe.cost.layer import Layer
from convpipe.errors import ConfigError

CHECKS = 36  # random settings per example


def checks(by_name: dict[str, Example]) -> list[dict]:
    """Return the defaults and random settings of each example, with the expected results of all its layers."""
    entries = []
    for name, example in by_name.items():
        defaults = example.page()["defaults"]
        for settings in [defaults, *draw(example, np.random.default_rng(0), CHECKS)]:
            changed = {key: setting for key, setting in settings.items() if setting != defaults[key]}
            entry = {"example": name, "settings": changed, "expected": expected(example, settings)}
            if entry not in entries:
                entries.append(entry)
    return entries


def draw(example: Example, generator: np.random.Generator, count: int) -> list[dict]:
    """Return random settings within the controls of an example."""
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
    """Return output shape, parameters, multiply-adds and the outputs of one filter, for each layer on the page.

    For a layer with an empty output, return the smallest input size along each axis that gives an output.
    """
    if example.kind == "stack":
        return _stacked(example.parts[0], settings)
    parts = example.parts if example.kind != "choose" else example.parts[settings["layer"] - 1 : settings["layer"]]
    # Without a control for channels, a layer reads all of them.
    channels = settings["channels"] if "channels" in example.controls else None
    return [_layer(part, settings, channels or part.data.shape[-1]) for part in parts]


def moves_of(part: Part, settings: dict) -> tuple[tuple[int, ...], dict]:
    """Return the kernel size, and strides, dilation and padding as arguments of `cross_correlate`."""
    axes = part.data.ndim - 1
    fixed = part.fixed or (None,) * axes
    values = {name: settings[name] for name in ("kernel", "stride", "dilation")}
    kernel, strides, dilation = (
        tuple(values[name] if size is None else size if name == "kernel" else 1 for size in fixed) for name in values
    )
    padding = settings["padding"]
    if padding.isdigit():
        padding = tuple((0, 0) if size is not None else (int(padding),) * 2 for size in fixed)
    return kernel, {"strides": strides, "dilation": dilation, "padding": padding}


def weights_of(part: Part, kernel: tuple[int, ...], channels: int) -> np.ndarray:
    """Return the weights of a part, (*kernel_size, channels, filters)."""
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
    """The outputs of every layer, up to the first empty one."""
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
