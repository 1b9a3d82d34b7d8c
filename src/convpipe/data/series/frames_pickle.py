"""Pickled pandas frames of 2020 as arrays, without pandas and without running anything that the pickle names."""

import pickle
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np

from convpipe.errors import DataError

#: Types of the numbers in a block.
NUMBERS = ("<f8", "<i8")
#: Under this key frames state their axes and blocks.
STATE = "0.14.1"


@dataclass(frozen=True)
class Frame:
    """A frame: the names of its columns, and its blocks, each (columns, rows) float64 or int64."""

    columns: list[str]
    blocks: list[np.ndarray]


class _Record:
    """A stand-in for an object of the pickle: it keeps what the object was made from, and its state."""

    def __init__(self, *arguments):
        self.arguments, self.state = arguments, None

    def __setstate__(self, state):
        self.state = state


def _encode(text: str, encoding: str) -> bytes:
    if encoding != "latin1":
        raise pickle.UnpicklingError(f"bytes as {encoding}")
    return text.encode("latin1")


#: Everything that a pickle may name, and what is called instead. Nothing else is ever looked up or imported.
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
            raise pickle.UnpicklingError(f"it names {module}.{name}, which no frame needs")
        return ALLOWED[module, name]


def read_frames(content: bytes, source: str, remedy: str) -> dict[int, list[Frame]]:
    """The frames of a pickle: a dictionary whose values are lists of frames.

    Args:
        content: the pickle.
        source: what to call it in an error.
        remedy: what to do where it cannot be read.

    Returns:
        Frames by the keys of the dictionary.

    Raises:
        DataError: the pickle is cut off, holds something else, or names what no frame needs; nothing of it is run.
    """
    try:
        loaded = _Unpickler(BytesIO(content)).load()
        return {int(key): [_frame(each) for each in frames] for key, frames in loaded.items()}
    except Exception as error:  # a broken pickle can raise anything
        raise DataError(f"no pickle of frames: {_one_line(error)}", file=source, remedy=remedy) from None


def _frame(frame: _Record) -> Frame:
    state = frame.state["_data"].state[3][STATE]
    index = state["axes"][0].arguments[1]["data"]
    return Frame(list(index.state[4]), [_array(block["values"]) for block in state["blocks"]])


def _array(array: _Record) -> np.ndarray:
    _, shape, dtype, is_fortran, raw = array.state
    numbers = dtype.state[1] + dtype.arguments[0]
    if numbers not in NUMBERS:
        raise ValueError(f"numbers of type {numbers}")
    return np.frombuffer(raw, numbers).reshape(shape, order="F" if is_fortran else "C")


def _one_line(error: Exception) -> str:
    said = " ".join(str(error).split())
    return said[:200] or type(error).__name__
