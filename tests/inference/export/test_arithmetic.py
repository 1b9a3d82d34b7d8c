"""The arithmetic of exported graphs compared with the preprocessing in NumPy, Pillow and SciPy."""

import numpy as np
import pytest
import tensorflow as tf

from convpipe.inference.export import arithmetic
from convpipe.preprocessing import images, series, standardized, volumes


def drawn(*shape, mean=0.0, deviation=1.0) -> np.ndarray:
    return np.random.default_rng(3).normal(mean, deviation, shape).astype(np.float32)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_scaling_keeps_a_small_signal_on_a_large_offset(dtype):
    values = drawn(2, 50, 2, mean=1e4)
    mean, deviation = [1e4 + 0.1234567, 1e4 - 0.3], [1.5, 0.5]
    expected = (values.astype(np.float64) - mean) / deviation
    found = arithmetic.scaled(tf.constant(values.astype(dtype)), mean, deviation).numpy()
    np.testing.assert_allclose(found, expected, atol=2e-6 if dtype == np.float32 else 1e-12)


@pytest.mark.parametrize("offset", [0.0, 1e3])
def test_standardizing_by_the_sample_itself(offset):
    values = drawn(3, 40, 2, mean=offset)
    values[0, 0] = offset + 100  # an outlier at the first step
    expected = [standardized(each, axis=0) for each in values]
    np.testing.assert_allclose(arithmetic.standardized(tf.constant(values), [1]).numpy(), expected, atol=1e-4)


@pytest.mark.parametrize("constant", [0.0, 0.1, -1234.567, 3e8])
def test_constants_become_exactly_zero(constant):
    values = tf.fill([1, 37, 1], np.float32(constant))
    assert not arithmetic.standardized(values, [1]).numpy().any()


@pytest.mark.parametrize("steps", [1, 6, 7])
def test_padding_is_ignored(steps):
    alone = drawn(1, steps, 2)
    batch = np.full((1, 9, 2), np.nan, np.float32)
    batch[:, :steps] = alone
    inside = tf.constant(~np.isnan(batch).all(-1, keepdims=True))
    for function in (
        lambda values, there: arithmetic.standardized(values, [1], there),
        lambda values, there: arithmetic.log_magnitude(values, there),
    ):
        found = function(tf.constant(batch), inside).numpy()
        assert np.isnan(found[:, steps:]).all()
        np.testing.assert_allclose(found[:, :steps], function(tf.constant(alone), None).numpy(), atol=1e-6)


@pytest.mark.parametrize("steps", [1, 8, 9])
def test_the_log_magnitude(steps):
    values = drawn(2, steps, 3)
    expected = [series.log_magnitude(each) for each in values]
    np.testing.assert_allclose(arithmetic.log_magnitude(tf.constant(values)).numpy(), expected, atol=1e-5)


@pytest.mark.parametrize("size", [(7, 5), (20, 31), (9, 40), (16, 12)])
def test_images_are_resized_as_pillow_does(size):
    image = np.random.default_rng(0).uniform(0, 255, (*size, 2)).astype(np.float32)
    found = arithmetic.resized(tf.constant(image[None]), (16, 12), smoothed=True).numpy()[0]
    np.testing.assert_allclose(found, images.resized(image, 16, 12), atol=255 * 1e-5)


@pytest.mark.parametrize("size", [(3, 4, 5), (9, 4, 11), (6, 6, 6)])
def test_volumes_are_resized_as_scipy_does(size):
    volume = drawn(*size, 2)
    found = arithmetic.resized(tf.constant(volume[None]), (6, 6, 6), smoothed=False).numpy()[0]
    np.testing.assert_allclose(found, volumes.resized(volume, (6, 6, 6)), atol=1e-5)
