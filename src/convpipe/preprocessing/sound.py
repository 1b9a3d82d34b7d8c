"""Raw recordings to the input of a network: length and loudness."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from convpipe import config
from convpipe.data.dataset import Subset
from convpipe.errors import DataError
from convpipe.input_spec import InputSpec, SpectrogramSpec
from convpipe.preprocessing import OneShapePreprocessing
from convpipe.preprocessing.series import as_floats


@dataclass
class SoundPreprocessing(OneShapePreprocessing):
    """Length and scaling of recordings, fitted on a training part.

    Args:
        scaling: as in `config.SoundPreprocessingSettings`.
        steps: steps of every prepared recording, which is cut or padded.
        sampling_rate: steps per second in Hz.
        n_mels: mel bands of the spectrogram, the input of networks with two kernel axes.
        frame_length: steps per frame of the spectrogram.
        hop_length: steps between the starts of consecutive frames.
        power_floor: power below which differences fade in the spectrogram.
    """

    modality: ClassVar[str] = "sound"
    size_key: ClassVar[str] = "preprocessing.seconds"

    scaling: str
    steps: int
    sampling_rate: float
    n_mels: int
    frame_length: int
    hop_length: int
    power_floor: float = 1e-4

    @classmethod
    def fit(cls, train: Subset, settings: config.Settings, report: Callable[[str], None] = print) -> Self:
        """Learn the number of steps from the training part, arrays (steps, 1) at its sampling rate."""
        prepare, rate = settings.preprocessing, train.sampling_rate
        assert isinstance(prepare, config.SoundPreprocessingSettings)
        if rate is None:
            raise DataError("the recordings have no sampling rate", remedy="give the Dataset a sampling_rate")
        lengths, silent = np.empty(len(train), np.int64), []
        for row, each in enumerate(train.inputs):
            lengths[row] = len(each)
            if not np.any(each):
                silent.append(train.sample_ids[row])
        if silent:
            report(f"warning: {len(silent)} of {len(train)} training recordings are silent, such as {silent[0]}")
        steps = max(1, round(prepare.seconds * rate)) if prepare.seconds else int(lengths.max())
        if cut := np.count_nonzero(lengths > steps):
            report(f"{cut} of {len(lengths)} training recordings exceed {steps / rate:g} s and are cut to their middle")
        frame, hop = (max(1, round(seconds * rate)) for seconds in (prepare.frame_length, prepare.hop_length))
        return cls(prepare.scaling, steps, float(rate), prepare.n_mels, frame, hop, prepare.power_floor)

    def spec(self, classes: int) -> InputSpec:
        return InputSpec((self.steps,), 1, classes, masked=False, spectrogram=self.spectrogram)

    @property
    def spectrogram(self) -> SpectrogramSpec:
        """The spectrogram for networks with two kernel axes."""
        return SpectrogramSpec(self.n_mels, self.frame_length, self.hop_length, self.sampling_rate, self.power_floor)

    @property
    def input_shape(self) -> tuple[int, ...]:
        return self.steps, 1

    def prepared(self, values: Any, sample_id: str) -> np.ndarray:
        """Cut or pad a recording of any length at `sampling_rate`, (steps, 1) or (steps,), around its middle."""
        sound = as_sound(values, sample_id)
        start = max(0, (len(sound) - self.steps) // 2)
        middle = sound[start : start + self.steps]
        if self.scaling == "recording":  # before padding, so that short recordings do not become louder
            loudness = np.sqrt(np.mean(np.square(middle, dtype=np.float64)))
            middle = (middle / (loudness if loudness > 1e-9 else 1.0)).astype(np.float32)
        padding = self.steps - len(middle)
        return np.pad(middle, ((padding // 2, padding - padding // 2), (0, 0)))


def as_sound(values, sample_id: str) -> np.ndarray:
    """Return `values` as (steps, 1) float32; (steps,) gets one channel.

    Raises:
        DataError: values that are not numbers, no steps, more than one channel, or values that are not finite.
    """
    sound = as_floats(values, "(steps, 1)", sample_id)
    if sound.ndim == 2 and not len(sound):
        raise DataError("no steps", file=sample_id, value=sound.shape, remedy="remove the recording")
    if sound.ndim != 2 or sound.shape[1] != 1:
        message = f"shape {sound.shape}, but a recording is (steps, 1)"
        raise DataError(message, file=sample_id, value=sound.shape, remedy="mix several channels down to one first")
    if not np.isfinite(sound).all():
        step = int(np.argmin(np.isfinite(sound[:, 0])))
        value = float(sound[step, 0])
        raise DataError(f"{value} at step {step}", file=sample_id, value=value, remedy="correct the recording")
    return sound


fit, load = SoundPreprocessing.fit, SoundPreprocessing.load
