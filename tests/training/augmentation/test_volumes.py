"""Augmentation of volumes, against SciPy and against known results."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import map_coordinates
from scipy.spatial.transform import Rotation

from convpipe.config import Augmentation
from convpipe.training.augmentation import augment
from convpipe.training.augmentation.shared import rotations
from convpipe.training.augmentation.volumes import read_at

quick = settings(max_examples=25, deadline=None)
seeds = st.integers(0, 2**32 - 1)
sizes = st.integers(1, 7)
CHANGES = ["rotation", "translation", "brightness_contrast"]


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def changed(inputs, seed=0, **strengths):
    return augment(inputs, Augmentation(**strengths), np.random.default_rng(seed))


@quick
@given(st.integers(1, 4), sizes, sizes, sizes, st.integers(1, 3), st.sampled_from(CHANGES))
def test_shape_and_dtype_are_kept_and_the_batch_is_not_changed(batch, depth, height, width, channels, change):
    inputs = noise(batch, depth, height, width, channels)
    before = inputs.copy()
    after = changed(inputs, **{change: 0.3})
    assert after.shape == inputs.shape and after.dtype == np.float32 and np.isfinite(after).all()
    np.testing.assert_array_equal(inputs, before)


def test_strength_zero_returns_the_batch_itself_and_draws_nothing():
    inputs, random = noise(2, 3, 3, 3, 1), np.random.default_rng(0)
    state = random.bit_generator.state
    assert augment(inputs, Augmentation(), random) is inputs and random.bit_generator.state == state


@pytest.mark.parametrize("strengths", [{"rotation": 20.0}, {"translation": 0.2}, {"brightness_contrast": 0.2}])
def test_the_same_generator_state_gives_the_same_batch(strengths):
    inputs = noise(3, 5, 5, 5, 1)
    np.testing.assert_array_equal(changed(inputs, 1, **strengths), changed(inputs, 1, **strengths))
    assert np.abs(changed(inputs, 1, **strengths) - changed(inputs, 2, **strengths)).max() > 0.01


@quick
@given(seeds, st.integers(1, 6), st.integers(2, 6), st.integers(2, 6), st.integers(1, 2))
def test_interpolation_equals_scipy(seed, depth, height, width, channels):
    inputs = noise(3, depth, height, width, channels, seed=seed)
    places = np.random.default_rng(seed).uniform(-2, 8, size=(3, 3, depth * height * width)).astype(np.float32)
    found = read_at(inputs, places)
    for volume, place, result in zip(inputs, places, found, strict=True):
        for channel in range(channels):
            expected = map_coordinates(volume[..., channel], place, order=1, mode="nearest")
            np.testing.assert_allclose(result[..., channel].ravel(), expected, atol=2e-4)


def test_many_volumes_are_interpolated_like_single_ones():
    inputs = noise(40, 9, 9, 9, 1)
    places = np.random.default_rng(0).uniform(0, 8, size=(40, 3, 729)).astype(np.float32)
    alone = [read_at(inputs[i : i + 1], places[i : i + 1])[0] for i in range(40)]
    np.testing.assert_array_equal(read_at(inputs, places), np.stack(alone))


def test_rotation_matrices_equal_scipy():
    angles, axes = np.array([0.3, -2.0]), np.array([[1.0, 2, 3], [0, -4, 1]])
    units = axes / np.linalg.norm(axes, axis=1, keepdims=True)
    expected = Rotation.from_rotvec(angles[:, None] * units).as_matrix()
    np.testing.assert_allclose(rotations(angles, axes), np.transpose(expected, (0, 2, 1)), atol=1e-12)


def test_a_rotated_ball_does_not_change():
    """A symmetric volume does not change, except for the corners, which are interpolated from outside."""
    grid = np.indices((11, 11, 11)) - 5.0
    squared = (grid**2).sum(axis=0)
    ball = np.exp(-squared / 18).astype(np.float32)[None, ..., None]
    np.testing.assert_allclose(changed(ball, rotation=180.0)[0, squared <= 25], ball[0, squared <= 25], atol=0.05)
    slope = grid[0].astype(np.float32)[None, ..., None]
    assert np.abs(changed(slope, rotation=180.0) - slope).max() > 1


@quick
@given(seeds, st.floats(0.01, 0.3))
def test_a_translation_moves_a_ramp_by_one_amount_within_its_limit(seed, share):
    slope = np.tile(np.arange(20, dtype=np.float32)[:, None, None, None], (2, 1, 4, 4, 1))
    moved = changed(slope, seed, translation=share) - slope
    middle = moved[:, 7:13]
    assert np.ptp(middle, axis=(1, 2, 3, 4)).max() < 1e-3 and np.abs(middle).max() <= 20 * share + 1e-3


@quick
@given(seeds)
def test_brightness_and_contrast_keep_the_order_of_gray_values(seed):
    inputs = noise(2, 4, 4, 4, 1)
    after = changed(inputs, seed, brightness_contrast=0.1)
    for old, new in zip(inputs, after, strict=True):
        assert (np.diff(new.ravel()[np.argsort(old.ravel())]) >= -1e-5).all()


def test_brightness_and_contrast_do_not_change_an_empty_volume():
    after = changed(np.zeros((2, 3, 3, 3, 1), np.float32), brightness_contrast=0.3)
    np.testing.assert_array_equal(after, 0)
