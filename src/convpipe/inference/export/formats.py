"""The export formats, with their packages and capabilities."""

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
        name: value of `--format`.
        file: name of the file (or folder) of the graph.
        packages: modules that conversion and certificate import in addition to TensorFlow.
        quantized: supported quantizations.
        batches: whether the file takes batches of any size (series of unequal steps are padded with NaN, texts with
            0), or one sample at a time.
        any_size: whether the graph takes images and volumes of any size.
        double: whether scaling is computed in float64, as in the classifier.
    """

    name: str
    file: str
    packages: tuple[str, ...] = ()
    quantized: tuple[str, ...] = ()
    batches: bool = True
    any_size: bool = True
    double: bool = True


#: The formats by name.
FORMATS = {
    each.name: each
    for each in (
        Format("saved_model", "saved_model"),
        Format("onnx", "model.onnx", ("onnx", "tf2onnx", "onnxruntime")),
        Format("litert", "model.tflite", (), ("float16", "int8", "int16x8"), False, False, False),
    )
}
#: Quantizations that compute with integers.
INTEGERS = ("int8", "int16x8")
QUANTIZED = ("float16", *INTEGERS)


def check_format(name: str, quantize: str | None) -> Format:
    """Return the format of a name. Check its packages without importing them.

    Args:
        name: of `FORMATS`.
        quantize: one of `QUANTIZED`, or None.

    Raises:
        ConfigError: the format does not support the quantization, a package is missing, or Keras has a backend other
            than TensorFlow.
    """
    target = FORMATS[name]
    if quantize and quantize not in target.quantized:
        message = f"--format {name} cannot be quantized to {quantize}"
        raise ConfigError(
            message, key="--quantize", value=quantize, remedy="leave out --quantize, or use --format litert"
        )
    missing = [each for each in target.packages if importlib.util.find_spec(each) is None]
    if missing:
        message = f"--format {name} needs the package {missing[0]}"
        raise ConfigError(message, key="--format", value=name, remedy=EXTRA)
    backend = os.environ.get("KERAS_BACKEND") or "tensorflow"
    if backend != "tensorflow":
        message, remedy = f"export needs the backend tensorflow, not {backend}", "unset KERAS_BACKEND"
        raise ConfigError(message, key="KERAS_BACKEND", value=backend, remedy=remedy)
    return target
