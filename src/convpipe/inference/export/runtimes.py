"""An exported file, run by its own runtime."""

from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from convpipe.inference.export.formats import Format
from convpipe.inference.export.graph import INPUT, OUTPUT


class Runtime(Protocol):
    """A loaded file; `name` says what runs it, with its version."""

    name: str

    def __call__(self, batch: np.ndarray) -> np.ndarray:
        """The probabilities (batch, classes) of samples (batch, ...)."""
        ...


def runtime_of(chosen: Format, path: Path) -> Runtime:
    """The file at `path` in the runtime of its format."""
    kinds: dict[str, Any] = {"saved_model": SavedModel, "onnx": Onnx, "litert": LiteRt}
    return kinds[chosen.name](path)


class SavedModel:
    """A SavedModel in TensorFlow."""

    def __init__(self, path: Path):
        import tensorflow as tf

        self.name = f"tensorflow {tf.__version__}"
        self.loaded, self.tensor = tf.saved_model.load(str(path)), tf.constant

    def __call__(self, batch: np.ndarray) -> np.ndarray:
        return self.loaded.serve(self.tensor(batch))[OUTPUT].numpy()


class Onnx:
    """A file in onnxruntime, on the processor."""

    def __init__(self, path: Path):
        import onnxruntime

        self.name = f"onnxruntime {onnxruntime.__version__}"
        self.session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])

    def __call__(self, batch: np.ndarray) -> np.ndarray:
        return self.session.run([OUTPUT], {INPUT: batch})[0]


class LiteRt:
    """A file in LiteRT's interpreter, that of ai-edge-litert or else the one inside TensorFlow; one sample at once."""

    def __init__(self, path: Path):
        make, self.name = interpreter_class()
        self.interpreter = make(model_path=str(path))
        (self.taken,), (self.given,) = self.interpreter.get_input_details(), self.interpreter.get_output_details()
        self.shape: tuple[int, ...] = ()

    def __call__(self, batch: np.ndarray) -> np.ndarray:
        return np.concatenate([self._one(batch[row : row + 1]) for row in range(len(batch))])

    def _one(self, sample: np.ndarray) -> np.ndarray:
        if sample.shape != self.shape:
            self.interpreter.resize_tensor_input(self.taken["index"], sample.shape)
            self.interpreter.allocate_tensors()
            self.shape = sample.shape
        self.interpreter.set_tensor(self.taken["index"], whole_numbers(sample, self.taken))
        self.interpreter.invoke()
        found, (scale, zero) = self.interpreter.get_tensor(self.given["index"]), self.given["quantization"]
        return (found.astype(np.float32) - zero) * np.float32(scale) if scale else found.copy()


def whole_numbers(sample: np.ndarray, taken: dict) -> np.ndarray:
    """A sample in the type that an input takes: rounded by its scale and zero point where that is a whole number."""
    (scale, zero), kind = taken["quantization"], taken["dtype"]
    if not scale:
        return sample
    limits = np.iinfo(kind)
    return np.clip(np.rint(sample / scale) + zero, limits.min, limits.max).astype(kind)


def interpreter_class() -> tuple[Any, str]:
    """The class of LiteRT's interpreter, and what provides it."""
    try:
        from ai_edge_litert.interpreter import Interpreter

        return Interpreter, f"ai-edge-litert {version('ai-edge-litert')}"
    except ImportError:
        import warnings

        import tensorflow as tf

        warnings.filterwarnings("ignore", "    Warning: tf.lite.Interpreter is deprecated")
        return tf.lite.Interpreter, f"tensorflow {tf.__version__}, tf.lite.Interpreter"
