"""Read data frames that pandas pickled in 2020 as arrays, without pandas and without running code from the pickle."""

import pickle
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np

from convpipe.errors import DataError

#: Supported dtypes of blocks.
NUMBERS = ("<f8", "<i8")
#: The key of the axes and blocks in the state of a pickled frame.
STATE = "0.14.1"


@dataclass(frozen=True)
class Frame:
    """A data frame: the names of its columns, and its blocks, each (columns, rows) float64 or int64."""

    columns: list[str]
    blocks: list[np.ndarray]


class _Record:
    """A stand-in for a pickled object, with the object's constructor arguments and state."""

    def __init__(self, *arguments):
        self.arguments, self.state = arguments, None

    def __setstate__(self, state):
        self.state = state


def _encode(text: str, encoding: str) -> bytes:
    if encoding != "latin1":
        raise pickle.UnpicklingError(f"unsupported encoding {encoding}")
    return text.encode("latin1")


#: Everything that the pickle may reference -> what is called instead. Nothing else is looked up or imported.
ALLOWED: dict[tuple[str, str], Callable] = {
    ("__builtin__", "object"): _Record,
    ("__builtin__", "slice"): _Record,
    ("_codecs", "encode"): _encode,
    ("copy_reg", "_reconstructor"): lambda kind, base, state: _Record(),
    ("numpy", "dtype"): _Record,
    ("numpy", "ndarray"): _Record,
    ("numpy.core.multiarray", "_reconstruct"): _Record,
    ("pandas.core.frame", "DataFrame"): _Record,
    ("pandas.core.indexes.base", "Index"): _Record,
    ("pandas.core.indexes.base", "_new_Index"): _Record,
    ("pandas.core.indexes.range", "RangeIndex"): _Record,
    ("pandas.core.internals.managers", "BlockManager"): _Record,
}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in ALLOWED:
            raise pickle.UnpicklingError(f"it references {module}.{name}, which is not allowed")
        return ALLOWED[module, name]


def read_frames(content: bytes, source: str, remedy: str) -> dict[int, list[Frame]]:
    """Return the frames in a pickled dictionary of lists of frames.

    Args:
        content: the pickle.
        source: name of the pickle in errors.
        remedy: remedy of the error if it cannot be read.

    Returns:
        The dictionary: key -> frames.

    Raises:
        DataError: the pickle is truncated, has other contents, or references anything not in `ALLOWED`; no code from
            it is run.
    """
    try:
        loaded = _Unpickler(BytesIO(content)).load()
        return {int(key): [_frame(each) for each in frames] for key, frames in loaded.items()}
    except Exception as error:  # a broken pickle can raise anything
        raise DataError(f"not a pickle of data frames: {_one_line(error)}", file=source, remedy=remedy) from None


def _frame(frame: _Record) -> Frame:
    state = frame.state["_data"].state[3][STATE]
    index = state["axes"][0].arguments[1]["data"]
    return Frame(list(index.state[4]), [_array(block["values"]) for block in state["blocks"]])


def _array(array: _Record) -> np.ndarray:
    _, shape, dtype, is_fortran, raw = array.state
    name = dtype.state[1] + dtype.arguments[0]
    if name not in NUMBERS:
        raise ValueError(f"unsupported dtype {name}")
    return np.frombuffer(raw, name).reshape(shape, order="F" if is_fortran else "C")


def _one_line(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text[:200] or type(error).__name__
