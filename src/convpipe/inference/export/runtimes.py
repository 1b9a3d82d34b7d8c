"""Exported files in their own runtimes."""

from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from convpipe.inference.export.formats import Format
from convpipe.inference.export.graph import INPUT, OUTPUT


class Runtime(Protocol):
    """A loaded file; `name` is the runtime and its version."""

    name: str

    def __call__(self, batch: np.ndarray) -> np.ndarray:
        """Return the probabilities (batch, classes) of samples (batch, ...)."""
        ...


def runtime_of(target: Format, path: Path) -> Runtime:
    """Load the file at `path` in the runtime of its format."""
    kinds: dict[str, Any] = {"saved_model": SavedModel, "onnx": Onnx, "litert": LiteRt}
    return kinds[target.name](path)


class SavedModel:
    """A SavedModel in TensorFlow."""

    def __init__(self, path: Path):
        import tensorflow as tf

        self.name = f"tensorflow {tf.__version__}"
        self.loaded, self.tensor = tf.saved_model.load(str(path)), tf.constant

    def __call__(self, batch: np.ndarray) -> np.ndarray:
        return self.loaded.serve(self.tensor(batch))[OUTPUT].numpy()


class Onnx:
    """An ONNX file in onnxruntime, on the CPU."""

    def __init__(self, path: Path):
        import onnxruntime

        self.name = f"onnxruntime {onnxruntime.__version__}"
        self.session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])

    def __call__(self, batch: np.ndarray) -> np.ndarray:
        return self.session.run([OUTPUT], {INPUT: batch})[0]


class LiteRt:
    """A file in LiteRT's interpreter (from ai-edge-litert or else TensorFlow), which takes one sample at a time."""

    def __init__(self, path: Path):
        make, self.name = interpreter_class()
        self.interpreter = make(model_path=str(path))
        (self.input_details,) = self.interpreter.get_input_details()
        (self.output_details,) = self.interpreter.get_output_details()
        self.shape: tuple[int, ...] = ()

    def __call__(self, batch: np.ndarray) -> np.ndarray:
        return np.concatenate([self._one(batch[row : row + 1]) for row in range(len(batch))])

    def _one(self, sample: np.ndarray) -> np.ndarray:
        output = self.output_details
        if sample.shape != self.shape:
            self.interpreter.resize_tensor_input(self.input_details["index"], sample.shape)
            self.interpreter.allocate_tensors()
            self.shape = sample.shape
        self.interpreter.set_tensor(self.input_details["index"], to_integers(sample, self.input_details))
        self.interpreter.invoke()
        found, (scale, zero) = self.interpreter.get_tensor(output["index"]), output["quantization"]
        return (found.astype(np.float32) - zero) * np.float32(scale) if scale else found.copy()


def to_integers(sample: np.ndarray, input_details: dict) -> np.ndarray:
    """Quantize a sample by the scale and zero point of an integer input; return it unchanged for other inputs."""
    (scale, zero), dtype = input_details["quantization"], input_details["dtype"]
    if not scale:
        return sample
    limits = np.iinfo(dtype)
    return np.clip(np.rint(sample / scale) + zero, limits.min, limits.max).astype(dtype)


def interpreter_class() -> tuple[Any, str]:
    """Return the class of LiteRT's interpreter, and the name and version of its package."""
    try:
        from ai_edge_litert.interpreter import Interpreter

        return Interpreter, f"ai-edge-litert {version('ai-edge-litert')}"
    except ImportError:
        import warnings

        import tensorflow as tf

        warnings.filterwarnings("ignore", "    Warning: tf.lite.Interpreter is deprecated")
        return tf.lite.Interpreter, f"tensorflow {tf.__version__}, tf.lite.Interpreter"
