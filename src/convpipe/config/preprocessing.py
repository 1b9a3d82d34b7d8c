"""Settings of preprocessing, one class per modality, and of token vectors."""

from dataclasses import dataclass
from typing import ClassVar

from omegaconf import MISSING

from convpipe.config.schema import SettingsGroup, setting
from convpipe.errors import ConfigError


@dataclass
class PreprocessingSettings(SettingsGroup):
    """Settings of preprocessing, which is fitted on the training part only and stored with the classifier."""

    KEY: ClassVar[str] = "preprocessing"
    modality: str = setting(MISSING, "modality of the samples")


@dataclass
class SeriesPreprocessingSettings(PreprocessingSettings):
    """Preprocessing of series."""

    modality: str = "series"
    scaling: str = setting(
        "channel",
        "none; channel: by the mean and standard deviation of each channel over the training part; series: each "
        "channel of a series by its own mean and standard deviation (removes amplitude and gravity); both: channel "
        "and series together, with twice the channels (for small motion with large offsets)",
        choices=["none", "channel", "series", "both"],
    )
    missing_values: str = setting(
        "refuse",
        "missing values inside a series. refuse: raise an error; interpolate: fill them linearly",
        choices=["refuse", "interpolate"],
    )
    log_magnitude_channels: bool = setting(
        False, "add the log magnitude of each channel, for signals with a wide range"
    )


@dataclass
class TextPreprocessingSettings(PreprocessingSettings):
    """Preprocessing of texts: from characters to tokens."""

    modality: str = "text"
    tokenizer: str = setting("word", "unit of a token", choices=["word", "character", "subword"])
    lowercase: bool = setting(True, "convert letters to lower case before tokenization")
    numbers: str = setting(
        "keep",
        "keep: digits are unchanged; shape: every digit becomes 0, so that numbers of the same form are one token",
        choices=["keep", "shape"],
    )
    max_vocabulary: int = setting(50_000, "maximum size of the vocabulary, most frequent first", low=1, high=10_000_000)
    min_count: int = setting(1, "minimum occurrences of a token in the training part", low=1, high=1_000_000)
    max_length: int | None = setting(None, "maximum tokens per text; unset: 99% of the training texts fit", low=1)


@dataclass
class ImagePreprocessingSettings(PreprocessingSettings):
    """Preprocessing of images."""

    modality: str = "image"
    size: list[int] | None = setting(None, "[height,width] in pixels; unset: the most frequent size", low=2, high=4096)
    scaling: str = setting(
        "channel",
        "none: from 0 to 1; channel: by the mean and standard deviation of each channel over the training part",
        choices=["none", "channel"],
    )

    def __post_init__(self):
        super().__post_init__()
        if self.size is not None and len(self.size) != 2:
            message = f"preprocessing.size must be [height,width] in pixels, not {self.size}"
            raise ConfigError(message, key="preprocessing.size", value=self.size)


@dataclass
class VolumePreprocessingSettings(PreprocessingSettings):
    """Preprocessing of volumes."""

    modality: str = "volume"
    size: list[int] | None = setting(
        None, "[depth,height,width] in voxels; unset: the most frequent size", low=2, high=512
    )
    scaling: str = setting(
        "channel",
        "none; channel: by the mean and standard deviation of each channel over the training part; volume: each "
        "volume by its own mean and standard deviation",
        choices=["none", "channel", "volume"],
    )
    missing_values: str = setting(
        "refuse",
        "voxels without a value (NaN). refuse: raise an error; zero: set them to zero before scaling",
        choices=["refuse", "zero"],
    )


@dataclass
class SoundPreprocessingSettings(PreprocessingSettings):
    """Preprocessing of sound."""

    modality: str = "sound"
    seconds: float | None = setting(
        None, "length in seconds to cut or pad to; unset: that of the longest training recording", low=0.01
    )
    scaling: str = setting(
        "recording", "none; recording: by the root mean square of each recording", choices=["none", "recording"]
    )
    n_mels: int = setting(40, "mel bands of the log-mel spectrogram for Conv2D networks", low=4, high=512)
    frame_length: float = setting(0.032, "length of a spectrogram frame in seconds", low=0.001, high=1.0)
    hop_length: float = setting(0.010, "time from one frame to the next in seconds", low=0.0005, high=1.0)
    #: Relative to the mean power of a scaled recording. A higher floor hides the noise of rooms and microphones.
    power_floor: float = setting(1e-4, "power below which the spectrogram shows no differences", low=1e-12, high=1.0)


@dataclass
class Embedding(SettingsGroup):
    """Vectors of tokens."""

    KEY: ClassVar[str] = "embedding"
    name: str = setting(
        "random",
        "random: learned from random initial values; static: pretrained and frozen; fine_tuned: pretrained and then "
        "trained; multichannel: static and fine_tuned with the same kernels (Kim 2014); contextual: from a frozen "
        "sentence transformer; one_hot: one axis per token",
        choices=["random", "static", "fine_tuned", "multichannel", "contextual", "one_hot"],
    )
    dim: int = setting(128, "length of a learned vector (random)", low=1, high=4096)
    pretrained: list[str] = setting(
        ["glove"],
        "pretrained vectors: glove (6B, 50d), wordllama (256d), or the path of a word2vec, GloVe or fastText text "
        "file, or of an .npy file with a vocabulary next to it; several are concatenated",
    )
    layers: list[int] = setting([4, 5, 6], "transformer layers to concatenate (contextual)", low=1, high=6)
    dropout: float = setting(0.0, "fraction of the elements of a vector dropped in training", low=0.0, high=0.95)
    word_dropout: float = setting(0.0, "fraction of whole tokens dropped in training", low=0.0, high=0.95)

    def __post_init__(self):
        super().__post_init__()
        for key, example in (("pretrained", "embedding.pretrained=[glove]"), ("layers", "embedding.layers=[6]")):
            if not getattr(self, key):
                remedy = f"set at least one, as in {example}"
                raise ConfigError(f"embedding.{key} is empty", key=f"embedding.{key}", value=[], remedy=remedy)
