"""The operations of a LiteRT file, and the memory that they need in addition to the weights."""

from pathlib import Path

import numpy as np

#: Alignment in bytes of the tensors in LiteRT's arena.
ALIGNMENT = 64


def _model(path: Path):
    from tensorflow.lite.python import schema_py_generated as schema

    return schema, schema.ModelT.InitFromObj(schema.Model.GetRootAs(path.read_bytes(), 0))


def operations(path: Path) -> list[str]:
    """Return the sorted names of a file's operations; names of custom operations begin with "custom "."""
    schema, model = _model(path)
    names = {value: name for name, value in vars(schema.BuiltinOperator).items() if not name.startswith("_")}
    found = set()
    for code in model.operatorCodes:
        builtin = max(code.builtinCode, code.deprecatedBuiltinCode)
        custom = (code.customCode or b"").decode() if isinstance(code.customCode, bytes) else code.customCode
        found.add(f"custom {custom}" if names[builtin] == "CUSTOM" else names[builtin])
    return sorted(found)


def arena_bytes(path: Path, sample: np.ndarray) -> int | None:
    """Measure the memory of the tensors that are computed for a sample, which share space in LiteRT's arena.

    The measurement uses the addresses of the tensors after a pass without a delegate.

    Args:
        path: of the file.
        sample: (1, ...), with the dtype of the input.

    Returns:
        The total bytes of all tensors, without the scratch memory of kernels; None if they cannot be measured.
    """
    from convpipe.inference.export.runtimes import interpreter_class

    make, _ = interpreter_class()
    plain = _without_delegates(make)
    if plain is None:
        return None
    interpreter = make(model_path=str(path), experimental_op_resolver_type=plain)
    (details,) = interpreter.get_input_details()
    interpreter.resize_tensor_input(details["index"], sample.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(details["index"], sample)
    interpreter.invoke()
    places = []
    for index in _computed(path):
        try:
            values = interpreter.tensor(index)()
        except ValueError:  # fused, or empty
            continue
        if isinstance(values, np.ndarray) and values.nbytes:  # a scalar is a copy
            places.append((values.ctypes.data, values.ctypes.data + values.nbytes))
    return occupied(places) or None


def occupied(places: list[tuple[int, int]]) -> int:
    """Return the bytes that address ranges (start, end) cover, including gaps that are due to alignment.

    >>> occupied([(0, 10), (64, 70), (5, 20), (1000, 1010)])
    80
    >>> occupied([(0, 64), (128, 192)])
    128
    """
    total, reached = 0, 0
    for start, end in sorted(places):
        aligned = -(-reached // ALIGNMENT) * ALIGNMENT
        total += max(end - (reached if start == aligned else max(start, reached)), 0)
        reached = max(reached, end)
    return total


def _without_delegates(make):
    from importlib import import_module

    kinds = getattr(import_module(make.__module__), "OpResolverType", None)
    return getattr(kinds, "BUILTIN_WITHOUT_DEFAULT_DELEGATES", None)


def _computed(path: Path) -> list[int]:
    """Indices of the tensors that are not constants."""
    _, model = _model(path)
    (graph, *_) = model.subgraphs

    def constant(tensor) -> bool:
        data = model.buffers[tensor.buffer].data
        return data is not None and len(data) > 0

    return [index for index, tensor in enumerate(graph.tensors) if not constant(tensor)]
