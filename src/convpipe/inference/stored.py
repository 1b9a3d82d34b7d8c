"""Checks of a classifier's folder, to find at loading whatever would make predictions fail or be wrong."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from keras import Model, ops

from convpipe.preprocessing import Preprocessing

#: Maximum number of networks in an ensemble.
MOST_NETWORKS = 1000
#: Modalities whose preprocessing may have a mean and a deviation for each channel.
SCALED = ("series", "image", "volume")


def check_about(about: dict, folder: Path) -> None:
    """Refuse invalid content of classifier.json.

    Args:
        about: content of the file.
        folder: of the file.

    Raises:
        KeyError: a value is missing.
        ValueError: a value has the wrong type, is out of its bounds, or does not fit the files of the folder.
    """
    count, names = about["networks"], about["class_names"]
    if type(count) is not int or not 1 <= count <= MOST_NETWORKS:
        raise ValueError(f"networks is {count!r}, not a number from 1 to {MOST_NETWORKS}")
    found = len([*folder.glob("network_*.keras")])
    if found != count:
        raise ValueError(f"the folder has {found} networks, but networks is {count}")
    if not _all_texts(names) or len({*names}) != len(names) or len(names) < 2:
        raise ValueError("class_names are not two or more names")
    for key in ("plugins", "modality"):
        if not _all_texts(about[key] if key == "plugins" else [about[key]]):
            raise ValueError(f"{key} is {about[key]!r}")
    rate = about["sampling_rate"]
    if rate is not None and not (_is_number(rate) and rate > 0):
        raise ValueError(f"sampling_rate is {rate!r}, not a number of Hz")
    if not isinstance(about.get("reader"), dict | None):
        raise ValueError(f"reader is {str(about['reader'])[:40]}")
    temperature = about.get("temperature")
    if temperature is not None and not (_is_number(temperature) and temperature > 0):
        raise ValueError(f"temperature is {temperature!r}, not a positive number")
    weights = about["weights"]
    if weights is not None:
        _check_weights(weights, count)


def _check_weights(weights, count: int) -> None:
    if not isinstance(weights, list) or len(weights) != count:
        raise ValueError(f"weights must have one number for each of {count} networks")
    if not all(_is_number(each) and each >= 0 for each in weights) or not sum(weights) > 0:
        raise ValueError(f"weights are {weights}, not non-negative numbers with a positive sum")


def check_networks(networks: Sequence[Model], preprocessing: Preprocessing, classes: int) -> None:
    """Refuse networks that do not fit the preprocessing or the classes, or whose weights are not numbers.

    Args:
        networks: Keras models.
        preprocessing: of their inputs.
        classes: number of classes.

    Raises:
        ValueError: something does not fit; the message gives the reason.
    """
    _check_preprocessing(preprocessing)
    prepared = preprocessing.input_shape
    for number, network in enumerate(networks):
        outputs = network.output_shape
        if tuple(outputs[1:]) != (classes,):
            raise ValueError(f"network {number} gives {outputs[-1]} outputs for {classes} classes")
        taken = tuple(network.input_shape[1:])
        fits = [each in (None, size) for each, size in zip(taken, prepared, strict=False)]
        if len(taken) != len(prepared) or not all(fits):
            raise ValueError(f"network {number} takes samples of {taken}, but the preprocessing returns {prepared}")
        _check_vocabulary(network, preprocessing, number)
        for weight in network.weights:
            values = ops.convert_to_numpy(weight)
            if values.dtype.kind == "f" and not np.isfinite(values).all():
                raise ValueError(f"network {number} has weights in {weight.path} that are not finite numbers")


def _check_preprocessing(preprocessing: Preprocessing) -> None:
    shape = preprocessing.input_shape
    if not all(type(size) is int and size > 0 for size in shape):
        raise ValueError(f"the preprocessing returns samples of {shape}")
    if preprocessing.modality == "text":
        preprocessing.tokens("a")  # type: ignore[attr-defined]  # a broken tokenizer fails here
    if preprocessing.modality not in SCALED:
        return
    mean, deviation = preprocessing.mean, preprocessing.deviation  # type: ignore[attr-defined]
    channels = preprocessing.channels  # type: ignore[attr-defined]  # the network may take more: scaled twice, logarithms
    if len(mean) not in (0, channels) or len(mean) != len(deviation):
        raise ValueError(f"the preprocessing scales {len(mean)} channels by {len(deviation)}, not {channels}")
    if any(each <= 0 for each in deviation):
        raise ValueError("the preprocessing divides by a deviation that is not positive")


def _check_vocabulary(network: Model, preprocessing: Preprocessing, number: int) -> None:
    vocabulary = getattr(preprocessing, "vocabulary", None)
    for layer in network.layers:
        vectors = getattr(layer, "count", None)
        if vocabulary is not None and type(vectors) is int and vectors != len(vocabulary):
            raise ValueError(f"network {number} has vectors of {vectors} tokens, but the vocabulary {len(vocabulary)}")


def _all_texts(values) -> bool:
    return isinstance(values, list) and all(isinstance(each, str) for each in values)


def _is_number(value) -> bool:
    return type(value) in (int, float) and math.isfinite(value)
