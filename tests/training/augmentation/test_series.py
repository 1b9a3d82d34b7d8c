"""Augmentation of series, and mixup."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convpipe.config import Augmentation
from convpipe.training.augmentation import augment, mixup

STRENGTHS = {
    "jitter": 0.5, "scaling": 0.5, "time_warp": 0.5, "window_slice": 0.5, "time_shift": 0.5, "channel_rotation": 90.0,
}  # fmt: skip
quick = settings(max_examples=30, deadline=None)
seeds = st.integers(0, 2**32 - 1)


def a_batch(steps_of_each, channels=3, seed=0):
    """Return noise with NaN after the end of each series."""
    inputs = np.random.default_rng(seed).normal(size=(len(steps_of_each), max(steps_of_each), channels))
    for series, steps in zip(inputs, steps_of_each, strict=True):
        series[steps:] = np.nan
    return inputs.astype(np.float32)


def changed(inputs, seed=0, **strengths):
    return augment(inputs, Augmentation(**strengths), np.random.default_rng(seed))


@quick
@given(st.lists(st.integers(1, 40), min_size=1, max_size=5), st.integers(1, 7), st.sampled_from([*STRENGTHS]), seeds)
def test_shape_dtype_and_padded_steps_are_kept(steps_of_each, channels, change, seed):
    inputs = a_batch(steps_of_each, channels)
    before = inputs.copy()
    after = changed(inputs, seed, **{change: STRENGTHS[change]})
    assert after.shape == inputs.shape and after.dtype == np.float32
    np.testing.assert_array_equal(np.isnan(after), np.isnan(inputs))
    np.testing.assert_array_equal(inputs, before)  # the batch itself is not changed


@pytest.mark.parametrize("change", STRENGTHS)
def test_each_transform_changes_the_series(change):
    inputs = a_batch([20, 30])
    assert np.nanmax(np.abs(changed(inputs, **{change: STRENGTHS[change]}) - inputs)) > 0.01


def test_all_transforms_keep_padding_and_are_reproducible():
    inputs = a_batch([5, 30, 17], channels=7)
    once, again = (changed(inputs, seed=3, **STRENGTHS) for _ in range(2))
    np.testing.assert_array_equal(once, again)
    np.testing.assert_array_equal(np.isnan(once), np.isnan(inputs))
    assert not np.array_equal(once, changed(inputs, seed=4, **STRENGTHS), equal_nan=True)


def test_strength_zero_returns_the_batch_itself_and_draws_nothing():
    inputs, targets, random = a_batch([4, 6]), np.eye(2, dtype=np.float32), np.random.default_rng(0)
    state = random.bit_generator.state
    assert augment(inputs, Augmentation(), random) is inputs
    same_inputs, same_targets = mixup(inputs, targets, 0.0, random)
    assert same_inputs is inputs and same_targets is targets
    assert random.bit_generator.state == state


def test_jitter_is_relative_to_the_deviation_of_the_channel():
    inputs = a_batch([2000, 2000], channels=2) * np.float32([1, 50]) + np.float32([0, 1000])
    noise = changed(inputs, jitter=0.1) - inputs
    np.testing.assert_allclose(noise.std(axis=(0, 1)), [0.1, 5.0], rtol=0.05)


@quick
@given(seeds)
def test_scaling_has_one_factor_for_each_series_and_channel(seed):
    inputs = a_batch([10, 6, 10], channels=4)
    factors = changed(inputs, seed, scaling=0.3) / inputs
    np.testing.assert_allclose(np.nanmax(factors, axis=1), np.nanmin(factors, axis=1), rtol=1e-5)
    assert len(np.unique(np.round(np.nanmax(factors, axis=1), 6))) == 12


@quick
@given(seeds, st.sampled_from([2, 3, 4, 5, 6, 7]))
def test_rotation_keeps_the_norm_of_each_triple_and_other_channels(seed, channels):
    inputs = a_batch([9, 4], channels)
    after = changed(inputs, seed, channel_rotation=180.0)
    size = 2 if channels == 2 else 3
    for start in range(0, channels - size + 1, size):
        block = slice(start, start + size)
        norms = [np.linalg.norm(part[:, :, block], axis=2) for part in (inputs, after)]
        np.testing.assert_allclose(norms[1], norms[0], rtol=1e-4)
    left_over = channels // size * size
    np.testing.assert_array_equal(after[:, :, left_over:], inputs[:, :, left_over:])


@quick
@given(seeds, st.floats(1, 180))
def test_rotation_stays_within_its_angle_and_does_not_mirror(seed, degrees):
    corners = np.eye(3, dtype=np.float32)[None]
    turn = changed(corners, seed, channel_rotation=degrees)[0]
    assert np.linalg.det(turn) == pytest.approx(1, abs=1e-4)
    angle = np.degrees(np.arccos(np.clip((np.trace(turn) - 1) / 2, -1, 1)))  # trace = 1 + 2 cos(angle)
    assert angle <= degrees + 0.1


def test_rotation_does_not_change_a_single_channel():
    inputs = a_batch([5], channels=1)
    assert changed(inputs, channel_rotation=90.0) is inputs


@quick
@given(seeds, st.floats(0.01, 0.9), st.sampled_from(["time_warp", "window_slice"]))
def test_a_constant_stays_constant_and_a_ramp_keeps_rising(seed, strength, change):
    ramp = np.arange(30, dtype=np.float32)
    inputs = np.stack([np.full(30, 3.3, np.float32), ramp], axis=1)[None].repeat(2, axis=0)
    inputs[1, 12:] = np.nan
    after = changed(inputs, seed, **{change: strength})
    for series, steps in zip(after, (30, 12), strict=True):
        np.testing.assert_array_equal(series[:steps, 0], np.float32(3.3))
        assert (np.diff(series[:steps, 1]) > 0).all()
        assert series[:steps, 1].min() >= 0 and series[:steps, 1].max() <= steps - 1


@quick
@given(seeds, st.floats(0.01, 0.9))
def test_time_warp_keeps_both_ends_and_the_limits_of_speed(seed, strength):
    ramp = np.arange(200, dtype=np.float32)[None, :, None]
    speed = np.diff(changed(ramp, seed, time_warp=strength)[0, :, 0])
    assert speed.sum() == pytest.approx(199, abs=1e-2)  # from the first step to the last
    assert speed.max() / speed.min() <= (1 + strength) / (1 - strength) * 1.01


@quick
@given(seeds, st.floats(0.05, 0.5), st.integers(1, 30))
def test_time_shift_moves_whole_steps_and_fills_with_zeros(seed, share, steps):
    inputs = np.full((1, 30, 2), np.nan, np.float32)
    inputs[0, :steps] = np.arange(1, steps + 1)[:, None]
    after = changed(inputs, seed, time_shift=share)[0, :steps]
    kept = np.flatnonzero(after[:, 0])
    moved = kept[0] + 1 - int(after[kept[0], 0])
    assert abs(moved) <= np.rint(share * steps) and len(kept) == steps - abs(moved)
    np.testing.assert_array_equal(after[kept], np.repeat(kept[:, None] + 1 - moved, 2, axis=1))


@quick
@given(seeds, st.floats(0.05, 0.9))
def test_window_slice_stretches_a_part_of_the_series_evenly(seed, cut):
    ramp = np.arange(100, dtype=np.float32)[None, :, None]
    after = changed(ramp, seed, window_slice=cut)[0, :, 0]
    np.testing.assert_allclose(np.diff(after), np.diff(after).mean(), atol=1e-3)
    assert after[-1] - after[0] >= (1 - cut) * 99 - 1e-2


@quick
@given(seeds, st.floats(0.05, 5))
def test_mixup_mixes_inputs_and_targets_in_the_same_proportion(seed, alpha):
    labels = np.arange(4) % 3
    targets = np.eye(3, dtype=np.float32)[labels]
    inputs = np.broadcast_to(targets[:, None, :], (4, 7, 3)).copy()  # each step is equal to the target
    mixed, mixed_targets = mixup(inputs, targets, alpha, np.random.default_rng(seed))
    assert mixed.dtype == mixed_targets.dtype == np.float32
    np.testing.assert_allclose(mixed_targets.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(mixed, np.broadcast_to(mixed_targets[:, None, :], mixed.shape), atol=1e-6)


@quick
@given(seeds)
def test_a_mixed_series_ends_with_the_shorter_one(seed):
    inputs, targets = a_batch([3, 8, 5]), np.eye(3, dtype=np.float32)
    mixed, mixed_targets = mixup(inputs, targets, 1.0, np.random.default_rng(seed))
    steps = np.array([3, 8, 5])
    for series, target in zip(mixed, mixed_targets, strict=True):
        assert (~np.isnan(series[:, 0])).sum() == steps[target > 0].min()
