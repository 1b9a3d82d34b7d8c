"""The arithmetic of preprocessing as TensorFlow operations, for exported graphs.

Each function corresponds to a NumPy function of `convpipe.preprocessing`; tests compare them.
"""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

LARGEST = np.finfo(np.float32).max


def scaled(values, mean, deviation):
    """Return (`values` - `mean`) / `deviation` for `values` (..., channels); both statistics are float64 (channels,).

    In float32, the mean is subtracted in two parts, so that a small signal on a large offset keeps its precision.
    """
    dtype = values.dtype.as_numpy_dtype
    mean = np.asarray(mean, np.float64)
    high = mean.astype(dtype)
    rest = (mean - high).astype(dtype)
    centered = values - high
    if rest.any():
        centered = centered - rest
    return centered / np.asarray(deviation, dtype)


def standardized(values, axes: Sequence[int], inside=None):
    """Standardize `values` by their own mean and deviation along `axes`; constant values become zero.

    Args:
        values: floating point.
        axes: over which the mean of a sample is taken.
        inside: (..., 1) bool, False for padding, where `values` are NaN. None: no padding.
    """

    def mean(each):
        if inside is None:
            return tf.reduce_mean(each, axes, keepdims=True)
        # Test the values, not `inside`: if a condition is broadcast, ONNX multiplies, which keeps NaN.
        each, counts = tf.where(tf.math.is_nan(each), tf.zeros_like(each), each), tf.cast(inside, each.dtype)
        return tf.reduce_sum(each, axes, keepdims=True) / tf.reduce_sum(counts, axes, keepdims=True)

    centered = values - mean(values)
    # Subtract a value of the sample itself, so that a constant becomes exactly zero in spite of a rounded mean.
    first = centered
    for axis in axes:
        first = tf.gather(first, [0], axis=axis)
    centered = centered - first
    centered = centered - mean(centered)
    deviation = tf.sqrt(mean(tf.square(centered)))
    return centered / tf.where(deviation > 1e-12, deviation, tf.ones_like(deviation))


def log_magnitude(series, inside=None):
    """`preprocessing.series.log_magnitude` of (batch, steps, channels) float32; `inside` (batch, steps, 1) bool."""
    size = tf.abs(series)
    steps = tf.shape(series)[1]
    ordered = size if inside is None else tf.where(tf.math.is_nan(size), tf.fill(tf.shape(size), LARGEST), size)
    ordered = tf.transpose(ordered, [0, 2, 1])
    ordered = -tf.math.top_k(-ordered, steps).values  # in ascending order
    if inside is None:
        low, high = (tf.gather(ordered, [at], axis=2) for at in ((steps - 1) // 2, steps // 2))
    else:
        count = tf.reduce_sum(tf.cast(inside, tf.int32), 1)[:, None]  # (batch, 1, 1)
        places = tf.range(steps)[None, None]
        low, high = (
            tf.reduce_sum(tf.where(places == at, ordered, 0), 2, keepdims=True) for at in ((count - 1) // 2, count // 2)
        )
    median = tf.transpose((low + high) / 2, [0, 2, 1])
    return tf.math.log(size / (median + np.float32(1e-9)) + np.float32(0.02))


def resized(samples, sizes: Sequence[int], smoothed: bool):
    """Resize samples (batch, sizes..., channels) float32 to `sizes`, by linear interpolation along one axis at a time.

    Args:
        samples: of any sizes.
        sizes: new sizes.
        smoothed: whether to widen the triangle filter for an axis that shrinks, as Pillow does for images; otherwise
            only the two neighbors are used, as in `scipy.ndimage.zoom` for volumes.
    """
    letters = "hwd"[: len(sizes)]
    for axis, (letter, size) in enumerate(zip(letters, sizes, strict=True)):
        weights = interpolation(tf.shape(samples)[axis + 1], size, smoothed)
        samples = tf.einsum(f"o{letter},b{letters}c->b{letters.replace(letter, 'o')}c", weights, samples)
    return tf.reshape(samples, [-1, *sizes, samples.shape[-1]])


def interpolation(old_size, new_size: int, smoothed: bool):
    """Return the interpolation weights (new_size, old_size) float32; `old_size` is an int32 scalar."""
    size = tf.cast(old_size, tf.float32)
    step = size / new_size
    centers = (tf.range(new_size, dtype=tf.float32) + 0.5) * step - 0.5
    if not smoothed:
        centers = tf.clip_by_value(centers, 0.0, size - 1)
    width = tf.maximum(step, 1.0) if smoothed else tf.constant(1.0)
    places = tf.cast(tf.range(old_size), tf.float32)
    weights = tf.maximum(1 - tf.abs(places[None] - centers[:, None]) / width, 0)
    return weights / tf.reduce_sum(weights, 1, keepdims=True)


def middle(sound, steps: int):
    """Return the middle `steps` of recordings (batch, any, 1); shorter recordings are unchanged."""
    start = tf.maximum(tf.shape(sound)[1] - steps, 0) // 2
    return sound[:, start : start + steps]


def unit_rms(sound):
    """Divide recordings (batch, steps, 1) by their root mean square; silence is unchanged."""
    loudness = tf.sqrt(tf.reduce_mean(tf.square(sound), 1, keepdims=True))
    return sound / tf.where(loudness > 1e-9, loudness, tf.ones_like(loudness))


def padded(sound, steps: int):
    """Pad recordings of at most `steps` steps with zeros at both ends: (batch, steps, 1)."""
    padding = steps - tf.shape(sound)[1]
    both = tf.stack([padding // 2, padding - padding // 2])
    return tf.reshape(tf.pad(sound, [[0, 0], both, [0, 0]]), [-1, steps, 1])
