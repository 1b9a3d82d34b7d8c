"""The values that a trained network computes for a sample: inputs and responses of its first kernels, feature maps and
logits."""

from dataclasses import dataclass

import numpy as np

from convpipe.convolution.network_page.kernels import (
    Kernels,
    first_convolutions,
    is_convolution,
    kernels_of,
    operations,
    read_by,
    respond,
)
from convpipe.convolution.network_page.stages import Chain, chain_of

#: Maximum number of later layers whose feature maps are shown.
MOST_LAYERS = 8
#: Maximum difference of a recomputed sum from Keras, as a share of the largest response.
TOLERANCE = 1e-3


@dataclass(frozen=True)
class FirstKernels:
    """The kernels of one first convolution on one sample.

    Args:
        kernels: weights and geometry.
        chain: the stages after them.
        source: index of the input that they read, in `Activations.inputs`.
        response: (*places, filters) float32, computed by Keras, before the layer's own activation.
    """

    kernels: Kernels
    chain: Chain
    source: int
    response: np.ndarray


@dataclass(frozen=True)
class Activations:
    """The values of one sample inside the network.

    Args:
        inputs: inputs of the first convolutions, (positions..., channels) float32 each.
        first: kernels and responses of each first convolution.
        maps: feature maps of the layers in `Observer.later`, (positions..., filters) float32 each.
        logits: (classes,) float32.
    """

    inputs: list[np.ndarray]
    first: list[FirstKernels]
    maps: list[np.ndarray]
    logits: np.ndarray


class Observer:
    """Compute the values inside a network for one sample at a time.

    Args:
        network: a functional keras.Model; it is changed to compute in float32.

    Raises:
        ConfigError: the page cannot show the network; the error names the layer.
    """

    def __init__(self, network):
        self.trained_in = in_float32(network)
        self.network, self.layers = network, first_convolutions(network)
        sources = [read_by(layer)[0] for layer in self.layers]
        self.inputs = list({id(tensor): tensor for tensor in sources}.values())
        self.sources = [next(n for n, each in enumerate(self.inputs) if each is tensor) for tensor in sources]
        self._chains = [chain_of(network, layer, None) for layer in self.layers]
        shown = {stage.name for chain in self._chains for stage in chain.stages} | {each.name for each in self.layers}
        self.later = later_layers(network, shown)

    def watch(self, batch: np.ndarray) -> Activations:
        """Return the values inside the network for a batch of one prepared sample.

        Raises:
            ArithmeticError: the sums of the page differ from those of Keras, which is a bug of convpipe.
        """
        ends = [chain.tensor for chain in self._chains if chain.tensor is not None]
        tensors = [*self.inputs, *ends, *(layer.output for layer in self.later), self.network.outputs[0]]
        values = self._evaluate(batch, tensors)
        inputs, rest = values[: len(self.inputs)], iter(values[len(self.inputs) :])
        first = []
        for layer, source in zip(self.layers, self.sources, strict=True):
            kernels = kernels_of(layer, inputs[source].shape)
            chain = chain_of(self.network, layer, kernels.places)
            response = respond(layer, inputs[source])
            check(kernels, chain, inputs[source], response, next(rest) if chain.tensor is not None else None)
            first.append(FirstKernels(kernels, chain, source, response))
        *maps, logits = rest
        return Activations(inputs, first, maps, logits)

    def _evaluate(self, batch: np.ndarray, tensors: list) -> list[np.ndarray]:
        """Values of symbolic tensors for the only sample of a batch."""
        import keras
        from keras import ops

        given = {id(tensor) for tensor in self.network.inputs}
        inner = {id(tensor): tensor for tensor in tensors if id(tensor) not in given}
        values = keras.Model(self.network.inputs[0], list(inner.values()))(batch, training=False)
        by_id = dict(zip(inner, values, strict=True))
        whole = [by_id.get(id(tensor), batch) for tensor in tensors]
        return [np.asarray(ops.convert_to_numpy(ops.cast(each, "float32")))[0] for each in whole]


def in_float32(network) -> str | None:
    """Change a network to compute in float32; return the dtype policy of its training, None if it was float32."""
    policies = {layer.dtype_policy.name for layer in network.layers if layer.compute_dtype != "float32"}
    for layer in network.layers:
        if layer.compute_dtype not in ("float32", "int32"):
            layer.dtype_policy = "float32"
    return next(iter(sorted(policies)), None)


def check(kernels: Kernels, chain: Chain, inputs: np.ndarray, response: np.ndarray, end: np.ndarray | None) -> None:
    """Raise ArithmeticError unless the sums, and the stages after them, agree with Keras at all positions.

    Args:
        kernels, chain: kernels and stages of a first convolution.
        inputs: (positions..., channels), the input of the convolution.
        response: (*places, filters) computed by Keras.
        end: output of the chain's last stage, computed by Keras; None without stages.
    """
    _same(f"the responses of {kernels.name}", kernels.responses(inputs), response)
    if end is None:
        return
    maps = np.asarray(response, np.float64)
    for stage in chain.stages:
        maps = stage.apply(maps)
    _same(f"the stages after {kernels.name}", maps, end[..., chain.offset : chain.offset + maps.shape[-1]])


def _same(what: str, got: np.ndarray, expected: np.ndarray) -> None:
    limit = TOLERANCE * float(np.abs(expected).max(initial=1e-6))
    if got.shape != expected.shape or np.abs(got - expected).max(initial=0) > limit:
        raise ArithmeticError(f"{what} differ from those of Keras")


def later_layers(network, shown: set[str]) -> list:
    """Return the layers whose feature maps are shown after the first kernels: activations, or convolutions if the
    network has no separate activations; at most `MOST_LAYERS`, evenly spaced."""
    candidates = [each for each in operations(network) if each.name not in shown and _has_positions(each)]
    convolutions = [each for each in candidates if is_convolution(each)]
    maps = [each for each in candidates if _activates(each)] or convolutions
    spaced = np.unique(np.linspace(0, len(maps) - 1, min(len(maps), MOST_LAYERS)).round().astype(int))
    return [maps[number] for number in spaced] if maps else []


def _activates(operation) -> bool:
    """Whether an operation is an activation, or a convolution with its own activation."""
    from keras import activations, layers

    if isinstance(operation, (layers.ReLU, layers.LeakyReLU, layers.PReLU, layers.ELU)):
        return True
    own = getattr(operation, "activation", activations.linear)
    return own is not activations.linear and (isinstance(operation, layers.Activation) or is_convolution(operation))


def _has_positions(operation) -> bool:
    return hasattr(operation.output, "shape") and len(operation.output.shape) >= 3
