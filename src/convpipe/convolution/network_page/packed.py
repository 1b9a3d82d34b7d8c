"""Arrays in a page: little-endian numbers in base64, which a browser reads without a library."""

import base64

import numpy as np

#: Kind of whole numbers -> largest number in use.
LARGEST = {"i2": 32767, "i1": 127}


def pack(values: np.ndarray, kind: str = "f4") -> dict:
    """Pack an array for JSON.

    Args:
        values: array of any shape.
        kind: "f4" keeps float32; "i2" and "i1" round to multiples of 1/32767 or 1/127 of the largest absolute value.

    Returns:
        kind, shape, scale (factor of whole numbers) and data (base64).

    >>> unpack(pack(np.array([0.5, -2.0]), "i1")).round(2).tolist()
    [0.5, -2.0]
    """
    values = np.asarray(values, np.float32)
    scale = 1.0
    if kind in LARGEST:
        scale = float(np.abs(values).max(initial=0)) / LARGEST[kind] or 1.0
        values = np.rint(values / scale)
    data = base64.b64encode(np.ascontiguousarray(values, f"<{kind}").tobytes()).decode()
    return {"kind": kind, "shape": list(values.shape), "scale": scale, "data": data}


def unpack(packed: dict) -> np.ndarray:
    """Return the array (float64) that a page reads from the result of `pack`."""
    numbers = np.frombuffer(base64.b64decode(packed["data"]), f"<{packed['kind']}")
    return numbers.reshape(packed["shape"]) * packed["scale"]


def short(values) -> list:
    """Return numbers as the shortest decimals that identify their float32 values.

    >>> short(np.float32([0.1, 3]))
    [0.1, 3.0]
    """
    return [float(str(value)) for value in np.asarray(values, np.float32).ravel()]
