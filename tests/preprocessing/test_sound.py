"""Raw recordings to the array of a network: length, loudness, and every refusal by its facts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convpipe.config import Settings, SoundPreprocessingSettings
from convpipe.data.dataset import Subset
from convpipe.errors import DataError
from convpipe.input_spec import SpectrogramSpec
from convpipe.preprocessing.sound import SoundPreprocessing, as_sound


def ramp(steps):
    return np.arange(1, steps + 1, dtype="float32")[:, None]


def fitted(*steps, said=None, **settings) -> SoundPreprocessing:
    inputs = [ramp(count) for count in steps]
    train = Subset(inputs, np.zeros(len(inputs)), [f"row {i}" for i in range(len(inputs))], 100.0, "sound")
    lines = [] if said is None else said
    return SoundPreprocessing.fit(train, Settings(preprocessing=SoundPreprocessingSettings(**settings)), lines.append)


def test_the_longest_training_recording_decides_the_length():
    preprocessing = fitted(3, 7, 5, scaling="none")
    assert preprocessing.input_shape == (7, 1)
    found = preprocessing.transform([ramp(3), ramp(4), ramp(9)])[:, :, 0]
    assert found.tolist() == [[0, 0, 1, 2, 3, 0, 0], [0, 1, 2, 3, 4, 0, 0], [2, 3, 4, 5, 6, 7, 8]]


def test_seconds_decide_the_length_and_what_is_cut_is_said():
    said = []
    assert fitted(3, 9, said=said, seconds=0.04).steps == 4
    assert len(said) == 1 and "1 of 2" in said[0] and "0.04 s" in said[0]


def test_silent_recordings_are_said():
    said, inputs = [], [ramp(3), np.zeros((4, 1), "float32"), ramp(2)]
    train = Subset(inputs, np.zeros(3), ["x", "y", "z"], 100.0, "sound")
    SoundPreprocessing.fit(train, Settings(preprocessing=SoundPreprocessingSettings()), said.append)
    assert len(said) == 1 and "1 of 3" in said[0] and "such as y" in said[0]


@given(st.integers(1, 40), st.integers(1, 40))
def test_the_middle_stays_in_the_middle(steps, length):
    (row,) = fitted(length, scaling="none").transform([ramp(steps)])[:, :, 0]
    kept = row[row > 0]
    assert len(row) == length and len(kept) == min(steps, length)
    assert (np.diff(kept) == 1).all()
    before, after = np.flatnonzero(row)[0], length - 1 - np.flatnonzero(row)[-1]
    assert after - before in (0, 1)


def test_each_recording_has_the_same_loudness_before_it_is_padded():
    quiet, loud = ramp(6) / 100, ramp(4) * 3
    found = fitted(8).transform([quiet, loud, np.zeros((5, 1), "float32")])[:, :, 0].astype("float64")
    np.testing.assert_allclose((found**2).sum(axis=1), [6, 4, 0], rtol=1e-5)
    np.testing.assert_allclose(found[0, 1:7], quiet[:, 0] / np.sqrt((quiet**2).mean()), rtol=1e-5)


def test_a_network_may_see_the_wave_or_the_spectrogram():
    spec = fitted(50, n_mels=8, frame_length=0.2, hop_length=0.05).spec(3)
    assert (spec.sizes, spec.channels, spec.classes, spec.axes) == ((50,), 1, 3, (1, 2))
    assert spec.spectrogram == SpectrogramSpec(8, 20, 5, 100.0)


def test_nested_lists_and_flat_arrays_are_taken():
    preprocessing = fitted(3)
    lists, flat = preprocessing.transform([[[1.0], [2.0]]]), preprocessing.transform([np.array([1.0, 2.0])])
    np.testing.assert_array_equal(lists, flat)


def test_it_comes_back_from_its_folder(tmp_path):
    preprocessing = fitted(5, 6)
    preprocessing.save(tmp_path)
    assert SoundPreprocessing.load(tmp_path) == preprocessing


@pytest.mark.parametrize(
    ("values", "facts"),
    [
        ("wave", {"mentions": ("array of numbers",)}),
        ([], {"mentions": ("no steps",), "remedy": "remove"}),
        (np.zeros((5, 2)), {"value": (5, 2), "remedy": "channels"}),
        ([0.0, 0.0, np.nan], {"mentions": ("nan", "step 2")}),
        ([0.0, 1e300], {"value": np.inf, "mentions": ("step 1",)}),
    ],
)
def test_what_is_no_recording_is_refused(refused, values, facts):
    with refused(DataError, file="x", **facts):
        as_sound(values, "x")
    with refused(DataError, file="x", **facts):
        fitted(4).transform([values], ["x"])


def test_recordings_without_a_sampling_rate_are_refused(refused):
    train = Subset([ramp(3)], np.zeros(1), ["row 0"], None, "sound")
    with refused(DataError, remedy="sampling_rate"):
        SoundPreprocessing.fit(train, Settings(preprocessing=SoundPreprocessingSettings()))
