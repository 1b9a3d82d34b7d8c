"""Images of any size, type and depth to what a network takes."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convpipe import config, preprocessing
from convpipe.config import ImagePreprocessingSettings
from convpipe.data.dataset import Dataset
from convpipe.data.images.packaged import DigitsSettings
from convpipe.errors import ConfigError, DataError
from convpipe.models.conv2d.cnn2d import Cnn2dSettings
from convpipe.preprocessing.images import ImagePreprocessing, as_image, resized

SETTINGS = config.Settings(data=DigitsSettings(), model=Cnn2dSettings(), preprocessing=ImagePreprocessingSettings())
NAMES = [f"picture {number}" for number in range(20)]


def subset_of(images):
    labels = np.arange(len(images)) % 2
    dataset = Dataset(images, labels, ("a", "b"), NAMES[: len(images)], "", "", modality="image")
    return dataset.subset(np.arange(len(images)))


def fitted(images, report=lambda line: None, **prepare):
    return ImagePreprocessing.fit(
        subset_of(images), replace(SETTINGS, preprocessing=ImagePreprocessingSettings(**prepare)), report
    )


def noise(count=4, height=5, width=6, channels=3, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (count, height, width, channels), np.uint8)


def test_each_channel_is_scaled_by_its_mean_and_deviation_over_the_training_part():
    images = noise()
    expected = (images / 255 - (images / 255).mean((0, 1, 2))) / (images / 255).std((0, 1, 2))
    prepared = fitted(images).transform(images)
    assert prepared.dtype == np.float32 and prepared.shape == images.shape
    np.testing.assert_allclose(prepared, expected, atol=1e-5)


def test_images_that_do_not_fit_into_memory_are_refused_before_they_are_read(monkeypatch, refused):
    class Unread(list):
        def __iter__(self):
            raise AssertionError("read")

    prepared = fitted(noise(), size=[40, 50])
    monkeypatch.setattr("convpipe.memory.available", lambda: 4 * 40 * 50 * 3 * 4)
    prepared.transform(noise())
    with refused(
        DataError, key="preprocessing.size", remedy="preprocessing.size", mentions=("5 images", "40 x 50 x 3")
    ):
        prepared.transform(Unread([*noise(5)]))


def test_scaling_none_leaves_zero_to_one_and_a_flat_channel_stays_finite():
    images = noise()
    np.testing.assert_allclose(fitted(images, scaling="none").transform(images), images / 255, atol=1e-6)
    flat = np.full((2, 4, 4, 1), 200, np.uint8)
    assert not fitted(flat).transform(flat).any()


def test_every_image_counts_alike_whatever_its_size():
    dark, bright = np.zeros((2, 2, 1), np.uint8), np.full((20, 30, 1), 255, np.uint8)
    assert fitted([dark, bright]).mean == [0.5] and fitted([dark, bright]).deviation == [0.5]


def test_the_most_common_size_is_taken_and_said():
    lines = []
    some = [noise(1)[0], noise(1)[0], noise(1, 9, 9)[0]]
    learned = fitted(some, lines.append)
    assert learned.input_shape == (5, 6, 3) and learned.spec(4).sizes == (5, 6) and learned.spec(4).classes == 4
    assert "1 of 3 " in lines[0] and "5 x 6" in lines[0] and "preprocessing.size=" in lines[0]
    assert learned.transform(some).shape == (3, 5, 6, 3)
    assert fitted(some, lines.append, size=[7, 8]).input_shape == (7, 8, 3) and len(lines) == 1


def test_a_size_of_one_number_is_refused(refused):
    with refused(ConfigError, mentions=("preprocessing.size", "height", "width")):
        ImagePreprocessingSettings(size=[7])


def test_lists_floats_and_whole_numbers_give_the_same():
    images = noise(channels=1)
    learned = fitted(images)
    expected = learned.transform(images)
    for same in (images.tolist(), images.astype(float), images.astype(np.int64), images[..., 0], list(images)):
        np.testing.assert_array_equal(learned.transform(same), expected)


def test_images_of_16_bits_keep_their_precision_and_are_scaled_by_the_training_part():
    images = np.random.default_rng(0).integers(1000, 1200, (4, 5, 6, 1)).astype(np.uint16)
    expected = (images - images.mean()) / images.std()
    np.testing.assert_allclose(fitted(images).transform(images), expected, atol=1e-3)
    np.testing.assert_allclose(fitted(images, scaling="none").transform(images), images / 65535, atol=1e-7)


def test_small_values_of_16_bits_are_refused_where_training_had_8_bits(refused):
    image = noise(1)[0]
    with refused(DataError, file="image 0", value=int(image.max()), remedy="uint8"):
        fitted(noise()).transform([image.astype(np.uint16)])
    wide = (image * np.uint16(257)).astype(np.uint16)
    np.testing.assert_allclose(fitted(noise()).transform([wide]), fitted(noise()).transform([image]), atol=1e-5)


def test_a_gray_image_is_repeated_for_a_network_of_three_channels():
    learned = fitted(noise(), scaling="none")
    prepared = learned.transform([np.full((5, 6), 51, np.uint8)])
    np.testing.assert_allclose(prepared, np.full((1, 5, 6, 3), 0.2), atol=1e-6)
    mixed = fitted([noise(1)[0], noise(1)[0, :, :, :1]])
    assert mixed.channels == 3 and len(mixed.mean) == 3


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 12), st.integers(2, 12), st.integers(2, 12), st.integers(2, 12), st.integers(0, 255))
def test_a_flat_image_stays_flat_at_any_size(rows, columns, height, width, value):
    np.testing.assert_allclose(resized(np.full((rows, columns, 2), value), height, width), value, atol=1e-3)


def test_shrinking_averages_what_falls_together():
    stripes = np.tile(np.array([0, 255], np.uint8), (8, 8))[..., None]  # columns, dark and bright in turn
    small = resized(stripes, 4, 4)
    assert small.shape == (4, 4, 1) and np.abs(small[:, 1:-1] - 127.5).max() < 20  # picking pixels would give 0 or 255


@pytest.mark.parametrize(
    ("image", "facts"),
    [
        (np.zeros((1, 1, 3)), {"value": (1, 1), "mentions": ("1 x 1", "2 x 2")}),
        (np.zeros((5, 6, 2)), {"value": 2, "mentions": ("2 channels", "3")}),
        (np.zeros((5, 6, 4), np.uint8), {"value": 4, "mentions": ("4 channels", "3")}),
        (np.zeros((0, 6, 3)), {"value": (0, 6, 3)}),
        (np.zeros(7), {"value": (7,)}),
        ([], {"value": (0,)}),
        (np.zeros((2, 2, 2, 3)), {"value": (2, 2, 2, 3)}),
        ([["a", "b"], ["c", "d"]], {"mentions": ("array of numbers",)}),
        ([["1", "2"], ["3", "4"]], {"mentions": ("array of numbers",)}),
        ([[1, 2], [3]], {"mentions": ("array of numbers",)}),
        (None, {"mentions": ("array of numbers",)}),
        (np.full((5, 6, 3), np.nan), {"mentions": ("missing",)}),
        (np.full((5, 6, 3), np.inf), {"mentions": ("infinite",)}),
        (np.full((5, 6, 3), 256.0), {"value": (256, 256)}),
        (np.full((5, 6, 3), -1), {"value": (-1, -1)}),
        (np.full((5, 6, 3), 0.5), {"value": (0.5, 0.5), "remedy": "255"}),
        (np.full((5, 6, 3), True), {"value": (1, 1), "remedy": "255"}),
    ],
)
def test_what_is_no_image_is_named(refused, image, facts):
    learned = fitted(noise())
    for sample_ids in (None, ["image 0"]):
        with refused(DataError, file="image 0", **facts):
            learned.transform([image], sample_ids)


def test_a_training_image_of_other_channels_is_named(refused):
    with refused(DataError, file="picture 1", value=2):
        fitted([noise(1)[0], noise(1, channels=2)[0]])


def test_what_was_learned_is_kept(tmp_path):
    learned = fitted(noise())
    learned.save(tmp_path)
    again = preprocessing.module_of("image").load(tmp_path)
    assert again == learned
    np.testing.assert_array_equal(again.transform(noise(seed=1)), learned.transform(noise(seed=1)))


def test_bytes_are_not_copied():
    image = noise(1)[0]
    assert as_image(image, "x") is image
