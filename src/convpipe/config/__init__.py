"""All settings of a run, with types, units and bounds. The YAML files in conf/ only choose values.

The settings of a model or a reader are declared next to it, in `convpipe.models` and `convpipe.data`.
"""

from dataclasses import dataclass, field

from omegaconf import MISSING

from convpipe.config.data import DataSettings, Split, Window
from convpipe.config.model import ModelSettings
from convpipe.config.preprocessing import (
    Embedding,
    ImagePreprocessingSettings,
    PreprocessingSettings,
    SeriesPreprocessingSettings,
    SoundPreprocessingSettings,
    TextPreprocessingSettings,
    VolumePreprocessingSettings,
)
from convpipe.config.schema import SettingsGroup, setting
from convpipe.config.tracking import Evaluation, Sweep, Tracking
from convpipe.config.training import Augmentation, Ensemble, Training


@dataclass
class Settings(SettingsGroup):
    """The settings of a run."""

    data: DataSettings = MISSING
    model: ModelSettings = MISSING
    window: Window = field(default_factory=Window)
    split: Split = field(default_factory=Split)
    preprocessing: PreprocessingSettings = MISSING
    embedding: Embedding | None = None
    augmentation: Augmentation = field(default_factory=Augmentation)
    training: Training = field(default_factory=Training)
    ensemble: Ensemble = field(default_factory=Ensemble)
    evaluation: Evaluation = field(default_factory=Evaluation)
    tracking: Tracking = field(default_factory=Tracking)
    sweep: Sweep = field(default_factory=Sweep)
    plugins: list[str] = setting([], "your modules that register models, readers or metrics, such as [my_models]")
    seed: int = setting(0, "seed of initial weights, batches, dropout and augmentation", low=0, high=2**31 - 1)
