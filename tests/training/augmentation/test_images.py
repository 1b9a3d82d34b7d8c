"""Augmentation of images."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convpipe.config import Augmentation
from convpipe.training.augmentation import augment

STRENGTHS = {"translation": 0.3, "crop": 0.4, "flip": True, "brightness_contrast": 0.3, "cutout": 0.5}
quick = settings(max_examples=30, deadline=None)
seeds, edges = st.integers(0, 2**32 - 1), st.integers(2, 12)


def a_batch(count=8, height=7, width=9, channels=2, seed=0):
    return np.random.default_rng(seed).normal(size=(count, height, width, channels)).astype(np.float32)


def changed(inputs, seed=0, **strengths):
    return augment(inputs, Augmentation(**strengths), np.random.default_rng(seed))


@quick
@given(edges, edges, st.integers(1, 4), st.sampled_from([*STRENGTHS]), seeds)
def test_shape_and_dtype_are_kept_and_the_batch_is_not_changed(height, width, channels, change, seed):
    inputs = a_batch(3, height, width, channels)
    before = inputs.copy()
    after = changed(inputs, seed, **{change: STRENGTHS[change]})
    assert after.shape == inputs.shape and after.dtype == np.float32 and np.isfinite(after).all()
    np.testing.assert_array_equal(inputs, before)


def test_strength_zero_returns_the_batch_itself_and_draws_nothing():
    inputs, random = a_batch(), np.random.default_rng(0)
    assert augment(inputs, Augmentation(), random) is inputs
    assert random.random() == np.random.default_rng(0).random()


@pytest.mark.parametrize("change", STRENGTHS)
def test_each_transform_changes_images_and_is_reproducible(change):
    inputs = a_batch()
    once, again = (changed(inputs, 3, **{change: STRENGTHS[change]}) for _ in range(2))
    np.testing.assert_array_equal(once, again)
    assert not np.array_equal(once, inputs) and not np.array_equal(
        once, changed(inputs, 4, **{change: STRENGTHS[change]})
    )


@quick
@given(seeds)
def test_a_flip_gives_the_image_or_its_mirror_image(seed):
    inputs = a_batch()
    once = changed(inputs, seed, flip=True)
    np.testing.assert_array_equal(changed(once, seed, flip=True), inputs)
    for image, before in zip(once, inputs, strict=True):
        assert np.array_equal(image, before) or np.array_equal(image, before[:, ::-1])


@quick
@given(edges, edges, st.floats(0.05, 0.9), seeds)
def test_cutout_blanks_a_square_and_changes_nothing_else(height, width, share, seed):
    inputs = a_batch(4, height, width) + 10
    after = changed(inputs, seed, cutout=share)
    edge = max(1, round(share * min(height, width)))
    blank = (after == 0).all(axis=-1)
    assert (blank.sum(axis=(1, 2)) == edge**2).all()
    np.testing.assert_array_equal(after[~blank], inputs[~blank])


@quick
@given(seeds)
def test_a_translated_image_repeats_its_edge(seed):
    inputs = a_batch()
    most = (round(0.3 * 7), round(0.3 * 9))
    ways = [(down, right) for down in range(-most[0], most[0] + 1) for right in range(-most[1], most[1] + 1)]
    padded = np.pad(inputs, ((0, 0), (3, 3), (3, 3), (0, 0)), mode="edge")
    for image, around in zip(changed(inputs, seed, translation=0.3), padded, strict=True):
        assert any(np.array_equal(image, around[3 + d : 10 + d, 3 + r : 12 + r]) for d, r in ways)


def test_the_smallest_translation_is_one_pixel():
    assert not np.array_equal(changed(a_batch(), translation=0.01), a_batch())


@quick
@given(st.floats(0.05, 0.9), seeds)
def test_a_crop_of_a_ramp_is_a_flatter_ramp(share, seed):
    """Bilinear interpolation is exact on a ramp: after a crop, the slope is the kept fraction in both directions."""
    down, right = np.meshgrid(np.arange(8.0), np.arange(8.0), indexing="ij")
    inputs = np.stack([down, right], axis=-1)[None].repeat(5, axis=0).astype(np.float32)
    after = changed(inputs, seed, crop=share)
    rises = np.diff(after[..., 0], axis=1)[:, :, 0], np.diff(after[..., 1], axis=2)[:, 0]
    np.testing.assert_allclose(rises[0], rises[1], atol=1e-5)
    assert (rises[0] >= 1 - share - 1e-5).all() and (rises[0] <= 1 + 1e-5).all()
    np.testing.assert_allclose(rises[0], rises[0][:, :1].repeat(7, axis=1), atol=1e-5)
    assert after.min() >= -1e-6 and after.max() <= 7 + 1e-5


def test_brightness_and_contrast_are_one_offset_and_one_factor_per_image():
    inputs = a_batch()
    after = changed(inputs, brightness_contrast=0.2)
    for image, before in zip(after, inputs, strict=True):
        factor = (image[1, 0, 0] - image[0, 0, 0]) / (before[1, 0, 0] - before[0, 0, 0])
        rest = image - factor * before
        np.testing.assert_allclose(rest, np.broadcast_to(rest[0, 0], rest.shape), atol=1e-4)
