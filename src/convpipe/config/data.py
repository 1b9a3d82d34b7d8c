"""Settings of the data: the base class of reader settings, windows, and the split."""

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
    """Settings of every dataset, for any reader."""

    KEY: ClassVar[str] = "data"
    name: str = setting(MISSING, "short name of the dataset in results and in the tracking store")
    reader: str = setting(MISSING, "name of a registered reader")

    def __post_init__(self):
        super().__post_init__()
        for name in PATHS:
            value = getattr(self, name, None)
            if value == "":
                message, remedy = f"data.{name} is empty", f"set data.{name}=PATH"
                raise ConfigError(message, key=f"data.{name}", value=value, remedy=remedy)
            if isinstance(value, str):
                setattr(self, name, os.path.expanduser(value))


@dataclass
class Window(SettingsGroup):
    """Windows that long recordings are cut into before the split."""

    KEY: ClassVar[str] = "window"
    seconds: float | None = setting(
        None, "length of a window in seconds; unset: each recording is one sample", low=0.01
    )
    overlap: float = setting(0.0, "overlap of consecutive windows, as a fraction of a window", low=0.0, high=0.95)
    label: str = setting(
        "majority",
        "label of a window if each step has a label. majority: the most frequent one; last: that of the last step",
        choices=["majority", "last"],
    )
    purity: float = setting(0.8, "minimum fraction of steps with the majority label", low=0.0, high=1.0)


@dataclass
class Split(SettingsGroup):
    """The split into a training, a validation and a test part."""

    KEY: ClassVar[str] = "split"
    test_size: float = setting(0.2, "fraction held out if the data have no official test part", low=0.05, high=0.5)
    validation: str = setting(
        "auto",
        "holdout: a fraction of the training part; cv: no validation part, the number of epochs is chosen by "
        "cross-validation on the training part; none: no validation part, all epochs run; "
        "auto: holdout, or cv if a class has fewer than five training samples",
        choices=["auto", "holdout", "cv", "none"],
    )
    validation_size: float = setting(0.2, "fraction of the training part held out for validation", low=0.05, high=0.5)
    #: If the dataset declares a test part, the folds are of the training part and the test part stays unused.
    folds: int = setting(0, "number of cross-validation folds; 0: no cross-validation", low=0, high=50)
    seed: int = setting(0, "seed of the split, separate from `seed` so that seeds are compared on one split", low=0)

    def __post_init__(self):
        super().__post_init__()
        if self.folds == 1:
            message = "split.folds must be 0 (no cross-validation) or at least 2, not 1"
            raise ConfigError(message, key="split.folds", value=1)
