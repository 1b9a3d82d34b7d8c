"""Exact maps of networks with fixed kernels: the contribution of each step and of each kernel and dilation.

Features are sums over the steps, so each step has a share in every feature. The standardization is merged into weights
and constant; the linear layer weights the shares.
"""

from collections.abc import Iterator

import numpy as np
from keras import ops

from convpipe.evaluation.explanation.forward import dense_weights, numbers
from convpipe.evaluation.explanation.network_map import NetworkMap
from convpipe.evaluation.explanation.result import KernelShare, relative_to_others
from convpipe.inference.fixed_features import fixed_kernels
from convpipe.models.layers.competing import GROUP, CompetingKernels
from convpipe.models.layers.fixed_kernels import CENTER, FixedKernels
from convpipe.models.layers.proportions import KERNELS, ProportionOfPositiveValues

#: Maximum number of kernels in the result.
NAMED = 6

#: Names, dilation and (kernels, channels) channels of the kernels, and their contributions: one pair per feature of
#: (kernels, steps) shares in the feature and its (kernels, classes) weights.
Shares = tuple[list[str], int, np.ndarray, list[tuple[np.ndarray, np.ndarray]]]


def fixed_kernel_map(network, batch: np.ndarray, label: int) -> NetworkMap | None:
    """Return the map of a network with fixed kernels, or None for other networks.

    Args:
        network: with its weights set.
        batch: (1, steps, channels) float32 of one series without padding.
        label: the class whose strongest kernels are listed.
    """
    kernels = fixed_kernels(network)
    if not kernels:
        return None
    standardization = network.get_layer("standardization")
    weights, bias = dense_weights(network.get_layer("logits"))
    weights = weights / numbers(standardization.deviation)[:, None]
    constant = bias - numbers(standardization.mean) @ weights
    steps, first, strongest = batch.shape[1], 0, list[KernelShare]()
    scores = np.zeros((steps, len(bias)))
    for layer in kernels:
        count = int(layer.compute_output_shape((None, *batch.shape[1:]))[1])
        for names, dilation, channels, pairs in _shares(layer, batch, weights[first : first + count]):
            by_kernel, at_steps = np.zeros((len(names), len(bias))), np.zeros((len(names), steps))
            for shares, own in pairs:
                scores += shares.T @ own
                by_kernel += shares.sum(axis=1)[:, None] * own
                at_steps += shares * relative_to_others(own, label)[:, None]
            strongest += _strongest(names, dilation, channels, by_kernel, at_steps, label)
        first += count
    strongest.sort(key=lambda each: -float(relative_to_others(each.scores, label)))
    return NetworkMap(scores, constant, "class activation map of fixed kernels", True, kernels=strongest[:NAMED])


def _shares(layer: FixedKernels, batch: np.ndarray, weights: np.ndarray) -> Iterator[Shares]:
    """Yield the shares of the steps in the features of a layer, for each dilation."""
    series = ops.convert_to_tensor(batch)
    if isinstance(layer, ProportionOfPositiveValues):
        yield from _proportions(layer, series, weights)
    elif isinstance(layer, CompetingKernels):
        yield from _competing(layer, series, weights)
    else:
        raise NotImplementedError(type(layer).__name__)


def _proportions(layer: ProportionOfPositiveValues, series, weights: np.ndarray) -> Iterator[Shares]:
    names = ["kernel " + "".join("+" if tap > 0 else "-" for tap in kernel) for kernel in KERNELS]
    chosen, exceeding, row = numbers(layer.chosen), layer.exceeding(series), 0
    for number, (dilation, count) in enumerate(layer.plan.items()):
        pairs = []
        for _ in range(count):
            exceeds, total = next(exceeding)
            pairs.append((numbers(exceeds)[0] / numbers(total)[0][:, None], weights[row : row + len(KERNELS)]))
            row += len(KERNELS)
        yield names, dilation, chosen[number], pairs


def _competing(layer: CompetingKernels, series, weights: np.ndarray) -> Iterator[Shares]:
    groups, row, competitions = layer.groups // 2, 0, layer.competitions(series)
    kernels, chosen = groups * GROUP, numbers(layer.chosen)
    for number, dilation in enumerate(layer.dilations):
        for form, what in enumerate(("", " of changes")):
            collected, total = next(competitions)
            pairs = []
            for each in numbers(collected)[:, 0].reshape(2, kernels, -1) / float(numbers(total).ravel()[0]):
                root = np.sqrt(each.sum(axis=1, keepdims=True))
                pairs.append((each / np.maximum(root, 1e-30), weights[row : row + kernels]))
                row += kernels
            every = [divmod(kernel, GROUP) for kernel in range(kernels)]
            names = [f"group {group + 1}{what}, kernel {kernel + 1}" for group, kernel in every]
            yield names, dilation, np.repeat(chosen[number, form], GROUP, axis=0), pairs


def _strongest(names, dilation, channels, by_kernel, at_steps, label) -> Iterator[KernelShare]:
    """Yield the kernels of one dilation with the largest contributions to a class, and the steps they respond to."""
    reach, steps = CENTER * dilation, at_steps.shape[1]
    for number in np.argsort(-relative_to_others(by_kernel, label), kind="stable")[:NAMED].tolist():
        # The interval of the length of one kernel with the largest contribution.
        window = min(2 * reach + 1, steps)
        total = np.concatenate([[0.0], np.cumsum(at_steps[number])])
        start = int((total[window:] - total[:-window]).argmax())
        used = tuple(np.flatnonzero(channels[number]).tolist())
        yield KernelShare(names[number], dilation, used, by_kernel[number], start, start + window)
