"""Settings of the models, one class each."""

from dataclasses import dataclass
from typing import ClassVar

from omegaconf import MISSING

from convpipe.errors import ConfigError
from convpipe.settings import Group, setting


@dataclass
class Model(Group):
    """What every model has."""

    KEY: ClassVar[str] = "model"
    #: settings that are lists with an entry a layer.
    A_LAYER: ClassVar[tuple[str, ...]] = ()
    name: str = setting(MISSING, "the model, a row of convpipe.models.MODELS")

    def __post_init__(self):
        super().__post_init__()
        counts = [len(getattr(self, name)) for name in self.A_LAYER]
        if len(set(counts)) > 1 or 0 in counts:
            named = ", ".join(self.A_LAYER[:-1]) + f" and {self.A_LAYER[-1]}"
            found = ", ".join(map(str, counts))
            raise ConfigError(f"model.{named} must have one entry a layer each, not {found}")


@dataclass
class Mlp(Model):
    """Multilayer perceptron on the raw steps: the yardstick (Wang, Yan and Oates 2017)."""

    name: str = "mlp"
    units: list[int] = setting([500, 500, 500], "units of each hidden layer", low=1, high=10_000)
    dropout: float = setting(0.3, "share of units dropped after each hidden layer", low=0.0, high=0.95)


@dataclass
class Cnn1d(Model):
    """A plain stack of Conv1D, normalisation, ReLU and pooling: the one to start from."""

    A_LAYER: ClassVar[tuple[str, ...]] = ("filters", "kernel_sizes", "strides", "pooling")
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
    view: str | None = setting(
        None,
        "what is shown of samples of more axes: rows of an image as steps, the middle line of a volume; none: series",
        choices=["rows", "middle_line"],
    )


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


@dataclass
class Linear(Model):
    """The yardstick that learns no kernels: tf-idf with a linear support vector machine for texts, else a ridge."""

    name: str = "linear"
    orders: int = setting(2, "texts: longest n-gram in tokens", low=1, high=5)


#: name -> its settings, for series and for samples of every kind.
SERIES_MODELS = {
    schema().name: schema for schema in (Mlp, Cnn1d, Fcn, ResNet, InceptionTime, LiteTime, Tcn, MiniRocket, Linear)
}
