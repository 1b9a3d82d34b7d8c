"""Settings of the data: what is read, how it is cut, prepared and changed at random."""

from dataclasses import dataclass
from typing import ClassVar

from omegaconf import MISSING

from convpipe.errors import ConfigError
from convpipe.settings import Group, setting


@dataclass
class Data(Group):
    """What every data set has, whatever its reader."""

    KEY: ClassVar[str] = "data"
    name: str = setting(MISSING, "short name of the data set, in results and in the tracking store")
    reader: str = setting(MISSING, "the reader, a row of convpipe.data.READERS")


@dataclass
class Watch(Data):
    """Smartwatch recordings of shoulder exercises (packaged with seglearn)."""

    reader: str = "watch"
    mirror: bool = setting(True, "recordings of the right arm are mirrored, so that they look like the left's")


@dataclass
class Archive(Data):
    """A data set of the UCR/UEA archive inside a pinned package, with its official split."""

    reader: str = "archive"
    archive_name: str = setting(MISSING, "the archive's own name, such as GunPoint")
    package: str = setting("aeon", "the pinned package that carries it", choices=["aeon", "sktime"])


@dataclass
class TsFiles(Data):
    """The reader's own files in the archive's .ts format."""

    name: str = "ts_files"
    reader: str = "ts_files"
    train: str = setting(MISSING, "path of the .ts file to train on")
    test: str | None = setting(None, "path of the .ts file of the test part; none: cut from the training file")


PATTERN = (
    "regular expression on the file name with the groups label and, if wanted, group (a person) and test (any text "
    "there marks the test part); none: a folder a class"
)


@dataclass
class CsvFolder(Data):
    """The reader's own recordings, a CSV file each: a row is a step, a column a channel."""

    name: str = "csv_folder"
    reader: str = "csv_folder"
    path: str = setting(MISSING, "folder of the CSV files, or of a folder a class")
    pattern: str | None = setting(None, PATTERN)
    columns: list[str] | None = setting(
        None, "columns that are read, by name, or by number from 0 where there is no header; none: all"
    )
    separator: str | None = setting(
        None, "what separates columns; none: the semicolon, tab or comma that is most frequent in the first line"
    )
    decimal: str = setting(".", "what stands before decimals", choices=[".", ","])
    header: bool | None = setting(
        None, "whether the first row holds names; none: where it holds no number but, perhaps, those of the columns"
    )
    sampling_rate: float | None = setting(None, "rows a second (Hz); windows need it", low=1e-6)

    def __post_init__(self):
        super().__post_init__()
        if self.separator is not None and len(self.separator.replace("\\t", "\t")) != 1:
            raise ConfigError(f"data.separator={self.separator!r} must be one character, or \\t for a tab")


@dataclass
class Window(Group):
    """How long recordings are cut into windows, before anything is split."""

    KEY: ClassVar[str] = "window"
    seconds: float | None = setting(None, "length of a window in seconds; none: a recording is a sample", low=0.01)
    overlap: float = setting(0.0, "share of a window that the next one repeats", low=0.0, high=0.95)


@dataclass
class Split(Group):
    """Who trains, who chooses (validation), who judges (test)."""

    KEY: ClassVar[str] = "split"
    test: float = setting(0.2, "share cut off for testing where the source declares no test part", low=0.05, high=0.5)
    validation: str = setting(
        "auto",
        "share: cut from the training part; cross: none cut, epochs chosen by cross-validation on it; "
        "none: none cut, all epochs run; auto: share, or cross where a class has under five training samples",
        choices=["auto", "share", "cross", "none"],
    )
    share: float = setting(0.2, "share of the training part that validates", low=0.05, high=0.5)
    folds: int = setting(
        0,
        "cross-validation with so many folds, 0 for none; over the training part where the source declares a test "
        "part (which then stays untouched), else over everything",
        low=0,
        high=50,
    )
    seed: int = setting(0, "seed of every cut, apart from the run's own so that seeds can be compared", low=0)

    def __post_init__(self):
        super().__post_init__()
        if self.folds == 1:
            raise ConfigError("split.folds must be 0 (no cross-validation) or at least 2, not 1")


@dataclass
class Preprocessing(Group):
    """What every preparation has; it is fitted on the training part only and kept with the classifier."""

    KEY: ClassVar[str] = "preprocessing"
    kind: str = setting(MISSING, "the kind of samples, a row of convpipe.preprocessing.KINDS")


@dataclass
class PrepareSeries(Preprocessing):
    """How a series is prepared."""

    kind: str = "series"
    scaling: str = setting(
        "channel",
        "none; channel: mean and deviation of each channel over the training part; series: each series and channel "
        "by its own mean and deviation (loses amplitude and gravity)",
        choices=["none", "channel", "series"],
    )
    gaps: str = setting(
        "refuse", "missing values inside a series: refuse, or interpolate linearly", choices=["refuse", "interpolate"]
    )
    magnitude: bool = setting(
        False, "beside each channel the logarithm of its size, for signals of a wide range such as currents"
    )


@dataclass
class Augmentation(Group):
    """Random changes to training batches (never to validation or test); zero switches each off."""

    KEY: ClassVar[str] = "augmentation"
    jitter: float = setting(0.0, "standard deviation of added noise, in deviations of the channel", low=0.0, high=2.0)
    scaling: float = setting(0.0, "standard deviation of a factor round 1, one a channel", low=0.0, high=1.0)
    time_warp: float = setting(0.0, "strength of a smooth change of speed, 0.2 for up to 20 %", low=0.0, high=0.9)
    window_slice: float = setting(
        0.0, "largest share that a random crop, stretched back, leaves out", low=0.0, high=0.9
    )
    time_shift: float = setting(
        0.0, "largest share of its steps that a series is moved by in time; zeros follow it", low=0.0, high=0.5
    )
    shift: float = setting(
        0.0, "largest share of its height and width that an image is moved by (volume: of each edge)", low=0.0, high=0.5
    )
    flip: bool = setting(False, "mirror an image left to right, each second one, where classes allow it")
    crop: float = setting(
        0.0, "largest share of each edge that a random crop, resized back, leaves out", low=0, high=0.9
    )
    cut_out: float = setting(0.0, "edge of a square that is blanked, as a share of the image's", low=0.0, high=0.9)
    rotation: float = setting(0.0, "largest angle in degrees of a random rotation of a volume", low=0.0, high=180.0)
    intensity: float = setting(
        0.0, "standard deviation of a factor round 1 and of an offset, for volumes and images", low=0.0, high=1.0
    )
    channel_rotation: float = setting(
        0.0, "largest angle in degrees of a random rotation of each triple of channels", low=0.0, high=180.0
    )
    mixup: float = setting(0.0, "alpha of the Beta(alpha, alpha) that mixes pairs of samples", low=0.0, high=10.0)


#: reader -> its settings, for series.
SERIES_DATA = {"watch": Watch, "archive": Archive, "ts_files": TsFiles, "csv_folder": CsvFolder}
