"""Raw series to the array of a network: scaling against NumPy, gaps, padding, and every refusal by its facts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convpipe.config import SeriesPreprocessingSettings, Settings
from convpipe.data.dataset import Subset
from convpipe.errors import DataError
from convpipe.preprocessing.series import SeriesPreprocessing, as_series


def fitted(inputs, **settings) -> SeriesPreprocessing:
    train = Subset(inputs, np.zeros(len(inputs)), [f"row {i}" for i in range(len(inputs))])
    return SeriesPreprocessing.fit(train, Settings(preprocessing=SeriesPreprocessingSettings(**settings)))


def some(*steps, channels=2, seed=0):
    random = np.random.default_rng(seed)
    return [random.normal(3, [1, 20][:channels], size=(count, channels)).astype("float32") for count in steps]


def test_scaling_by_channel_gives_mean_zero_and_deviation_one_over_the_training_part():
    train, others = some(5, 9, 4), some(7, seed=1)
    preprocessing = fitted(train, scaling="channel")
    scaled = preprocessing.transform(train)[np.arange(3)]
    joined = scaled[~np.isnan(scaled[:, :, 0])]
    np.testing.assert_allclose(joined.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(joined.std(axis=0), 1, rtol=1e-5)
    raw = np.concatenate(train).astype("float64")
    expected = (others[0] - raw.mean(axis=0)) / raw.std(axis=0)
    np.testing.assert_allclose(preprocessing.transform(others)[0], expected, rtol=1e-4, atol=1e-5)


def test_scaling_by_series_takes_each_by_itself():
    train = some(5, 9)
    scaled = fitted(train, scaling="series").transform(train)[np.arange(2)]
    for row, each in zip(scaled, train, strict=True):
        expected = (each - each.mean(axis=0)) / each.std(axis=0)
        np.testing.assert_allclose(row[: len(each)], expected, rtol=1e-4, atol=1e-5)


def test_scaling_by_both_puts_one_beside_the_other():
    train = some(5, 9)
    both = fitted(train, scaling="both")
    parts = [fitted(train, scaling=scaling).transform(train)[np.arange(2)] for scaling in ("channel", "series")]
    assert both.width == 4
    np.testing.assert_array_equal(both.transform(train)[np.arange(2)], np.concatenate(parts, axis=2))
    assert fitted(train, scaling="both", log_magnitude_channels=True).width == 6


@pytest.mark.parametrize("scaling", ["channel", "series", "both"])
def test_a_channel_that_stands_still_becomes_zero(scaling):
    train = [np.full((6, 1), 4.0), np.full((6, 1), 4.0)]
    np.testing.assert_array_equal(fitted(train, scaling=scaling).transform(train), 0)


def test_without_scaling_nothing_changes_but_the_padding():
    train = some(3, 5)
    padded = fitted(train, scaling="none").transform(train)[np.arange(2)]
    assert padded.shape == (2, 5, 2) and padded.dtype == np.float32
    np.testing.assert_array_equal(padded[0, :3], train[0])
    assert np.isnan(padded[0, 3:]).all() and not np.isnan(padded[1]).any()


@given(st.lists(st.integers(1, 12), min_size=1, max_size=6))
def test_what_was_fitted_says_how_many_steps_there_are(steps):
    preprocessing = fitted(some(*steps), scaling="none")
    assert (preprocessing.steps, preprocessing.shortest) == (max(steps), min(steps))
    assert preprocessing.masked == (len(set(steps)) > 1)


def test_one_channel_may_come_without_its_axis():
    preprocessing = fitted([np.arange(4.0), np.arange(4.0)], scaling="none")
    np.testing.assert_array_equal(preprocessing.transform([[5, 6]])[0], [[5], [6]])


def test_gaps_are_filled_by_lines_and_by_the_nearest_value_at_the_ends():
    holed = np.array([np.nan, 1, np.nan, np.nan, 4, np.nan])
    filled = fitted([holed], scaling="none", missing_values="interpolate").transform([holed])
    np.testing.assert_array_equal(filled[0, :, 0], [1, 1, 2, 3, 4, 4])


def test_what_was_saved_is_loaded(tmp_path):
    preprocessing = fitted(some(5, 9), scaling="channel")
    preprocessing.save(tmp_path)
    assert SeriesPreprocessing.load(tmp_path) == preprocessing


def with_value(value, step=2, channel=1):
    series = some(5)[0]
    series[step, channel] = value
    return series


@pytest.mark.parametrize(
    ("series", "missing_values", "facts"),
    [
        (
            with_value(np.nan),
            "refuse",
            {
                "key": "preprocessing.missing_values",
                "value": "refuse",
                "remedy": "preprocessing.missing_values=interpolate",
                "mentions": ("channel 1", "step 2"),
            },
        ),
        (with_value(np.inf), "refuse", {"mentions": ("infinity", "channel 1")}),
        (with_value(-np.inf), "interpolate", {"mentions": ("infinity", "channel 1")}),
        (np.full((3, 1), np.nan), "interpolate", {"mentions": ("missing", "channel 0")}),
        (np.zeros((0, 2)), "refuse", {"value": (0, 2), "mentions": ("(steps, channels)", "one step")}),
        (np.zeros((2, 2, 2)), "refuse", {"value": (2, 2, 2)}),
        (5.0, "refuse", {"value": ()}),
        ([["a"]], "refuse", {"mentions": ("array of numbers",)}),
        ([[1], [1, 2]], "refuse", {"mentions": ("array of numbers",)}),
    ],
)
@pytest.mark.parametrize("scaling", ["none", "channel", "series"])
def test_series_that_cannot_be_used_is_named(refused, series, missing_values, facts, scaling):
    with refused(DataError, file="row 0", **facts):
        fitted([series], scaling=scaling, missing_values=missing_values).transform([series], ["row 0"])


def test_wrong_number_of_channels_is_named(refused):
    preprocessing = fitted(some(5, 5))
    with refused(DataError, file="series 1", value=3, mentions=("3 channels", 2)):
        preprocessing.transform([some(5)[0], np.zeros((5, 3))])


def test_numbers_that_overflow_float32_are_refused_as_infinity(refused):
    with refused(DataError, file="x", mentions=("infinity", "channel 0")):
        fitted([np.zeros((3, 1))], scaling="none").transform([[1e39, 0]], ["x"])


@pytest.mark.parametrize("scaling", ["channel", "series"])
def test_a_signal_on_a_large_offset_survives_scaling(scaling):
    wave = np.sin(np.arange(50.0))[:, None]
    scaled = fitted([1e8 + wave], scaling=scaling).transform([1e8 + wave])[0]
    assert scaled.dtype == np.float32
    np.testing.assert_allclose(scaled, (wave - wave.mean()) / wave.std(), atol=1e-6)


def test_numbers_of_more_than_32_bits_stay_double():
    assert as_series([1, 2, 3], "x").dtype == np.float64 and as_series(np.ones(3, np.int16), "x").dtype == np.float32


def test_magnitude_adds_the_log_of_each_channels_size_beside_its_median():
    series = np.array([[1.0, 0.0], [-3.0, 2.0], [2.0, 2.0]], np.float32)
    preprocessing = fitted([series], scaling="none", log_magnitude_channels=True)
    expected = np.log(np.abs(series) / 2.0 + 0.02)
    assert preprocessing.width == 4
    np.testing.assert_allclose(preprocessing.transform([series])[0], np.concatenate([series, expected], 1), rtol=1e-5)


@given(
    st.sampled_from(["none", "channel", "series", "both"]),
    st.sampled_from([np.float32, np.float64]),
    st.integers(1, 3),
    st.integers(0, 2**32 - 1),
)
def test_series_together_are_prepared_as_each_alone(scaling, kind, channels, seed):
    random = np.random.default_rng(seed)
    inputs = [(random.normal(size=(9, channels)) * 10 + 3).astype(kind) for _ in range(70)]
    preprocessing = fitted(inputs, scaling=scaling)
    together = preprocessing.transform(inputs)
    assert together.dtype == np.float32
    assert np.array_equal(together, np.concatenate([preprocessing.transform([each]) for each in inputs]))


def test_one_bad_series_among_equal_ones_is_named(refused):
    inputs = [np.zeros((5, 2), np.float32) + number for number in range(4)]
    preprocessing = fitted(inputs)
    inputs[2][3, 1] = np.nan
    with refused(DataError, file="c", value="refuse", mentions=("channel 1", "step 3")):
        preprocessing.transform(inputs, ["a", "b", "c", "d"])
