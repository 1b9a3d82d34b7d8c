"""Find the outputs of each layer that change, bit by bit, when positions of the input are changed.

Each changed copy of a sample is compared with an unchanged copy at the same index of a batch of the same size, because
libraries choose their kernels, and with them the order of summation, by the shape of the batch.
"""

from collections.abc import Callable, Sequence

import numpy as np

from convpipe.convolution.certify.probes import Probe
from convpipe.cost.graph import run_through
from convpipe.cost.keras_layers import starts_anew
from convpipe.cost.model_cost import Row

#: Maximum memory of the activations of one batch, in bytes.
MOST_BYTES = 2**27
#: Standard deviation of the change, in standard deviations of the values.
DEVIATIONS = 3.0


class Perturbation:
    """A network and a sample whose positions are changed.

    Args:
        network: a functional or sequential keras.Model with one input.
        rows: rows of its layers, from `model_cost` for a sample of this shape.
        sample: (positions..., channels), or (steps,) of token ids.
        origin: sizes of the tensors whose positions are changed, as in `Field`; other tensors from which positions
            are counted keep their values.
        impulses: add impulses to zeros, and pass on from each layer only an impulse where its output changed. A change
            then cannot be lost in rounding, and positive weights keep it from canceling.
        seed: random seed of the changes.
    """

    def __init__(
        self, network, rows: Sequence[Row], sample: np.ndarray, origin: tuple[int, ...], impulses=False, seed=0
    ) -> None:
        self.network, self.rows, self.origin, self.impulses = network, rows, origin, impulses
        self.sample = np.zeros_like(sample) if impulses and sample.shape[:-1] == origin else sample
        self._random = np.random.default_rng(seed)
        self._patterns: dict[int, np.ndarray] = {}

    def changed(self, probes: Sequence[Probe], sign: int = 1) -> dict[int, list[np.ndarray]]:
        """Return which output positions of each layer each probe changes.

        Args:
            probes: the changes, each of a separate copy of the sample.
            sign: sign of the impulses.

        Returns:
            Number of each row that counts its positions from `origin` -> for each probe a bool array (output positions
            along the axis of the probe,), True where a bit of any channel differs.
        """
        numbers = [n for n, row in enumerate(self.rows) if row.field and row.field.origin == self.origin]
        changes: dict[int, list[np.ndarray]] = {number: [] for number in numbers}
        size = max(1, min(len(probes), MOST_BYTES // sum(row.activation_bytes for row in self.rows)))
        batch = np.repeat(self.sample[None], size, axis=0)
        before = self._outputs(batch, self._zeros)
        for start in range(0, len(probes), size):
            piece = list(probes[start : start + size])
            after = self._after(batch, before, piece + piece[-1:] * (size - len(piece)), sign)
            for number in numbers:
                differs = _bits_differ(before[number], after[number])
                changes[number] += [_along(each, probe.axis) for each, probe in zip(differs, piece, strict=False)]
        return changes

    def _after(self, batch: np.ndarray, before: list[np.ndarray], probes: list[Probe], sign: int) -> list[np.ndarray]:
        """The outputs of all layers after each copy in the batch was changed by its probe."""

        def new_values(operation, number: int, values: np.ndarray) -> np.ndarray | None:
            if starts_anew(operation):
                at_origin = values.shape[1:-1] == self.origin
                return self._changed(before[number], probes, sign) if at_origin else before[number]
            if not self.impulses or values.dtype.kind != "f":
                return None
            differs = _bits_differ(before[number], values)
            steps = np.sign(values - before[number]) * self._pattern(values)
            return np.where(differs, before[number] + steps, before[number])

        at_input = batch.shape[1:-1] == self.origin
        return self._outputs(self._changed(batch, probes, sign) if at_input else batch, new_values)

    def _zeros(self, operation, number: int, values: np.ndarray) -> np.ndarray | None:
        """Zeros for a tensor to which impulses are added; None for others."""
        at_origin = starts_anew(operation) and values.shape[1:-1] == self.origin
        return np.zeros_like(values) if self.impulses and at_origin else None

    def _changed(self, values: np.ndarray, probes: list[Probe], sign: int) -> np.ndarray:
        """A copy of `values` (batch, positions..., channels), each sample changed by its probe."""
        changed, scale = values.copy(), DEVIATIONS * (float(np.std(values, dtype=np.float64)) or 1.0)
        for sample, probe in zip(changed, probes, strict=True):
            window = np.moveaxis(sample, probe.axis, 0)[probe.start : probe.stop]
            np.add(window, sign * self._pattern(values) if self.impulses else self._noise(window, scale), out=window)
        return changed

    def _noise(self, values: np.ndarray, scale: float) -> np.ndarray:
        return self._random.normal(scale=scale, size=values.shape).astype(values.dtype)

    def _pattern(self, values: np.ndarray) -> np.ndarray:
        """Positive impulses (channels,), not all equal, because a normalization over channels would cancel those."""
        channels = values.shape[-1]
        if channels not in self._patterns:
            self._patterns[channels] = np.random.default_rng(channels).uniform(0.5, 1.0, (channels,))
        return self._patterns[channels].astype(values.dtype)

    def _outputs(self, batch: np.ndarray, new_values: Callable) -> list[np.ndarray]:
        """The first output of each layer.

        Args:
            batch: inputs (batch, ...).
            new_values: called as `new_values(operation, number, values)`; returns replacement values to pass on, or
                None.
        """
        import keras

        outputs: list[np.ndarray] = []

        def visit(operation, name: str, args, kwargs):
            result = operation(*args, **kwargs)
            tensors = keras.tree.flatten(result)
            values = keras.ops.convert_to_numpy(tensors[0])
            new = new_values(operation, len(outputs), values) if len(tensors) == 1 else None
            outputs.append(values if new is None else new)
            return result if new is None else _in_place_of(tensors[0], new.astype(values.dtype))

        dtype = self.network.inputs[0].dtype
        run_through(self.network, [keras.ops.convert_to_tensor(batch, dtype=dtype)], visit)
        return outputs


def _in_place_of(tensor, values: np.ndarray):
    """A tensor of `values` with the mask of `tensor`."""
    import keras

    # A layer that supports masking copies the mask; Keras has no public function for it.
    return keras.layers.Activation(lambda _: keras.ops.convert_to_tensor(values))(tensor)


def _bits_differ(one: np.ndarray, two: np.ndarray) -> np.ndarray:
    unsigned = f"u{one.itemsize}"
    return np.ascontiguousarray(one).view(unsigned) != np.ascontiguousarray(two).view(unsigned)


def _along(differs: np.ndarray, axis: int) -> np.ndarray:
    """(positions along `axis`,) of bool (positions..., channels): whether any value there differs."""
    return np.any(np.moveaxis(differs, axis, 0).reshape(differs.shape[axis], -1), axis=1)
