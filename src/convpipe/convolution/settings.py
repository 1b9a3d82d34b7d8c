"""Settings of scripts/convolve.py: the case to show, and your own layer."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

from convpipe.config.schema import SettingsGroup, setting
from convpipe.cost.layer import AXES, KINDS, Layer
from convpipe.errors import ConfigError

#: The cases in the order of their numbers, from 1.
CASES = (
    *("image", "sentence", "moving_average", "channels_first", "dimensions", "layer", "sensor"),
    *("stride", "dilation", "padding", "transposed", "as_conv2d", "groups", "depthwise", "separable"),
)
CHOICES = [*CASES, *map(str, range(1, len(CASES) + 1)), "all"]


@dataclass
class OwnLayer(SettingsGroup):
    """Your own layer; kernel_size, strides and dilation are one number for all axes or one per axis."""

    KEY: ClassVar[str] = "layer"
    dimensions: int = setting(1, "number of axes along which the kernel moves", low=1, high=3)
    steps: int = setting(128, "steps of a series (one dimension)", low=1, high=10_000_000)
    depth: int = setting(16, "slices of a volume (three dimensions)", low=1, high=100_000)
    height: int = setting(28, "rows of an image or a slice (two or three dimensions)", low=1, high=100_000)
    width: int = setting(28, "columns of an image or a slice (two or three dimensions)", low=1, high=100_000)
    channels: int = setting(6, "channels of the input", low=1, high=1_000_000)
    kernel_size: Any = setting(3, "kernel size in positions along each axis", low=1, high=10_000)
    strides: Any = setting(1, "positions that the kernel moves from one output to the next", low=1, high=10_000)
    dilation: Any = setting(1, "positions from one kernel value to the next", low=1, high=10_000)
    #: Numbers of zeros: one for all sides, or a list with one number or pair (before, after) per axis.
    padding: Any = setting("same", "valid, same, causal, or numbers of zeros")
    filters: int = setting(64, "output channels; not for depthwise and pooling", low=1, high=1_000_000)
    groups: int = setting(1, "groups of channels and filters", low=1, high=1_000_000)
    kind: str = setting("convolution", "kind of layer", choices=list(KINDS))
    depth_multiplier: int = setting(1, "outputs per channel of a depthwise kernel", low=1, high=1000)
    bias: bool = setting(True, "add a bias to each filter")

    def _check(self, declared, value) -> None:
        whole = isinstance(value, int) and not isinstance(value, bool)
        if declared.name in ("kernel_size", "strides", "dilation") and not whole:
            key = f"layer.{declared.name}"
            message = f"{key} must be a whole number or a list of them, not {value}"
            raise ConfigError(message, key=key, value=value, remedy=f"set {key}=3 or another number")
        super()._check(declared, value)

    def layer(self) -> Layer:
        """Return the `Layer` with these settings.

        Raises:
            ConfigError: settings conflict, or the output is empty.
        """
        size = tuple(getattr(self, axis) for axis in AXES[self.dimensions])
        kernel_size, strides, dilation = (self._each(name) for name in ("kernel_size", "strides", "dilation"))
        given = {name: getattr(self, name) for name in ("filters", "groups", "kind", "depth_multiplier", "bias")}
        padding = self._padding()
        return Layer(size, self.channels, kernel_size, strides, dilation, padding=padding, name="layer", **given)

    def _each(self, name: str) -> tuple[int, ...]:
        value = getattr(self, name)
        values = tuple(value) if isinstance(value, list) else (value,) * self.dimensions
        if len(values) != self.dimensions:
            message = f"layer.{name}={value} has {len(values)} numbers, but layer.dimensions={self.dimensions}"
            remedy = f"set layer.{name} to one number for all axes, or to a list of one per axis"
            raise ConfigError(message, key=f"layer.{name}", value=value, remedy=remedy)
        return values

    def _padding(self):
        if isinstance(self.padding, str):
            return self.padding
        pairs = self.padding if isinstance(self.padding, list) else [self.padding] * self.dimensions
        pairs = tuple(tuple(pair) if isinstance(pair, list) else (pair, pair) for pair in pairs)
        if any(len(pair) != 2 or any(not isinstance(n, int) or n < 0 for n in pair) for pair in pairs):
            message = f"layer.padding must be valid, same, causal, or whole numbers of zeros, not {self.padding}"
            remedy = "set layer.padding=same, or numbers of zeros such as layer.padding=1 or 'layer.padding=[[0,2]]'"
            raise ConfigError(message, key="layer.padding", value=self.padding, remedy=remedy)
        return pairs


@dataclass
class ConvolveSettings(SettingsGroup):
    """Settings of scripts/convolve.py."""

    case: str = setting("layer", "a worked case by name or by number from 1, or all", choices=CHOICES)
    compare: bool = setting(False, "also compute with Keras and, if installed, PyTorch")
    pictures: str | None = setting(None, "folder for an animated GIF and a still SVG of the case; unset: no pictures")
    run: str | None = setting(None, "folder or run_id of a trained run: show its network instead of a case")
    certify: bool = setting(False, "check the receptive fields of the run's network on its weights")
    page: str | None = setting(None, "file for an interactive page; unset: no page")
    sample: int | None = setting(
        None, "with run and page: number of a sample of the test part, from 0; unset: a few samples", low=0
    )
    layer: OwnLayer = field(default_factory=OwnLayer)

    @property
    def certified_run(self) -> str:
        """The run to certify.

        Raises:
            ConfigError: `run` is unset.
        """
        if self.run is None:
            raise ConfigError("certify=true needs a trained run", key="run", value=None, remedy="set run=FOLDER")
        return self.run

    def check_sample(self) -> None:
        """Check that `sample` is set only together with `run` and `page`.

        Raises:
            ConfigError: `sample` is set, but `run` or `page` is not.
        """
        if self.sample is not None and not (self.run and self.page):
            message = "sample applies only to the page of a trained run"
            raise ConfigError(message, key="sample", value=self.sample, remedy="set run=RUN and page=FILE as well")

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the requested cases."""
        if self.case == "all":
            return CASES
        return (CASES[int(self.case) - 1] if self.case.isdigit() else self.case,)
