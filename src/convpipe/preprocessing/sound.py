"""Raw recordings to the array that a network takes: length and loudness."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from convpipe import config
from convpipe.data.samples import Part
from convpipe.errors import DataError
from convpipe.models import Shape, Spectrogram
from convpipe.preprocessing import Preprocessing, named


@dataclass
class SoundPreprocessing(Preprocessing):
    """Length and scaling of recordings, as fitted on a training part.

    Args:
        scaling: as in `config.PrepareSound`.
        steps: that every recording is cut or padded to.
        sampling_rate: steps a second in Hz.
        mels: bands of the spectrogram that a network for images sees.
        frame: steps of a frame of the spectrogram.
        hop: steps from one frame to the next.
        floor: power below which differences fade in the spectrogram.
    """

    kind = "sound"

    scaling: str
    steps: int
    sampling_rate: float
    mels: int
    frame: int
    hop: int
    floor: float = 1e-4

    @classmethod
    def fit(cls, train: Part, settings: config.Settings, report: Callable[[str], None] = print) -> "SoundPreprocessing":
        """Learn the number of steps from the training part: (steps, 1) arrays at its sampling rate."""
        prepare, rate = settings.preprocessing, train.sampling_rate
        lasting = np.array([len(each) for each in train.inputs])
        steps = max(1, round(prepare.seconds * rate)) if prepare.seconds else int(lasting.max())
        cut = int(np.count_nonzero(lasting > steps))
        if cut:
            report(
                f"{cut} of {len(lasting)} training recordings last longer than {steps / rate:g} s: their middle stays"
            )
        frame, hop = (max(1, round(seconds * rate)) for seconds in (prepare.frame, prepare.hop))
        return cls(prepare.scaling, steps, float(rate), prepare.mels, frame, hop, prepare.floor)

    def shape(self, classes: int) -> Shape:
        return Shape((self.steps,), 1, classes, masked=False, spectrogram=self.spectrogram)

    @property
    def spectrogram(self) -> Spectrogram:
        """What a network for images sees."""
        return Spectrogram(self.mels, self.frame, self.hop, self.sampling_rate, self.floor)

    @property
    def input_shape(self) -> tuple[int, ...]:
        return self.steps, 1

    def check(self, inputs: Sequence, origins: Sequence[str]) -> None:
        for each, origin in zip(inputs, origins, strict=True):
            as_sound(each, origin)

    def transform(self, inputs: Sequence, origins: Sequence[str] | None = None) -> np.ndarray:
        """The array for the network.

        Args:
            inputs: n recordings at `sampling_rate`, (steps, 1) or (steps,) each, of any number of steps.
            origins: what to call each in an error; its number by default.

        Returns:
            (n, steps, 1) float32.

        Raises:
            DataError: not a recording of one channel, or values that are not finite.
        """
        origins = named(self.kind, len(inputs)) if origins is None else origins
        prepared = np.zeros((len(inputs), self.steps, 1), np.float32)
        for row, each, origin in zip(prepared, inputs, origins, strict=True):
            sound = as_sound(each, origin)
            start = max(0, (len(sound) - self.steps) // 2)
            kept = self._scaled(sound[start : start + self.steps])
            before = (self.steps - len(kept)) // 2
            row[before : before + len(kept)] = kept
        return prepared

    def _scaled(self, sound: np.ndarray) -> np.ndarray:
        """Before the padding, so that a short recording is no louder than a long one."""
        if self.scaling == "none":
            return sound
        loudness = np.sqrt(np.mean(np.square(sound, dtype=np.float64)))
        return (sound / (loudness if loudness > 1e-9 else 1.0)).astype(np.float32)


def as_sound(values, origin: str) -> np.ndarray:
    """`values` as (steps, 1) float32; (steps,) becomes one channel.

    Raises:
        DataError: not numbers, no steps, more than one channel, or values that are not finite.
    """
    try:
        with np.errstate(over="ignore"):  # what is too large becomes infinity, which is refused by name
            sound = np.asarray(values, dtype=np.float32)
    except (TypeError, ValueError):
        raise DataError(f"{origin}: not an array of numbers of shape (steps, 1)") from None
    sound = sound[:, None] if sound.ndim == 1 else sound
    if sound.ndim == 2 and not len(sound):
        raise DataError(f"{origin}: no steps; take it away")
    if sound.ndim != 2 or sound.shape[1] != 1:
        raise DataError(
            f"{origin}: shape {sound.shape}, but a recording is (steps, 1); mix several channels down first"
        )
    if not np.isfinite(sound).all():
        step = int(np.argmin(np.isfinite(sound[:, 0])))
        raise DataError(f"{origin}: a value that is not finite in step {step}; mend the recording")
    return sound
