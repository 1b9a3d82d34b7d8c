"""Conversion to a file that its runtime accepts, or an error of one line."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

import numpy as np

from convpipe.backend import quiet_standard_error
from convpipe.inference.classifier import Classifier
from convpipe.inference.export import writers
from convpipe.inference.export.entry import Entry
from convpipe.inference.export.formats import FORMATS, Format, FormatError
from convpipe.inference.export.litert_file import operations
from convpipe.inference.export.runtimes import runtime_of

#: Matches the converter's message on TensorFlow operations that LiteRT lacks.
MISSING = re.compile(r"(?:TF Select ops|Select TF ops|flex ops|custom ops): ([\w, ]+)", re.IGNORECASE)


def convert(
    classifier: Classifier,
    entry: Entry,
    target: Format,
    quantize: str | None,
    path: Path,
    representative: Callable[[], Iterator[np.ndarray]] | None = None,
) -> None:
    """Write the graph of a classifier to `path`.

    Args:
        classifier, entry: the classifier and the input of its graph.
        target, quantize: the format and the quantization, if any.
        path: of the file, or of the folder of a SavedModel.
        representative: returns samples of the training part for integer quantization.

    Raises:
        FormatError: the format lacks an operation of the graph.
    """
    try:
        with quiet_standard_error(shown=False):
            if target.name == "saved_model":
                writers.write_saved_model(classifier, entry, path)
            elif target.name == "onnx":
                writers.write_onnx(classifier, entry, path)
            else:
                writers.write_litert(classifier, entry, path, quantize, representative)
    except (MemoryError, OSError):
        raise
    except Exception as error:  # converters raise many types of errors
        found = MISSING.search(str(error))
        raise _refusal(target, quantize, found[1].strip() if found else _reason(error)) from None
    missing = {"onnx": _not_in_onnx, "litert": _not_in_litert}.get(target.name, lambda path: [])(path)
    if missing:
        raise _refusal(target, quantize, ", ".join(missing))


class Guarded:
    """A runtime whose errors become one line.

    Args:
        target: the format.
        path: of the file.

    Raises:
        FormatError: the runtime refuses the file or, when called, a batch.
    """

    def __init__(self, target: Format, path: Path):
        self.target = target
        with self._one_line(), quiet_standard_error(shown=False):
            self.run = runtime_of(target, path)
        self.name, self.input_details = self.run.name, getattr(self.run, "input_details", None)
        # For the first call only, in which LiteRT prints a message on its delegate.
        self.quiet: AbstractContextManager = quiet_standard_error(shown=False)

    def __call__(self, batch: np.ndarray) -> np.ndarray:
        """Return the probabilities (batch, classes) of samples (batch, ...)."""
        quiet, self.quiet = self.quiet, nullcontext()
        with self._one_line(), quiet:
            return self.run(batch)

    @contextmanager
    def _one_line(self):
        try:
            yield
        except MemoryError:
            raise
        except Exception as error:  # runtimes raise many types of errors
            raise _refusal(self.target, None, _reason(error)) from None


def _refusal(target: Format, quantize: str | None, reason: str) -> FormatError:
    option = f"--format {target.name}" + (f" --quantize {quantize}" if quantize else "")
    others = [name for name in FORMATS if name != target.name]
    remedy = "leave out --quantize" if quantize else f"use --format {' or --format '.join(others)}"
    return FormatError(
        f"{option} does not support this network ({reason})", key="--format", value=option, remedy=remedy
    )


def _reason(error: Exception) -> str:
    """The most informative line of an error: the first that mentions an error, else the first line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    line = next((line for line in lines if "error:" in line or "rror" in line), lines[0] if lines else "")
    return f"{type(error).__name__}: {line}"[:200] if line else type(error).__name__


def _not_in_onnx(path: Path) -> list[str]:
    import onnx

    def known(node) -> bool:
        return node.domain in ("", "ai.onnx") and onnx.defs.has(node.op_type)

    nodes = onnx.load(str(path)).graph.node
    return sorted({node.op_type for node in nodes if not known(node)})


def _not_in_litert(path: Path) -> list[str]:
    return [name.removeprefix("custom ") for name in operations(path) if name.startswith("custom ")]
