"""Settings of scripts/convolve.py: which case to show, and a layer of your own."""

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
    """A layer of your own; kernel_size, strides and dilation are one number for all axes or one each."""

    KEY: ClassVar[str] = "layer"
    dimensions: int = setting(1, "axes along which the kernel moves", low=1, high=3)
    steps: int = setting(128, "steps of a series (one dimension)", low=1, high=10_000_000)
    depth: int = setting(16, "slices of a volume (three dimensions)", low=1, high=100_000)
    height: int = setting(28, "rows of an image or a slice (two or three dimensions)", low=1, high=100_000)
    width: int = setting(28, "columns of an image or a slice (two or three dimensions)", low=1, high=100_000)
    channels: int = setting(6, "channels of the input", low=1, high=1_000_000)
    kernel_size: Any = setting(3, "positions along each axis under the kernel", low=1, high=10_000)
    strides: Any = setting(1, "positions from one place of the kernel to the next", low=1, high=10_000)
    dilation: Any = setting(1, "positions from one kernel value to the next", low=1, high=10_000)
    #: Zeros are one number for both sides, or a list of (before, after), one for each axis.
    padding: Any = setting("same", "valid, same, causal, or zeros")
    filters: int = setting(64, "channels of the output, if the kind lets you choose", low=1, high=1_000_000)
    groups: int = setting(1, "parts into which channels and filters fall", low=1, high=1_000_000)
    kind: str = setting("convolution", "what is done under the kernel", choices=list(KINDS))
    depth_multiplier: int = setting(1, "outputs a channel of a depthwise kernel", low=1, high=1000)
    bias: bool = setting(True, "a number added to each filter")

    def _check(self, declared, value) -> None:
        whole = isinstance(value, int) and not isinstance(value, bool)
        if declared.name in ("kernel_size", "strides", "dilation") and not whole:
            key = f"layer.{declared.name}"
            message = f"{key} must be a whole number or a list of them, not {value}"
            raise ConfigError(message, key=key, value=value, remedy=f"set {key}=3 or another number")
        super()._check(declared, value)

    def layer(self) -> Layer:
        """The layer's arithmetic.

        Raises:
            ConfigError: settings in conflict with each other, or an empty output.
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
            message = f"layer.{name}={value} must hold one number for each of {self.dimensions} axes"
            remedy = f"set layer.{name} to {self.dimensions} numbers, or to a single one for all axes"
            raise ConfigError(message, key=f"layer.{name}", value=value, remedy=remedy)
        return values

    def _padding(self):
        if isinstance(self.padding, str):
            return self.padding
        pairs = self.padding if isinstance(self.padding, list) else [self.padding] * self.dimensions
        pairs = tuple(tuple(pair) if isinstance(pair, list) else (pair, pair) for pair in pairs)
        if any(len(pair) != 2 or any(not isinstance(n, int) or n < 0 for n in pair) for pair in pairs):
            message = f"layer.padding={self.padding} is neither a word nor whole numbers of zeros"
            remedy = "set layer.padding=same (or valid, causal, 1, [[0,2]] and other numbers of zeros)"
            raise ConfigError(message, key="layer.padding", value=self.padding, remedy=remedy)
        return pairs


@dataclass
class ConvolveSettings(SettingsGroup):
    """What scripts/convolve.py shows."""

    case: str = setting("layer", "a worked case by name or by number from 1, or all of them", choices=CHOICES)
    compare: bool = setting(False, "compute the same with Keras, and with PyTorch where it is installed")
    pictures: str | None = setting(None, "folder for an animated GIF and a still SVG of the case; unset: no pictures")
    run: str | None = setting(None, "a trained run's folder or run_id: its network layer by layer, instead of a case")
    certify: bool = setting(False, "check the receptive fields of the run's network on its weights")
    page: str | None = setting(None, "file for the page in which you move the kernel; unset: no page")
    sample: int | None = setting(None, "with run and page: one sample of the test part, from 0; unset: a few", low=0)
    layer: OwnLayer = field(default_factory=OwnLayer)

    @property
    def certified_run(self) -> str:
        """The run whose receptive fields are to be certified.

        Raises:
            ConfigError: none is named.
        """
        if self.run is None:
            raise ConfigError("certify=true needs a trained run", key="run", value=None, remedy="set run=FOLDER")
        return self.run

    def check_sample(self) -> None:
        """Refuse a sample where no page of a run is written.

        Raises:
            ConfigError: a sample without a run or without a page.
        """
        if self.sample is not None and not (self.run and self.page):
            message = "sample chooses what the page of a trained run shows"
            raise ConfigError(message, key="sample", value=self.sample, remedy="set run=RUN and page=FILE as well")

    @property
    def names(self) -> tuple[str, ...]:
        """The cases that are asked for, by name."""
        if self.case == "all":
            return CASES
        return (CASES[int(self.case) - 1] if self.case.isdigit() else self.case,)
