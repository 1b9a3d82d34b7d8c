"""Every setting of a run, typed, with its unit and bounds: the one place where a setting is declared.

YAML under conf/ only chooses values. `register()` hands the dataclasses to Hydra as schemas; `to_settings` makes the
composed configuration into these objects and checks them.
"""

from dataclasses import dataclass, field

from omegaconf import MISSING, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from convpipe.config.data import DATA_SCHEMAS, Archive, Augmentation, Data, Preprocessing, Split, TsFiles, Watch, Window
from convpipe.config.models import (
    MODEL_SCHEMAS,
    Cnn1d,
    Fcn,
    InceptionTime,
    LiteTime,
    MiniRocket,
    Mlp,
    Model,
    ResNet,
    Tcn,
)
from convpipe.config.training import Ensemble, Sweep, Tracking, Training
from convpipe.errors import ConfigError
from convpipe.settings import Group, setting, to_settings

__all__ = [
    "Archive",
    "Augmentation",
    "Cnn1d",
    "DATA_SCHEMAS",
    "Data",
    "Ensemble",
    "Fcn",
    "InceptionTime",
    "LiteTime",
    "MODEL_SCHEMAS",
    "MiniRocket",
    "Mlp",
    "Model",
    "Preprocessing",
    "ResNet",
    "Settings",
    "Split",
    "Sweep",
    "Tcn",
    "Tracking",
    "Training",
    "TsFiles",
    "Watch",
    "Window",
    "read_settings",
    "register",
]


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
