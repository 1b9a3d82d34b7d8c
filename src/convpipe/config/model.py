"""The base class of model settings; each model declares its settings next to its builder."""

from dataclasses import dataclass
from typing import ClassVar

from omegaconf import MISSING

from convpipe.config.schema import SettingsGroup, setting
from convpipe.errors import ConfigError


@dataclass
class ModelSettings(SettingsGroup):
    """Settings of every model."""

    KEY: ClassVar[str] = "model"
    #: Settings that are lists with one entry per layer.
    PER_LAYER: ClassVar[tuple[str, ...]] = ()
    name: str = setting(MISSING, "name of a registered model")

    def __post_init__(self):
        super().__post_init__()
        counts = [len(getattr(self, name)) for name in self.PER_LAYER]
        if len(set(counts)) > 1 or 0 in counts:
            named = ", ".join(self.PER_LAYER[:-1]) + f" and {self.PER_LAYER[-1]}"
            found, key = ", ".join(map(str, counts)), f"model.{self.PER_LAYER[0]}"
            message = f"model.{named} must each have one entry per layer, not {found}"
            raise ConfigError(message, key=key, value=counts, remedy="give all these lists the same length")
