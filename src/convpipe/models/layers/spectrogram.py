"""Sound as an image: the log-mel spectrogram, computed inside the network."""

from dataclasses import asdict

import numpy as np
from keras import layers, ops

from convpipe.errors import ConfigError
from convpipe.input_spec import SpectrogramSpec
from convpipe.models.layers.masking import register


@register
class LogMel(layers.Layer):
    """The log-mel spectrogram of a waveform; nothing in it is trained.

    Frames under a Hann window, the power of their discrete Fourier transform, its weighted means under triangles that
    are evenly spaced in mel from 0 Hz to half the sampling rate (mel = 2595 log10(1 + f / 700 Hz), O'Shaughnessy 1987,
    as in HTK), and log(1 + power / floor) of these. A frame is divided by the root of the window's energy, so that
    white noise of variance one has power one in every band; silence is exactly zero, like the padding of a network.

    The transform is a convolution with fixed cosines and sines instead of an FFT: for frames this short it costs
    little beside the network, runs on every backend and can be exported.

    Keras' MelSpectrogram is a little quicker, but has other bands; STFTSpectrogram is slower and stores its kernels.

    Args:
        n_mels: bands.
        frame_length: steps of a frame.
        hop_length: steps from one frame to the next.
        sampling_rate: steps a second in Hz.
        power_floor: power below which differences fade.

    Input: (batch, steps, 1) floating. Output: (batch, frames, mels, 1) float32, where frames is
    (steps - frame) // hop + 1.

    Raises:
        ConfigError: bands so narrow that some hold no frequency of the transform, or a frame longer than a recording.
    """

    #: For the arithmetic of costs: from here on positions are frames and bands.
    starts_anew = True

    def __init__(
        self, n_mels: int, frame_length: int, hop_length: int, sampling_rate: float, power_floor=1e-4, **kwargs
    ):
        super().__init__(**{"dtype": "float32", **kwargs})
        self.n_mels, self.frame_length, self.hop_length = n_mels, frame_length, hop_length
        self.sampling_rate, self.power_floor = sampling_rate, power_floor
        self.waves = fourier_kernels(frame_length)
        self.filters = mel_filters(n_mels, frame_length, sampling_rate)

    @classmethod
    def of(cls, spectrogram: SpectrogramSpec, name: str | None = None) -> "LogMel":
        """The layer for a spectrogram."""
        return cls(**asdict(spectrogram), name=name)

    def call(self, inputs):
        power = spectral_power(inputs, self.waves, self.hop_length)
        power = ops.matmul(power, ops.convert_to_tensor(self.filters))
        return ops.log1p(power / self.power_floor)[..., None]

    def compute_output_shape(self, input_shape):
        steps, rate = input_shape[1], self.sampling_rate
        if steps is not None and steps < self.frame_length:
            key, seconds, frame = "preprocessing.frame_length", steps / rate, self.frame_length / rate
            message = f"recordings of {seconds:g} s ({steps} steps) are shorter than a frame of the spectrogram, "
            message += f"{frame:g} s ({self.frame_length} steps)"
            remedy = f"set {key}={seconds:g} or less, or raise preprocessing.seconds"
            raise ConfigError(message, key=key, value=frame, remedy=remedy)
        frames = None if steps is None else (steps - self.frame_length) // self.hop_length + 1
        return (input_shape[0], frames, self.n_mels, 1)

    def multiply_adds(self, shape: tuple[int, ...]) -> int:
        """Of one sample (steps, 1): both parts of the transform, and the means under the triangles."""
        frames = self.compute_output_shape((None, *shape))[1]
        return frames * (self.waves.size + self.filters.size)


def spectral_power(waveform, waves: np.ndarray, hop_length: int):
    """The power of each frequency (batch, frames, frequencies) of a waveform (batch, steps, 1)."""
    cosine, sine = ops.split(ops.conv(waveform, ops.convert_to_tensor(waves), hop_length, "valid"), 2, axis=-1)
    return ops.square(cosine) + ops.square(sine)


def fourier_kernels(frame_length: int) -> np.ndarray:
    """(frame, 1, 2 * frequencies) float32: windowed cosines, then sines, of every frequency of a frame."""
    step, frequency = np.arange(frame_length)[:, None], np.arange(frame_length // 2 + 1)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * step / frame_length)
    angle = 2 * np.pi * (step * frequency % frame_length) / frame_length
    waves = np.concatenate([np.cos(angle), np.sin(angle)], axis=1) * window
    return (waves / np.sqrt(np.square(window).sum() or 1.0))[:, None].astype(np.float32)


def mel_filters(n_mels: int, frame_length: int, sampling_rate: float) -> np.ndarray:
    """(frequencies, mels) float32: the share of each frequency of a frame in each band; a band's shares add to one.

    Raises:
        ConfigError: a band so narrow that it holds no frequency.
    """
    frequency = np.arange(frame_length // 2 + 1) * sampling_rate / frame_length
    edges = mel_edges(n_mels, sampling_rate)
    low, middle, high = edges[:-2], edges[1:-1], edges[2:]
    rising = (frequency[:, None] - low) / (middle - low)
    falling = (high - frequency[:, None]) / (high - middle)
    triangles = np.maximum(np.minimum(rising, falling), 0)
    total = triangles.sum(axis=0)
    if not total.all():
        seconds, empty = frame_length / sampling_rate, np.sum(total == 0)
        key, remedy = "preprocessing.n_mels", "lower preprocessing.n_mels, or raise preprocessing.frame_length"
        message = f"{key}={n_mels} is too many for frames of {seconds:g} s: {empty} bands hold no frequency"
        raise ConfigError(message, key=key, value=n_mels, remedy=remedy)
    return (triangles / total).astype(np.float32)


def mel_edges(n_mels: int, sampling_rate: float) -> np.ndarray:
    """(mels + 2,) frequencies in Hz, evenly spaced in mel: band k rises from the k-th, peaks at the next and falls to
    the one after.

    >>> mel_edges(1, 2000.0).round().tolist()
    [0.0, 391.0, 1000.0]
    """
    highest = 2595 * np.log10(1 + sampling_rate / 2 / 700)
    return 700 * (10 ** (np.linspace(0, highest, n_mels + 2) / 2595) - 1)
