"""Settings of sound: where it is read, how it is prepared, its spectrogram, and the model made for the waveform."""

from dataclasses import dataclass

from omegaconf import MISSING

from convpipe.config.data import PATTERN, Data, Preprocessing
from convpipe.config.models import Model
from convpipe.settings import setting


@dataclass
class AudioFolder(Data):
    """The reader's own wav files: a folder a class, or the class in the file name."""

    name: str = "audio_folder"
    reader: str = "audio_folder"
    path: str = setting(MISSING, "folder of the wav files, or of a folder a class")
    pattern: str | None = setting(None, PATTERN)
    sampling_rate: float | None = setting(
        None, "samples a second (Hz) that every file is resampled to; none: that of most files", low=100, high=400_000
    )


@dataclass
class PrepareSound(Preprocessing):
    """How a recording is prepared."""

    kind: str = "sound"
    seconds: float | None = setting(
        None, "length that every recording is cut or padded to; none: the longest of the training part", low=0.01
    )
    scaling: str = setting(
        "recording", "none; recording: each by its own root mean square", choices=["none", "recording"]
    )
    mels: int = setting(40, "bands of the log-mel spectrogram that a Conv2D network sees", low=4, high=512)
    frame: float = setting(0.032, "length of a frame of the spectrogram in seconds", low=0.001, high=1.0)
    hop: float = setting(0.010, "time from one frame to the next in seconds", low=0.0005, high=1.0)
    floor: float = setting(
        1e-4,
        "power below which differences fade in the spectrogram, beside the recording's mean (where it is scaled): "
        "higher hides the noise of rooms and microphones",
        low=1e-12,
        high=1.0,
    )


@dataclass
class M5(Model):
    """A very deep network on the waveform, its small one (Dai et al. 2017)."""

    name: str = "m5"
    filters: list[int] = setting([32, 32, 64, 64], "filters of each convolution", low=1, high=4096)
    kernel_size: int = setting(80, "kernel size of the first convolution in steps", low=1, high=1024)
    strides: int = setting(4, "stride of the first convolution in steps", low=1, high=64)
    dropout: float = setting(0.0, "share of features dropped before the output", low=0.0, high=0.95)


DATA = {"audio_folder": AudioFolder}
PREPARE = {"sound": PrepareSound}
MODELS = {"m5": M5}
