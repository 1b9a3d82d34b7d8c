"""Settings of the data: the base of every reader's settings, windows, and the split."""

import os
from dataclasses import dataclass
from typing import ClassVar

from omegaconf import MISSING

from convpipe.config.schema import SettingsGroup, setting
from convpipe.errors import ConfigError

#: Settings of readers that name a file or a folder.
PATHS = ("path", "train", "validation", "test")


@dataclass
class DataSettings(SettingsGroup):
    """Settings that every dataset has, whatever its reader."""

    KEY: ClassVar[str] = "data"
    name: str = setting(MISSING, "short name of the dataset, for results and the tracking store")
    reader: str = setting(MISSING, "name of a registered reader")

    def __post_init__(self):
        super().__post_init__()
        for name in PATHS:
            value = getattr(self, name, None)
            if value == "":
                message, remedy = f"data.{name} is empty", f"write a path, as in data.{name}=FOLDER"
                raise ConfigError(message, key=f"data.{name}", value=value, remedy=remedy)
            if isinstance(value, str):
                setattr(self, name, os.path.expanduser(value))


@dataclass
class Window(SettingsGroup):
    """How long recordings are cut into windows, before anything is split."""

    KEY: ClassVar[str] = "window"
    seconds: float | None = setting(None, "length of a window; unset: a recording is one sample", low=0.01)
    overlap: float = setting(0.0, "fraction of a window that the next one repeats", low=0.0, high=0.95)
    label: str = setting(
        "majority",
        "of a window whose steps have labels. majority: the most frequent one; last: that of the last step",
        choices=["majority", "last"],
    )
    purity: float = setting(0.8, "least fraction of the steps with the majority's label", low=0.0, high=1.0)


@dataclass
class Split(SettingsGroup):
    """How samples are divided into training, validation and test parts."""

    KEY: ClassVar[str] = "split"
    test_size: float = setting(0.2, "fraction held out where the data declare no test part", low=0.05, high=0.5)
    validation: str = setting(
        "auto",
        "holdout: cut from the training part; cv: none cut, epochs are chosen by cross-validation on it; "
        "none: none cut, all epochs run; auto: holdout, or cv where a class has fewer than five training samples",
        choices=["auto", "holdout", "cv", "none"],
    )
    validation_size: float = setting(0.2, "fraction of the training part held out for validation", low=0.05, high=0.5)
    #: Over the training part where the dataset declares a test part, which then stays untouched; else over everything.
    folds: int = setting(0, "folds of cross-validation, 0 for none", low=0, high=50)
    seed: int = setting(0, "seed of the split, separate from the seed of the run so that seeds can be compared", low=0)

    def __post_init__(self):
        super().__post_init__()
        if self.folds == 1:
            message = "split.folds must be 0 (no cross-validation) or at least 2, not 1"
            raise ConfigError(message, key="split.folds", value=1)
