"""The log-mel layer against the FFT of NumPy, and known properties of spectrograms."""

import keras
import numpy as np
from scipy.signal import get_window

from convpipe.cost.model_cost import model_cost
from convpipe.errors import ConfigError
from convpipe.input_spec import InputSpec, SpectrogramSpec
from convpipe.models import build
from convpipe.models.conv2d.cnn2d import Cnn2dSettings
from convpipe.models.layers import import_all
from convpipe.models.layers.spectrogram import LogMel
from convpipe.models.layers.stem import build_input

SEEN = SpectrogramSpec(n_mels=10, frame_length=64, hop_length=24, sampling_rate=4000.0)


def oracle(wave, n_mels, frame_length, hop_length, rate, power_floor=1e-4):
    """Compute the spectrogram (frames, mels) by FFT; a band is interpolated linearly between its three frequencies."""
    window = get_window("hann", frame_length)
    frames = np.lib.stride_tricks.sliding_window_view(wave.astype("float64"), frame_length)[::hop_length] * window
    power = np.abs(np.fft.rfft(frames)) ** 2 / (window**2).sum()
    corners = 700 * (10 ** (np.linspace(0, 2595 * np.log10(1 + rate / 1400), n_mels + 2) / 2595) - 1)
    frequencies = np.fft.rfftfreq(frame_length, 1 / rate)
    triangles = [np.interp(frequencies, corners[i : i + 3], [0, 1, 0]) for i in range(n_mels)]
    return np.log(1 + np.stack([power @ each / each.sum() for each in triangles], axis=1) / power_floor)


def noise(steps, count=3):
    return np.random.default_rng(0).normal(size=(count, steps, 1)).astype("float32")


def seen(waves):
    return np.asarray(LogMel.of(SEEN)(waves))


def test_the_spectrogram_equals_numpy():
    waves = noise(400)
    found = seen(waves)
    assert found.shape == (3, 15, 10, 1)
    for picture, wave in zip(found[..., 0], waves[..., 0], strict=True):
        np.testing.assert_allclose(picture, oracle(wave, 10, 64, 24, 4000), rtol=1e-4, atol=1e-4)


def test_an_odd_frame_length_is_correct():
    layer, (wave,) = LogMel(6, 51, 10, 4000.0), noise(120, 1)
    np.testing.assert_allclose(
        np.asarray(layer(wave[None]))[0, ..., 0], oracle(wave[:, 0], 6, 51, 10, 4000), rtol=1e-4, atol=1e-4
    )


def test_a_tone_is_strongest_in_the_band_of_its_frequency():
    tone = np.sin(2 * np.pi * 1000 * np.arange(400) / 4000)[None, :, None].astype("float32")
    edges = np.linspace(0, 2595 * np.log10(1 + 2000 / 700), 12)
    nearest = np.abs(edges[1:-1] - 2595 * np.log10(1 + 1000 / 700)).argmin()
    assert (seen(tone)[0, :, :, 0].argmax(axis=1) == nearest).all()


def test_silence_is_zero_and_white_noise_has_power_one():
    assert not seen(np.zeros((1, 100, 1), "float32")).any()
    power = 1e-4 * np.expm1(seen(noise(40_000, 1)).astype("float64"))
    np.testing.assert_allclose(power.mean(axis=1).ravel()[1:-1], 1, atol=0.1)


def test_the_spectrogram_has_no_weights():
    layer = LogMel.of(SEEN)
    layer(noise(100))
    assert layer.weights == []


def test_it_is_the_input_of_networks_of_two_axes_and_can_be_saved(tmp_path):
    import_all()
    inputs, outputs = build_input(InputSpec((400,), 1, 2, spectrogram=SEEN), axes=2)
    network = keras.Model(inputs, outputs)
    network.save(tmp_path / "network.keras")
    again = keras.models.load_model(tmp_path / "network.keras")
    assert again.layers[-1].get_config() == network.layers[-1].get_config()
    np.testing.assert_array_equal(np.asarray(again(noise(400))), np.asarray(network(noise(400))))


def test_its_cost_is_known_and_positions_are_counted_from_its_output():
    inputs, outputs = build_input(InputSpec((400,), 1, 2, spectrogram=SEEN), axes=2)
    network = keras.Model(inputs, keras.layers.Conv2D(2, 3, name="after")(outputs))
    cost = model_cost(network, (400, 1))
    transform, bands, convolution = 15 * 64 * 2 * 33, 15 * 33 * 10, 13 * 8 * 9 * 2
    assert cost.multiply_adds == transform + bands + convolution
    assert cost.rows[-1].receptive_field == (3, 3) and not cost.uncounted


def test_settings_with_empty_bands_or_no_frames_are_refused(refused):
    with refused(ConfigError, key="preprocessing.n_mels", value=60, mentions=("0.016 s", "bands")):
        LogMel(60, 64, 24, 4000.0)
    key, remedy = "preprocessing.frame_length", "preprocessing.frame_length=0.01575"
    with refused(ConfigError, key=key, value=0.016, remedy=remedy, mentions=("0.01575 s", "0.016 s")):
        build_input(InputSpec((63,), 1, 2, spectrogram=SEEN), axes=2)
    with refused(ConfigError, key=key, value=0.016, remedy=remedy, mentions=(64, 63)):
        LogMel.of(SEEN).compute_output_shape((None, 63, 1))


def test_a_network_that_is_too_deep_for_the_spectrogram_is_refused(refused):
    remedy = "preprocessing.hop_length"
    with refused(ConfigError, key="model", value="cnn2d", remedy=remedy, mentions=("0.03 s",)):
        build(Cnn2dSettings(), InputSpec((120,), 1, 2, masked=False, spectrogram=SEEN))
