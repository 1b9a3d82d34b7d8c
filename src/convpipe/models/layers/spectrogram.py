"""The log-mel spectrogram of sound, computed inside the network."""

from dataclasses import asdict

import numpy as np
from keras import layers, ops

from convpipe.errors import ConfigError
from convpipe.input_spec import SpectrogramSpec
from convpipe.models.layers.masking import register


@register
class LogMel(layers.Layer):
    """The log-mel spectrogram of a waveform; nothing in it is trained.

    The layer computes the power of the discrete Fourier transform of frames with a Hann window, averages it over
    triangular bands, and returns log(1 + power / power_floor). The bands are evenly spaced in mel from 0 Hz to half the
    sampling rate (mel = 2595 log10(1 + f / 700 Hz), O'Shaughnessy 1987, as in HTK). A frame is divided by the root of
    the window's energy, so that white noise of variance one has power one in every band. Silence is exactly zero, like
    the padding of a network.

    The transform is a convolution with fixed cosines and sines instead of an FFT. For frames this short, it takes
    little time compared with the network, runs on every backend and can be exported.

    Keras' MelSpectrogram is slightly faster, but has other bands; STFTSpectrogram is slower and stores its kernels.

    Args:
        n_mels: number of bands.
        frame_length: steps of a frame.
        hop_length: steps from one frame to the next.
        sampling_rate: steps per second in Hz.
        power_floor: power below which outputs hardly differ.

    Input: (batch, steps, 1) floating. Output: (batch, frames, n_mels, 1) float32, where frames is
    (steps - frame_length) // hop_length + 1.

    Raises:
        ConfigError: a band is so narrow that it contains no frequency, or a frame is longer than a recording.
    """

    #: For the arithmetic of costs: the positions of the output are frames and bands.
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
        """Return the layer for a spectrogram specification."""
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
        """Multiply-adds for one sample of `shape` (steps, 1): cosines, sines and bands."""
        frames = self.compute_output_shape((None, *shape))[1]
        return frames * (self.waves.size + self.filters.size)


def spectral_power(waveform, waves: np.ndarray, hop_length: int):
    """Return the power of each frequency (batch, frames, frequencies) of a waveform (batch, steps, 1)."""
    cosine, sine = ops.split(ops.conv(waveform, ops.convert_to_tensor(waves), hop_length, "valid"), 2, axis=-1)
    return ops.square(cosine) + ops.square(sine)


def fourier_kernels(frame_length: int) -> np.ndarray:
    """Return windowed cosines, then sines, of all frequencies: (frame_length, 1, 2 * frequencies) float32."""
    step, frequency = np.arange(frame_length)[:, None], np.arange(frame_length // 2 + 1)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * step / frame_length)
    angle = 2 * np.pi * (step * frequency % frame_length) / frame_length
    waves = np.concatenate([np.cos(angle), np.sin(angle)], axis=1) * window
    return (waves / np.sqrt(np.square(window).sum() or 1.0))[:, None].astype(np.float32)


def mel_filters(n_mels: int, frame_length: int, sampling_rate: float) -> np.ndarray:
    """Return the weight of each frequency in each band (frequencies, n_mels) float32; the weights of a band sum to one.

    Raises:
        ConfigError: a band is so narrow that it contains no frequency.
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
        message = f"{key}={n_mels} is too many for frames of {seconds:g} s: {empty} bands contain no frequency"
        raise ConfigError(message, key=key, value=n_mels, remedy=remedy)
    return (triangles / total).astype(np.float32)


def mel_edges(n_mels: int, sampling_rate: float) -> np.ndarray:
    """Return frequencies (n_mels + 2,) in Hz, evenly spaced in mel: band k begins at the k-th, peaks at the next and
    ends at the one after.

    >>> mel_edges(1, 2000.0).round().tolist()
    [0.0, 391.0, 1000.0]
    """
    highest = 2595 * np.log10(1 + sampling_rate / 2 / 700)
    return 700 * (10 ** (np.linspace(0, highest, n_mels + 2) / 2595) - 1)
