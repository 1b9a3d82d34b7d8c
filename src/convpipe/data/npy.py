"""Reading .npy files without unpickling, and without allocating memory for a wrong size."""

import io
import warnings
from pathlib import Path

import numpy as np

from convpipe.errors import DataError


def load_array(content: bytes, path: Path) -> np.ndarray:
    """Return the array in the bytes of a .npy file.

    Raises:
        DataError: the file is damaged, its size does not match its header, or it contains pickled objects.
    """
    stream = io.BytesIO(content)
    try:
        version = np.lib.format.read_magic(stream)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # about headers written by Python 2
            shape, by_column, dtype = read(stream)
        if dtype.hasobject:
            message, remedy = "pickled objects, which can run code when they are read", "save an array of numbers"
            raise DataError(message, file=path, value=str(dtype), remedy=remedy)
        count = 1
        for size in shape:
            count *= int(size)
        if any(size < 0 for size in shape) or count * dtype.itemsize != len(content) - stream.tell():
            raise ValueError(f"shape {shape} does not fit {len(content):,} bytes")
        return np.frombuffer(content, dtype, count, stream.tell()).reshape(shape, order="F" if by_column else "C")
    except DataError:
        raise
    except Exception as error:  # a damaged header makes NumPy raise nearly anything
        reason = str(error).partition("\n")[0][:80]
        raise DataError(f"not a complete .npy array ({reason})", file=path, remedy="save the file again") from None
