"""Features of many series by the fixed kernels of a network, in batches of few shapes and on all cores."""

from collections import deque
from collections.abc import Callable, Iterator

import keras
import numpy as np
from keras import ops

from convpipe.data.ragged import Ragged
from convpipe.models.layers.compiled_kernels import LANES, compiled
from convpipe.models.layers.fixed_kernels import FixedKernels
from convpipe.workers import Workers, cores

#: Total steps of a batch; the outputs of 84 kernels over them fit into the processor's cache.
STEPS_IN_BATCH = 3600


def fixed_kernels(network) -> list[FixedKernels]:
    """Return a network's layers of fixed kernels, in the order of their features.

    The list is empty unless the network ends in a standardization and a linear layer.
    """
    found = [layer for layer in network.layers if isinstance(layer, FixedKernels)]
    return found if {"standardization", "logits"} <= {layer.name for layer in network.layers} else []


def bucket(steps: int, longest: int) -> int:
    """Return the number of steps that a series is padded to: a power of two, or `longest` if that is enough and less.

    >>> [bucket(steps, 100) for steps in (20, 60, 70, 100, 120)]
    [32, 64, 100, 100, 128]
    """
    rounded = max(LANES, 1 << (steps - 1).bit_length())
    return min(rounded, longest) if steps <= longest else rounded


def fixed_features(
    layers: list[FixedKernels],
    inputs: np.ndarray | Ragged,
    rows: np.ndarray | None = None,
    watch: Callable[[float], None] = lambda share: None,
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Compute features of series in batches. They do not depend on the batches, bit for bit.

    Args:
        layers: of `fixed_kernels`, with their weights set.
        inputs: (n, steps, channels) float32 with NaN after the end of a series, or `Ragged`.
        rows: of the series to compute; series of one length are yielded in this order. Default: all.
        watch: called with the completed fraction of the work after each batch.

    Yields:
        Rows of `inputs`, and their features (rows, features) float32.
    """
    rows = np.arange(len(inputs)) if rows is None else rows
    tasks = list(_batches(layers, inputs, rows))
    work, done = sum(steps * size for _, steps, size in tasks), 0
    run = _compiled(layers) if keras.backend.backend() == "tensorflow" else _portable(layers)
    workers, most = Workers(run, cores()), 2 * cores()
    waiting: deque = deque()
    try:
        for task in [*tasks, *[None] * most]:
            waiting.append(task and (task, workers.submit(inputs, *task)))
            first = waiting.popleft() if len(waiting) > most else None
            if first:
                (own, steps, size), features = first[0], first[1].result()
                done += steps * size
                yield own, features
                watch(done / work)
    finally:
        workers.close()


def feature_matrix(layers: list[FixedKernels], inputs, rows: np.ndarray | None = None, watch=lambda share: None):
    """Return the features (rows, features) float32 of `rows`, in their order; arguments as for `fixed_features`."""
    rows = np.arange(len(inputs)) if rows is None else rows
    place = np.empty(len(inputs), np.int64)
    place[rows] = np.arange(len(rows))
    matrix = None
    for own, features in fixed_features(layers, inputs, rows, watch):
        if matrix is None:
            matrix = np.empty((len(rows), features.shape[1]), np.float32)
        matrix[place[own]] = features
    return matrix


def feature_blocks(layers: list[FixedKernels], inputs, rows: np.ndarray, size: int, watch=lambda share: None):
    """Yield the results of `fixed_features` in blocks of `size` rows or a few more."""
    waiting: list[tuple[np.ndarray, np.ndarray]] = []
    for block in fixed_features(layers, inputs, rows, watch):
        waiting.append(block)
        if sum(len(own) for own, _ in waiting) >= size:
            yield tuple(map(np.concatenate, zip(*waiting, strict=True)))
            waiting = []
    if waiting:
        yield tuple(map(np.concatenate, zip(*waiting, strict=True)))


def _batches(layers: list[FixedKernels], inputs, rows: np.ndarray) -> Iterator[tuple[np.ndarray, int, int]]:
    """Rows, the steps that they are padded to, and the number of series in a full batch of this shape."""
    longest = max(layer.steps for layer in layers)
    steps = inputs.steps[rows] if isinstance(inputs, Ragged) else np.full(len(rows), inputs.shape[1])
    buckets = np.array([bucket(int(each), longest) for each in steps])
    for width in np.unique(buckets)[::-1].tolist():
        own, size = rows[buckets == width], max(1, STEPS_IN_BATCH // width)
        for start in range(0, len(own), size):
            yield own[start : start + size], width, size


def _compiled(layers: list[FixedKernels]) -> Callable:
    programs = [(float(layer.scale), layer.largest, compiled(layer)) for layer in layers]

    def run(inputs, rows: np.ndarray, steps: int, size: int) -> np.ndarray:
        batch = inputs[rows]
        inside = ~np.isnan(batch).all(axis=-1)
        ends, series = np.zeros(size, np.int32), np.zeros((size, steps, batch.shape[-1]), np.float32)
        ends[: len(rows)] = inside.sum(1)
        found = []
        for scale, largest, program in programs:
            whole = np.clip(np.rint(batch * np.float32(scale)), -largest, largest)
            series[: len(rows), : batch.shape[1]] = np.where(inside[..., None], whole, 0)
            found.append(program(series, ends)[: len(rows)])
        return found[0] if len(found) == 1 else np.concatenate(found, axis=1)

    return run


def _portable(layers: list[FixedKernels]) -> Callable:
    def run(inputs, rows: np.ndarray, steps: int, size: int) -> np.ndarray:
        batch = inputs[rows]
        mask = ops.convert_to_tensor(~np.isnan(batch).all(axis=-1))
        series = ops.convert_to_tensor(np.nan_to_num(batch))
        return np.concatenate([ops.convert_to_numpy(layer(series, mask=mask)) for layer in layers], axis=1)

    return run


def fixed_logits(network, layers: list[FixedKernels], inputs: np.ndarray | Ragged) -> np.ndarray:
    """Return logits (n, classes) float32 of series by fixed kernels, a standardization and a linear layer.

    The linear layer is computed in float64, so that float32 logits do not depend on the batches, bit for bit.
    """
    standardization, output = network.get_layer("standardization"), network.get_layer("logits")
    mean, deviation = (ops.convert_to_numpy(each) for each in (standardization.mean, standardization.deviation))
    kernel, bias = (ops.convert_to_numpy(each).astype(np.float64) for each in (output.kernel, output.bias))
    logits = np.empty((len(inputs), len(bias)), np.float32)
    for rows, features in fixed_features(layers, inputs):
        logits[rows] = ((features - mean) / deviation) @ kernel + bias
    return logits
