"""Every setting of a run, typed, with its unit and bounds: the one place where a setting is declared.

YAML under conf/ only chooses values. `register()` hands the dataclasses to Hydra as schemas; `to_settings` makes the
composed configuration into these objects and checks them.
"""

from dataclasses import dataclass, field
from typing import ClassVar

from omegaconf import MISSING, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from convpipe.errors import ConfigError
from convpipe.settings import Group, setting, to_settings

# --- data -------------------------------------------------------------------------------------------------------


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
    """How a series is prepared; fitted on the training part only and kept with the classifier."""

    KEY: ClassVar[str] = "preprocessing"
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
    channel_rotation: float = setting(
        0.0, "largest angle in degrees of a random rotation of each triple of channels", low=0.0, high=180.0
    )
    mixup: float = setting(0.0, "alpha of the Beta(alpha, alpha) that mixes pairs of samples", low=0.0, high=10.0)


# --- models -----------------------------------------------------------------------------------------------------


@dataclass
class Model(Group):
    """What every model has."""

    KEY: ClassVar[str] = "model"
    name: str = setting(MISSING, "the model, a row of convpipe.models.MODELS")


@dataclass
class Mlp(Model):
    """Multilayer perceptron on the raw steps: the yardstick (Wang, Yan and Oates 2017)."""

    name: str = "mlp"
    units: list[int] = setting([500, 500, 500], "units of each hidden layer", low=1, high=10_000)
    dropout: float = setting(0.3, "share of units dropped after each hidden layer", low=0.0, high=0.95)


@dataclass
class Cnn1d(Model):
    """A plain stack of Conv1D, normalisation, ReLU and pooling: the one to start from."""

    name: str = "cnn1d"
    filters: list[int] = setting([32, 64, 64, 64], "filters of each convolution", low=1, high=4096)
    kernel_sizes: list[int] = setting([9, 9, 9, 9], "kernel size of each convolution in steps", low=1, high=1024)
    strides: list[int] = setting([1, 1, 1, 1], "stride of each convolution in steps", low=1, high=64)
    pooling: list[int] = setting(
        [2, 2, 2, 1], "max pooling after each convolution in steps, 1 for none", low=1, high=64
    )
    padding: str = setting("same", "what stands before and after a series", choices=["valid", "same", "causal"])
    batch_normalization: bool = setting(True, "normalise after each convolution")
    dropout: float = setting(0.2, "share of features dropped before the output", low=0.0, high=0.95)

    def __post_init__(self):
        super().__post_init__()
        if len({len(self.filters), len(self.kernel_sizes), len(self.strides), len(self.pooling)}) != 1:
            raise ConfigError("model.filters, kernel_sizes, strides and pooling must have one entry a layer each")


@dataclass
class Fcn(Model):
    """Fully convolutional network (Wang, Yan and Oates 2017)."""

    name: str = "fcn"
    filters: list[int] = setting([128, 256, 128], "filters of each block", low=1, high=4096)
    kernel_sizes: list[int] = setting([8, 5, 3], "kernel size of each block in steps", low=1, high=1024)
    hybrid: bool = setting(False, "fixed hand-crafted filters beside the first layer (Ismail-Fawaz et al. 2022)")
    segments: int = setting(1, "average over so many equal parts of the series instead of all of it", low=1, high=16)
    dropout: float = setting(0.0, "share of features dropped before the output", low=0.0, high=0.95)

    def __post_init__(self):
        super().__post_init__()
        if len(self.filters) != len(self.kernel_sizes):
            raise ConfigError("model.filters and model.kernel_sizes must have one entry a block each")


@dataclass
class ResNet(Model):
    """Residual network (Wang, Yan and Oates 2017)."""

    name: str = "resnet"
    filters: list[int] = setting([64, 128, 128], "filters of each residual block", low=1, high=4096)
    kernel_sizes: list[int] = setting([8, 5, 3], "kernel sizes inside each block in steps", low=1, high=1024)
    segments: int = setting(1, "average over so many equal parts of the series instead of all of it", low=1, high=16)
    dropout: float = setting(0.0, "share of features dropped before the output", low=0.0, high=0.95)


@dataclass
class InceptionTime(Model):
    """Inception network, one of the five of InceptionTime (Fawaz et al. 2020); five: ensemble.size=5."""

    name: str = "inception_time"
    depth: int = setting(6, "inception modules", low=1, high=30)
    filters: int = setting(32, "filters of each branch", low=1, high=1024)
    kernel_size: int = setting(40, "longest kernel in steps; the others are a half and a quarter", low=4, high=1024)
    bottleneck: int = setting(32, "filters of the 1-step convolution before the branches, 0 for none", low=0, high=1024)
    residual: bool = setting(True, "a shortcut over every third module")
    hybrid: bool = setting(False, "fixed hand-crafted filters beside the first module (Ismail-Fawaz et al. 2022)")
    segments: int = setting(1, "average over so many equal parts of the series instead of all of it", low=1, high=16)
    dropout: float = setting(0.0, "share of features dropped before the output", low=0.0, high=0.95)


@dataclass
class LiteTime(Model):
    """LITE, one of the five of LITETime (Ismail-Fawaz et al. 2023); five: ensemble.size=5."""

    name: str = "lite_time"
    filters: int = setting(32, "filters of each branch and of each separable convolution", low=1, high=1024)
    kernel_size: int = setting(40, "longest kernel in steps; the others are a half and a quarter", low=4, high=1024)
    hybrid: bool = setting(True, "fixed hand-crafted filters beside the first layer")
    segments: int = setting(1, "average over so many equal parts of the series instead of all of it", low=1, high=16)
    dropout: float = setting(0.0, "share of features dropped before the output", low=0.0, high=0.95)


@dataclass
class Tcn(Model):
    """Temporal convolutional network: dilated, causal, residual (Bai, Kolter and Koltun 2018)."""

    name: str = "tcn"
    filters: int = setting(64, "filters of each convolution", low=1, high=4096)
    kernel_size: int = setting(5, "kernel size in steps", low=2, high=64)
    levels: int = setting(6, "residual blocks; the dilation doubles from one to the next", low=1, high=16)
    dropout: float = setting(0.1, "share of whole channels dropped after each convolution", low=0.0, high=0.95)
    pooling: str = setting("average", "features of the last step, or the average", choices=["last", "average"])


@dataclass
class MiniRocket(Model):
    """Fixed kernels and a linear layer that is solved for, not trained (Dempster, Schmidt and Webb 2021)."""

    name: str = "mini_rocket"
    features: int = setting(10_000, "kernels times biases; rounded down to a multiple of 84", low=84, high=1_000_000)
    duration: bool = setting(
        False, "whether features tell how long a series lasts (where series differ in their steps, as gestures do)"
    )


MODEL_SCHEMAS = {
    schema().name: schema for schema in (Mlp, Cnn1d, Fcn, ResNet, InceptionTime, LiteTime, Tcn, MiniRocket)
}
DATA_SCHEMAS = {"watch": Watch, "archive": Archive, "ts_files": TsFiles}

# --- training ---------------------------------------------------------------------------------------------------


@dataclass
class Training(Group):
    """How the weights are found."""

    KEY: ClassVar[str] = "training"
    epochs: int | None = setting(None, "passes over the training part; none: by its size", low=1, high=100_000)
    batch_size: int | None = setting(None, "samples a step; none: by the number of samples", low=1, high=65_536)
    optimizer: str = setting("adamw", "the rule that moves the weights", choices=["adamw", "sgd"])
    learning_rate: float = setting(1e-3, "highest learning rate", low=1e-7, high=10.0)
    weight_decay: float = setting(1e-2, "decoupled weight decay (AdamW)", low=0.0, high=1.0)
    schedule: str = setting("one_cycle", "course of the learning rate", choices=["one_cycle", "cosine", "constant"])
    warmup: float = setting(0.1, "share of all steps in which the rate rises", low=0.0, high=0.9)
    label_smoothing: float = setting(0.0, "share of a label that is spread over all classes", low=0.0, high=0.5)
    loss: str = setting("cross_entropy", "what is minimised", choices=["cross_entropy", "focal"])
    focal_gamma: float = setting(2.0, "how strongly focal loss discounts easy samples", low=0.0, high=10.0)
    class_weights: bool = setting(False, "weigh a sample by the inverse frequency of its class")
    balanced_batches: bool = setting(False, "draw classes equally often (rare samples repeat within an epoch)")
    gradient_clipping: float = setting(0.0, "largest norm of a step's gradient, 0 for no clipping", low=0.0, high=1e6)
    precision: str = setting(
        "float32", "arithmetic of the network", choices=["float32", "mixed_bfloat16", "mixed_float16"]
    )
    patience: int = setting(
        0, "stop after so many epochs without a better validation loss, 0 to run them all", low=0, high=100_000
    )
    best_weights: bool = setting(True, "end with the weights of the best validation loss (not where none is cut)")
    validate_every: int | None = setting(
        None, "epochs between validations; none: some fifty in a run", low=1, high=10_000
    )
    recalibrate: bool = setting(True, "recompute batch-normalisation statistics over the training part before use")
    average: float = setting(0.0, "momentum of an average of the weights over steps, 0 for none", low=0.0, high=0.99999)
    bucket: int = setting(
        1,
        "batches in a pool that is sorted by steps, so that short series share batches; 1: unsorted",
        low=1,
        high=1000,
    )
    max_steps: int | None = setting(None, "stop each epoch after so many steps (debugging)", low=1)
    resume: str | None = setting(None, "folder of a run that was stopped; it goes on where it was")


@dataclass
class Ensemble(Group):
    """Several networks that differ in their seed and vote by the mean of their probabilities."""

    KEY: ClassVar[str] = "ensemble"
    size: int = setting(1, "networks", low=1, high=100)


@dataclass
class Tracking(Group):
    """Where runs are recorded."""

    KEY: ClassVar[str] = "tracking"
    experiment: str | None = setting(None, "experiment in MLflow; none: the name of the data set")
    enabled: bool = setting(True, "record in MLflow (off: only the run's own folder)")


@dataclass
class Sweep(Group):
    """What a sweep (-m) does beside its jobs."""

    KEY: ClassVar[str] = "sweep"
    resume: bool = setting(False, "skip jobs that finished already with the same settings and the same data")
    table: str | None = setting(None, "file to write the means over seeds to as well, such as results/sensors.csv")


@dataclass
class Settings(Group):
    """A whole run."""

    data: Data = MISSING
    model: Model = MISSING
    window: Window = field(default_factory=Window)
    split: Split = field(default_factory=Split)
    preprocessing: Preprocessing = field(default_factory=Preprocessing)
    augmentation: Augmentation = field(default_factory=Augmentation)
    training: Training = field(default_factory=Training)
    ensemble: Ensemble = field(default_factory=Ensemble)
    tracking: Tracking = field(default_factory=Tracking)
    sweep: Sweep = field(default_factory=Sweep)
    seed: int = setting(0, "seed of initial weights, batches, dropout and augmentation", low=0, high=2**31 - 1)

    def __post_init__(self):
        super().__post_init__()
        active = [key for key, strength in vars(self.augmentation).items() if strength]
        if isinstance(self.model, MiniRocket) and active:
            raise ConfigError(
                f"augmentation.{active[0]} has no use for mini_rocket, which sees a series once; set it to 0"
            )


def read_settings(path) -> Settings:
    """The settings that a run wrote down as YAML.

    Raises:
        ConfigError: the file is not such settings.
    """
    written = OmegaConf.load(path)
    try:
        data, model = DATA_SCHEMAS[written.data.reader], MODEL_SCHEMAS[written.model.name]
        typed = OmegaConf.structured(Settings(data=data, model=model))
        return to_settings(OmegaConf.merge(typed, written), Settings)
    except (OmegaConfBaseException, KeyError, AttributeError) as error:
        raise ConfigError(f"{path} does not hold the settings of a run ({str(error).splitlines()[0]})") from None


def register() -> None:
    """Hand the schemas to Hydra, under schema/ so that `model=` and `data=` list only what can be chosen."""
    from hydra.core.config_store import ConfigStore

    from convpipe.convolution.settings import ConvolveSettings

    store = ConfigStore.instance()
    store.store(name="settings", node=Settings)
    store.store(name="convolve_settings", node=ConvolveSettings)
    for group, schemas in (("model", MODEL_SCHEMAS), ("data", DATA_SCHEMAS)):
        for name, schema in schemas.items():
            store.store(group=f"schema/{group}", name=name, node=schema)
