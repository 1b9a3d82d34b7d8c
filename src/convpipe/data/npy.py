"""The array in a .npy file, which is never unpickled and whose size is known before anything is allocated."""

import io
import warnings
from pathlib import Path

import numpy as np

from convpipe.errors import DataError


def load_array(content: bytes, path: Path) -> np.ndarray:
    """The array in the bytes of a .npy.

    Raises:
        DataError: it is damaged, its size is not what its header says, or it holds pickled objects.
    """
    stream = io.BytesIO(content)
    try:
        version = np.lib.format.read_magic(stream)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of headers that Python 2 wrote
            shape, by_column, kind = read(stream)
        if kind.hasobject:
            message, remedy = "pickled objects, which can run code when they are read", "save an array of numbers"
            raise DataError(message, file=path, value=str(kind), remedy=remedy)
        count = 1
        for size in shape:
            count *= int(size)
        if any(size < 0 for size in shape) or count * kind.itemsize != len(content) - stream.tell():
            raise ValueError(f"shape {shape} does not fit {len(content):,} bytes")
        return np.frombuffer(content, kind, count, stream.tell()).reshape(shape, order="F" if by_column else "C")
    except DataError:
        raise
    # So does a damaged header.
    except Exception as error:
        reason = str(error).partition("\n")[0][:80]
        raise DataError(f"no whole .npy array ({reason})", file=path, remedy="write the file again") from None
