"""Volumes made ready for a network: one size, scaling, and what is refused."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convpipe import config
from convpipe.config import VolumePreprocessingSettings
from convpipe.data.dataset import Subset
from convpipe.data.volumes.brain_structures import BrainStructuresSettings
from convpipe.errors import ConfigError, DataError
from convpipe.models.conv3d.cnn3d import Cnn3dSettings
from convpipe.preprocessing.volumes import VolumePreprocessing, resized


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(3, 2, size=shape).astype(np.float32)


def fitted(volumes, said=None, **prepare):
    run = config.Settings(
        data=BrainStructuresSettings(), model=Cnn3dSettings(), preprocessing=VolumePreprocessingSettings(**prepare)
    )
    part = Subset(
        volumes, np.zeros(len(volumes), np.int64), [f"scan {i}" for i in range(len(volumes))], modality="volume"
    )
    return VolumePreprocessing.fit(part, run, (said if said is not None else []).append)


def test_scaled_by_channel_the_training_part_has_mean_zero_and_deviation_one():
    volumes = [noise(3, 4, 5, 2, seed=i) * [1, 50] + [0, 900] for i in range(6)]
    prepared = fitted(volumes).transform(volumes)
    assert prepared.shape == (6, 3, 4, 5, 2) and prepared.dtype == np.float32
    np.testing.assert_allclose(prepared.mean(axis=(0, 1, 2, 3)), 0, atol=1e-4)
    np.testing.assert_allclose(prepared.std(axis=(0, 1, 2, 3)), 1, rtol=1e-4)


def test_scaled_by_volume_each_has_mean_zero_and_units_do_not_matter():
    volume = noise(4, 4, 4, 1)
    prepared = fitted([volume, volume + 1], scaling="volume").transform([volume, 1000 * volume - 5])
    np.testing.assert_allclose(prepared[0], prepared[1], atol=1e-4)
    np.testing.assert_allclose(prepared.mean(axis=(1, 2, 3)), 0, atol=1e-5)


@pytest.mark.parametrize("scaling", ["channel", "volume"])
def test_a_constant_channel_becomes_zero(scaling):
    volumes = [np.full((3, 3, 3, 1), 1e6, np.float32)] * 2
    np.testing.assert_array_equal(fitted(volumes, scaling=scaling).transform(volumes), 0)


def test_unscaled_volumes_of_the_right_size_pass_as_they_are():
    volumes = [noise(3, 4, 5, 1)] * 2
    np.testing.assert_array_equal(fitted(volumes, scaling="none").transform(volumes)[0], volumes[0])


def test_the_size_is_that_of_most_unless_one_is_asked_for_and_resizing_is_said():
    volumes, said = [noise(3, 4, 5, 1), noise(2, 4, 5, 1), noise(2, 4, 5, 1)], []
    assert fitted(volumes, said).input_shape == (2, 4, 5, 1)
    assert fitted(volumes, said, size=[6, 6, 6]).transform(volumes).shape == (3, 6, 6, 6, 1)
    assert len(said) == 2
    assert "1 of 3" in said[0] and "2 x 4 x 5" in said[0] and "preprocessing.size=[depth,height,width]" in said[0]
    assert "3 of 3" in said[1] and "6 x 6 x 6" in said[1] and "preprocessing.size" not in said[1]


@settings(max_examples=30, deadline=None)
@given(st.tuples(*[st.integers(1, 9)] * 3), st.tuples(*[st.integers(1, 9)] * 3), st.integers(1, 2))
def test_resizing_gives_the_size_and_keeps_a_constant(found, wanted, channels):
    volume = np.full((*found, channels), 7.0, np.float32)
    np.testing.assert_allclose(resized(volume, wanted), np.full((*wanted, channels), 7.0), rtol=1e-6)


def test_a_slope_stays_a_slope_when_it_is_resized():
    """Voxel middles of a slope from 0 to 12 over twelve voxels, and over six of double width."""
    slope = np.tile((np.arange(12) + 0.5)[:, None, None, None], (1, 2, 2, 1)).astype(np.float32)
    halved = resized(slope, (6, 2, 2))[:, 0, 0, 0]
    np.testing.assert_allclose(halved, 2 * (np.arange(6) + 0.5), atol=1e-5)


def test_missing_values_become_zero_where_this_is_chosen(tmp_path, refused):
    holed = np.where(np.arange(24) < 12, np.nan, 5.0).reshape(2, 3, 4)
    preprocessing = fitted([holed, holed], scaling="none", missing_values="zero")
    np.testing.assert_array_equal(preprocessing.transform([holed])[0, ..., 0], np.nan_to_num(holed))
    scaled = fitted([holed, holed], missing_values="zero")
    np.testing.assert_allclose(scaled.transform([holed])[0, ..., 0], np.where(np.isnan(holed), -1, 1), atol=1e-6)
    scaled.save(tmp_path)
    assert VolumePreprocessing.load(tmp_path) == scaled
    with refused(DataError, file="scan 0", remedy="preprocessing.missing_values=zero"):
        fitted([holed, holed])


def test_nested_lists_and_three_axes_are_taken():
    volume = np.arange(24.0).reshape(2, 3, 4)
    preprocessing = fitted([volume[..., None], volume], scaling="none")
    np.testing.assert_array_equal(preprocessing.transform([volume.tolist()])[0, ..., 0], volume)


def test_what_was_learned_survives_saving(tmp_path):
    volumes = [noise(3, 4, 5, 2), noise(3, 4, 5, 2)]
    before = fitted(volumes)
    before.save(tmp_path)
    after = VolumePreprocessing.load(tmp_path)
    assert after == before and json.loads((tmp_path / "preprocessing.json").read_text())["size"] == [3, 4, 5]
    np.testing.assert_array_equal(after.transform(volumes), before.transform(volumes))
    assert after.spec(7).sizes == (3, 4, 5) and after.spec(7).channels == 2


@pytest.mark.parametrize(
    ("volume", "facts"),
    [
        (np.zeros((2, 3)), ("(2, 3)",)),
        ([[[1], [2, 3]]], ("array of numbers",)),
        (np.where(np.arange(24) == 0, np.nan, 1.0).reshape(2, 3, 4), ("nan", "(0, 0, 0)", "missing_values=zero")),
        (np.full((2, 3, 4), -3e38), ("-3e+38", "(0, 0, 0)")),
        (np.zeros((2, 3, 4, 2)), ("2 channels", "1")),
        ("text", ("array of numbers",)),
    ],
)
def test_what_is_no_such_volume_is_refused_by_name(refused, volume, facts):
    preprocessing = fitted([noise(2, 3, 4, 1)] * 2)
    for sample_ids in (None, ["volume 0"]):
        with refused(DataError, file="volume 0", mentions=facts):
            preprocessing.transform([volume], sample_ids)


def test_a_training_volume_of_other_channels_is_named(refused):
    with refused(DataError, file="scan 1", value=2, mentions=("2 channels", "1")):
        fitted([noise(2, 2, 2, 1), noise(2, 2, 2, 2)])


def test_a_size_of_two_numbers_is_refused(refused):
    remedy = "preprocessing.size=[depth,height,width]"
    with refused(ConfigError, key="preprocessing.size", value=[4, 4], remedy=remedy):
        fitted([noise(2, 2, 2, 1)] * 2, size=[4, 4])
