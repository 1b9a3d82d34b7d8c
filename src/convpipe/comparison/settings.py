"""Settings of scripts/compare.py: those of a run, without a model of its own, and what the compared networks share."""

from dataclasses import dataclass, field
from typing import ClassVar

from convpipe.config import Settings
from convpipe.errors import ConfigError
from convpipe.settings import Group, setting

#: kind of samples -> the comparison that fits them.
OF_KIND = {"series": "sensors", "sound": "sound", "volume": "volumes", "image": "images", "text": "text"}


@dataclass
class Matched(Group):
    """The layout that all compared networks have; none: what convpipe.comparison.members proposes for the data."""

    KEY: ClassVar[str] = "matched"
    filters: list[int] | None = setting(None, "filters of each convolution (texts: one number)", low=1, high=4096)
    kernel_sizes: list[int] | None = setting(
        None, "kernel size of each convolution along every axis it moves on (texts: those side by side)", low=1, high=64
    )
    pooling: list[int] | None = setting(None, "max pooling after each convolution, 1 for none", low=1, high=16)
    dropout: float | None = setting(None, "share of features dropped before the output", low=0.0, high=0.95)


@dataclass
class ComparisonSettings(Settings):
    """What scripts/compare.py takes."""

    compare: str = setting("auto", "which networks: auto is by the data", choices=["auto", *OF_KIND.values()])
    seeds: int = setting(5, "trainings of each network, with seeds from `seed` on", low=1, high=100)
    matched: Matched = field(default_factory=Matched)

    @property
    def comparison(self) -> str:
        """The comparison that is asked for.

        Raises:
            ConfigError: it is not for data of this kind.
        """
        fits = OF_KIND.get(self.preprocessing.kind)
        if fits is None:
            raise ConfigError(
                f"there is nothing to compare on {self.preprocessing.kind} samples; known: {', '.join(OF_KIND)}"
            )
        if self.compare not in ("auto", fits):
            raise ConfigError(f"compare={self.compare} is not for {self.data.name}; compare={fits} is, or leave it out")
        return fits


def check(settings: ComparisonSettings) -> None:
    """Raise ConfigError where there is nothing to compare that would be fair, or the data cannot be compared on."""
    from convpipe.data import load

    if settings.ensemble.size > 1 or settings.ensemble.linear:
        raise ConfigError("compare.py compares single networks; leave out ensemble.size and ensemble.linear")
    if settings.training.resume:
        raise ConfigError("training.resume goes on with one run; sweep.resume=true skips what a comparison finished")
    samples = load(settings.data, settings.window)
    if samples.kind != settings.preprocessing.kind:
        raise ConfigError(
            f"preprocessing={settings.preprocessing.kind} is not for {samples.kind} samples; leave it out"
        )
    if samples.kind == "series" and len({len(each) for each in samples.inputs}) > 1:
        raise ConfigError(
            f"{settings.data.name} holds series that differ in their steps, which only Conv1D can leave their ends; "
            "cut them with window.seconds, or choose other data"
        )
