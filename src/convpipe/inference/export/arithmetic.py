"""The arithmetic of preprocessing as TensorFlow operations, for graphs that are exported.

Each function does what a function of `convpipe.preprocessing` does in NumPy; tests compare them.
"""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

LARGEST = np.finfo(np.float32).max


def scaled(values, mean, deviation):
    """`values` (..., channels) less `mean` over `deviation`, both float64 (channels,).

    In float32 the mean is subtracted in two parts, so that large offsets lose no digit of a small signal.
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
    """`values` by their own mean and deviation along `axes`; zero where nothing varies.

    Args:
        values: floating.
        axes: along which a sample has one mean.
        inside: (..., 1) bool, what counts; `values` are NaN elsewhere. None: everything counts.
    """

    def mean(each):
        if inside is None:
            return tf.reduce_mean(each, axes, keepdims=True)
        # By the values, not by `inside`: ONNX multiplies where a condition is repeated along an axis, and NaN stays.
        each, counts = tf.where(tf.math.is_nan(each), tf.zeros_like(each), each), tf.cast(inside, each.dtype)
        return tf.reduce_sum(each, axes, keepdims=True) / tf.reduce_sum(counts, axes, keepdims=True)

    centered = values - mean(values)
    # A value of the sample itself, so that a constant becomes exactly zero whatever its mean was rounded to.
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
    ordered = -tf.math.top_k(-ordered, steps).values  # the smallest first
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
    """Samples (batch, sizes..., channels) float32 at other `sizes`, by linear interpolation axis after axis.

    Args:
        samples: of any sizes.
        sizes: that are wanted.
        smoothed: widen the triangle where an axis shrinks, as Pillow does for images; else take the two neighbors, as
            `scipy.ndimage.zoom` does for volumes.
    """
    letters = "hwd"[: len(sizes)]
    for axis, (letter, wanted) in enumerate(zip(letters, sizes, strict=True)):
        weights = interpolation(tf.shape(samples)[axis + 1], wanted, smoothed)
        samples = tf.einsum(f"o{letter},b{letters}c->b{letters.replace(letter, 'o')}c", weights, samples)
    return tf.reshape(samples, [-1, *sizes, samples.shape[-1]])


def interpolation(found, wanted: int, smoothed: bool):
    """What each of `wanted` positions takes of `found` positions (an int32 scalar): (wanted, found) float32."""
    size = tf.cast(found, tf.float32)
    step = size / wanted
    centers = (tf.range(wanted, dtype=tf.float32) + 0.5) * step - 0.5
    if not smoothed:
        centers = tf.clip_by_value(centers, 0.0, size - 1)
    width = tf.maximum(step, 1.0) if smoothed else tf.constant(1.0)
    places = tf.cast(tf.range(found), tf.float32)
    weights = tf.maximum(1 - tf.abs(places[None] - centers[:, None]) / width, 0)
    return weights / tf.reduce_sum(weights, 1, keepdims=True)


def middle(sound, steps: int):
    """The middle `steps` of recordings (batch, any, 1); a shorter one stays as it is."""
    start = tf.maximum(tf.shape(sound)[1] - steps, 0) // 2
    return sound[:, start : start + steps]


def one_loudness(sound):
    """Recordings (batch, steps, 1) by their root mean square; silence stays silence."""
    loudness = tf.sqrt(tf.reduce_mean(tf.square(sound), 1, keepdims=True))
    return sound / tf.where(loudness > 1e-9, loudness, tf.ones_like(loudness))


def padded(sound, steps: int):
    """Recordings of at most `steps` steps with zeros before and after them: (batch, steps, 1)."""
    padding = steps - tf.shape(sound)[1]
    both = tf.stack([padding // 2, padding - padding // 2])
    return tf.reshape(tf.pad(sound, [[0, 0], both, [0, 0]]), [-1, steps, 1])
