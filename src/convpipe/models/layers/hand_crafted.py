"""Hand-crafted kernels for rises, falls and peaks; they are never trained.

Reference: Ismail-Fawaz et al. 2022, "Deep learning for time series classification using new hand-crafted convolution
filters", IEEE Big Data, section III; section IV adds them to other networks (H-FCN, H-Inception).
"""

import numpy as np
from keras import layers, ops

from convpipe.models.layers.masking import filled, register

TREND_SIZES = (2, 4, 8, 16, 32, 64)
PEAK_SIZES = (4, 8, 16, 32, 64)


def trend(size: int) -> np.ndarray:
    """Return a kernel (size,) that detects a rise: alternating -1 and 1; its negative detects a fall.

    >>> trend(4)
    array([-1.,  1., -1.,  1.])
    """
    return np.where(np.arange(size) % 2 == 0, -1.0, 1.0)


def peak(size: int) -> np.ndarray:
    """Return a kernel (size + size // 2,) that detects a peak: a squared bump between two of minus half its height.

    >>> peak(4)
    array([-1., -1.,  2.,  2., -1., -1.])
    """
    rise = np.linspace(0, 1, size // 4 + 1)[1:] ** 2
    bump = np.concatenate([rise, rise[::-1]])
    return np.concatenate([-bump, 2 * bump, -bump])


def hand_crafted_kernels(trend_sizes=TREND_SIZES, peak_sizes=PEAK_SIZES) -> np.ndarray:
    """Return all kernels, padded with zeros to the longest, so that one convolution runs them all.

    Returns:
        (longest, 1, kernels) float32; each kernel is placed as "same" padding of its own size would center it.
    """
    rises = [trend(size) for size in trend_sizes]
    kernels = [*rises, *(-rise for rise in rises), *(peak(size) for size in peak_sizes)]
    longest = max(map(len, kernels))
    table = np.zeros((longest, 1, len(kernels)), np.float32)
    for column, kernel in enumerate(kernels):
        start = (longest - 1) // 2 - (len(kernel) - 1) // 2
        table[start : start + len(kernel), 0, column] = kernel
    return table


@register
class HandCraftedFilters(layers.Layer):
    """Convolution with the fixed kernels, then ReLU. The kernels are no weights, so they cannot be trained.

    Args:
        trend_sizes: sizes in steps of the kernels for rises and of those for falls.
        peak_sizes: sizes in steps of the bumps of the kernels for peaks.

    Input: (batch, steps, channels). Output: (batch, steps, 2 * len(trend_sizes) + len(peak_sizes)). Every kernel is the
    same for all channels, so the channels are added first: the same result with fewer operations.
    """

    def __init__(self, trend_sizes=TREND_SIZES, peak_sizes=PEAK_SIZES, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True
        self.kernels = hand_crafted_kernels(trend_sizes, peak_sizes)

    def call(self, inputs, mask=None):
        total = filled(ops.sum(inputs, axis=-1, keepdims=True), mask)
        kernels = ops.convert_to_tensor(self.kernels, dtype=total.dtype)
        return ops.relu(ops.conv(total, kernels, padding="same"))

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.kernels.shape[-1])
