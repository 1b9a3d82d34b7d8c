"""The formats that a classifier can be exported to, and what each of them needs and can hold."""

import importlib.util
import os
from dataclasses import dataclass

from convpipe.errors import ConfigError

EXTRA = "pip install 'convpipe[export]'"


class FormatError(ConfigError):
    """A format cannot hold a network."""


@dataclass(frozen=True)
class Format:
    """A file format of exported classifiers.

    Args:
        name: as `--format` takes it.
        file: what the file (or folder) of the graph is called.
        packages: modules that conversion and certificate import beside TensorFlow.
        quantized: ways of quantizing that it offers.
        batches: whether any number of samples can be given at once, series padded with NaN and texts with 0 where
            their steps differ; else one sample at a time.
        any_size: whether images and volumes of any size are taken.
        double: whether the arithmetic of scaling is in float64, as in the classifier.
    """

    name: str
    file: str
    packages: tuple[str, ...] = ()
    quantized: tuple[str, ...] = ()
    batches: bool = True
    any_size: bool = True
    double: bool = True


#: By name.
FORMATS = {
    each.name: each
    for each in (
        Format("saved_model", "saved_model"),
        Format("onnx", "model.onnx", ("onnx", "tf2onnx", "onnxruntime")),
        Format("litert", "model.tflite", (), ("float16", "int8", "int16x8"), False, False, False),
    )
}
#: Ways of quantizing that compute in whole numbers.
INTEGERS = ("int8", "int16x8")
QUANTIZED = ("float16", *INTEGERS)


def check_format(name: str, quantize: str | None) -> Format:
    """The format of a name, before anything heavy is imported.

    Args:
        name: of `FORMATS`.
        quantize: one of `QUANTIZED`, or None.

    Raises:
        ConfigError: the format does not offer this way of quantizing, a package is missing, or Keras runs on another
            backend than TensorFlow.
    """
    chosen = FORMATS[name]
    if quantize and quantize not in chosen.quantized:
        message = f"--format {name} cannot be quantized to {quantize}"
        raise ConfigError(message, key="--quantize", value=quantize, remedy="leave it out, or write --format litert")
    missing = [each for each in chosen.packages if importlib.util.find_spec(each) is None]
    if missing:
        message = f"--format {name} needs the package {missing[0]}"
        raise ConfigError(message, key="--format", value=name, remedy=EXTRA)
    backend = os.environ.get("KERAS_BACKEND") or "tensorflow"
    if backend != "tensorflow":
        message, remedy = f"only the backend tensorflow exports, not {backend}", "leave KERAS_BACKEND unset"
        raise ConfigError(message, key="KERAS_BACKEND", value=backend, remedy=remedy)
    return chosen
