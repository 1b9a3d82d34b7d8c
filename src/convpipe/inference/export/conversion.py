"""Conversion in one step: a file that its runtime takes, or one line that says what it cannot hold."""

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

#: Operations of TensorFlow that LiteRT does not have, as the converter names them.
MISSING = re.compile(r"(?:TF Select ops|Select TF ops|flex ops|custom ops): ([\w, ]+)", re.IGNORECASE)


def convert(
    classifier: Classifier,
    entry: Entry,
    chosen: Format,
    quantize: str | None,
    path: Path,
    representative: Callable[[], Iterator[np.ndarray]] | None = None,
) -> None:
    """Write the graph of a classifier to `path`.

    Args:
        classifier, entry: what is exported, and how samples enter it.
        chosen, quantize: the format, and how it is quantized.
        path: of the file, or of the folder of a SavedModel.
        representative: gives samples of the training part where whole numbers are wanted.

    Raises:
        FormatError: the format does not have an operation of the graph.
    """
    try:
        with quiet_standard_error(shown=False):
            if chosen.name == "saved_model":
                writers.write_saved_model(classifier, entry, path)
            elif chosen.name == "onnx":
                writers.write_onnx(classifier, entry, path)
            else:
                writers.write_litert(classifier, entry, path, quantize, representative)
    except (MemoryError, OSError):
        raise
    except Exception as error:  # converters raise errors of many kinds
        found = MISSING.search(str(error))
        raise _refusal(chosen, quantize, found[1].strip() if found else _reason(error)) from None
    foreign = {"onnx": _foreign_to_onnx, "litert": _foreign_to_litert}.get(chosen.name, lambda path: [])(path)
    if foreign:
        raise _refusal(chosen, quantize, ", ".join(foreign))


class Guarded:
    """A runtime whose errors become one line.

    Args:
        chosen: the format.
        path: of the file.

    Raises:
        FormatError: the runtime does not take the file, or (when called) a batch.
    """

    def __init__(self, chosen: Format, path: Path):
        self.chosen = chosen
        with self._one_line(), quiet_standard_error(shown=False):
            self.run = runtime_of(chosen, path)
        self.name, self.taken = self.run.name, getattr(self.run, "taken", None)
        self.quiet: AbstractContextManager = quiet_standard_error(shown=False)  # LiteRT tells of its delegate, once

    def __call__(self, batch: np.ndarray) -> np.ndarray:
        """The probabilities (batch, classes) of samples (batch, ...)."""
        quiet, self.quiet = self.quiet, nullcontext()
        with self._one_line(), quiet:
            return self.run(batch)

    @contextmanager
    def _one_line(self):
        try:
            yield
        except MemoryError:
            raise
        except Exception as error:  # runtimes raise errors of many kinds
            raise _refusal(self.chosen, None, _reason(error)) from None


def _refusal(chosen: Format, quantize: str | None, what: str) -> FormatError:
    option = f"--format {chosen.name}" + (f" --quantize {quantize}" if quantize else "")
    others = [name for name in FORMATS if name != chosen.name]
    remedy = "leave out --quantize" if quantize else f"write --format {' or --format '.join(others)}"
    return FormatError(f"{option} cannot hold this network ({what})", key="--format", value=option, remedy=remedy)


def _reason(error: Exception) -> str:
    """The line of an error that says most: the first that is not a trace."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    said = next((line for line in lines if "error:" in line or "rror" in line), lines[0] if lines else "")
    return f"{type(error).__name__}: {said}"[:200] if said else type(error).__name__


def _foreign_to_onnx(path: Path) -> list[str]:
    import onnx

    def known(node) -> bool:
        return node.domain in ("", "ai.onnx") and onnx.defs.has(node.op_type)

    nodes = onnx.load(str(path)).graph.node
    return sorted({node.op_type for node in nodes if not known(node)})


def _foreign_to_litert(path: Path) -> list[str]:
    return [name.removeprefix("custom ") for name in operations(path) if name.startswith("custom ")]
