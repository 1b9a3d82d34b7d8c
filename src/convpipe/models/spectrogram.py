"""Sound as a picture: the log-mel spectrogram, computed inside the network."""

from dataclasses import asdict

import numpy as np
from keras import layers, ops

from convpipe.errors import ConfigError
from convpipe.models import Spectrogram
from convpipe.models.blocks import register


@register
class LogMel(layers.Layer):
    """The log-mel spectrogram of a waveform; nothing in it is trained.

    Frames under a Hann window, the power of their discrete Fourier transform, its weighted means under triangles that
    are evenly spaced in mel from 0 Hz to half the sampling rate (mel = 2595 log10(1 + f / 700 Hz), O'Shaughnessy 1987,
    as in HTK), and log(1 + power / floor) of these. A frame is divided by the root of the window's energy, so that
    white noise of variance one has power one in every band; silence is exactly zero, like the padding of a network.

    The transform is a convolution with fixed cosines and sines instead of an FFT: for frames this short it costs
    little beside the network, runs on every backend and can be exported.

    Args:
        mels: bands.
        frame: steps of a frame.
        hop: steps from one frame to the next.
        sampling_rate: steps a second in Hz.
        floor: power below which differences fade.

    Input: (batch, steps, 1) floating. Output: (batch, frames, mels, 1) float32, where frames is
    (steps - frame) // hop + 1.

    Raises:
        ConfigError: bands so narrow that some hold no frequency of the transform, or a frame longer than a recording.
    """

    def __init__(
        self, mels: int, frame: int, hop: int, sampling_rate: float, floor: float = 1e-4, dtype="float32", **kwargs
    ):
        super().__init__(dtype=dtype, **kwargs)
        self.mels, self.frame, self.hop = int(mels), int(frame), int(hop)
        self.sampling_rate, self.floor = float(sampling_rate), float(floor)
        self.starts_anew = True  # from here on positions are frames and bands
        self.waves = fourier_kernels(self.frame)
        self.filters = mel_filters(self.mels, self.frame, self.sampling_rate)

    @classmethod
    def of(cls, spectrogram: Spectrogram, name: str | None = None) -> "LogMel":
        """The layer for a spectrogram."""
        return cls(**asdict(spectrogram), name=name)

    def call(self, inputs):
        both = ops.conv(inputs, ops.convert_to_tensor(self.waves), self.hop, "valid")
        cosine, sine = ops.split(both, 2, axis=-1)
        power = ops.matmul(ops.square(cosine) + ops.square(sine), ops.convert_to_tensor(self.filters))
        return ops.log1p(power / self.floor)[..., None]

    def compute_output_shape(self, input_shape):
        steps = input_shape[1]
        if steps is not None and steps < self.frame:
            raise ConfigError(f"a frame of {self.frame} steps in recordings of {steps}; lower preprocessing.frame")
        frames = None if steps is None else (steps - self.frame) // self.hop + 1
        return (input_shape[0], frames, self.mels, 1)

    def multiply_adds(self, shape: tuple[int, ...]) -> int:
        """Of one sample (steps, 1): both parts of the transform, and the means under the triangles."""
        frames = self.compute_output_shape((None, *shape))[1]
        return frames * (self.waves.size + self.filters.size)

    def get_config(self):
        own = {"mels": self.mels, "frame": self.frame, "hop": self.hop}
        return {**super().get_config(), **own, "sampling_rate": self.sampling_rate, "floor": self.floor}

    @classmethod
    def from_config(cls, config):
        config.setdefault("floor", config.pop("epsilon", 1e-4))  # its name in older files
        return cls(**config)


def fourier_kernels(frame: int) -> np.ndarray:
    """(frame, 1, 2 * frequencies) float32: windowed cosines, then sines, of every frequency of a frame."""
    step, frequency = np.arange(frame)[:, None], np.arange(frame // 2 + 1)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * step / frame)
    angle = 2 * np.pi * (step * frequency % frame) / frame
    waves = np.concatenate([np.cos(angle), np.sin(angle)], axis=1) * window
    return (waves / np.sqrt(np.square(window).sum() or 1.0))[:, None].astype(np.float32)


def mel_filters(mels: int, frame: int, sampling_rate: float) -> np.ndarray:
    """(frequencies, mels) float32: the share of each frequency of a frame in each band; a band's shares add to one.

    Raises:
        ConfigError: a band so narrow that it holds no frequency.
    """
    frequency = np.arange(frame // 2 + 1) * sampling_rate / frame
    edges = mel_edges(mels, sampling_rate)
    low, middle, high = edges[:-2], edges[1:-1], edges[2:]
    rising = (frequency[:, None] - low) / (middle - low)
    falling = (high - frequency[:, None]) / (high - middle)
    triangles = np.maximum(np.minimum(rising, falling), 0)
    total = triangles.sum(axis=0)
    if not total.all():
        raise ConfigError(
            f"preprocessing.mels={mels} is too many for frames of {frame / sampling_rate:g} s: {np.sum(total == 0)} "
            "bands hold no frequency; lower it, or raise preprocessing.frame"
        )
    return (triangles / total).astype(np.float32)


def mel_edges(mels: int, sampling_rate: float) -> np.ndarray:
    """(mels + 2,) frequencies in Hz, evenly spaced in mel: band k rises from the k-th, peaks at the next and falls to
    the one after.

    >>> mel_edges(1, 2000.0).round().tolist()
    [0.0, 391.0, 1000.0]
    """
    highest = 2595 * np.log10(1 + sampling_rate / 2 / 700)
    return 700 * (10 ** (np.linspace(0, highest, mels + 2) / 2595) - 1)
