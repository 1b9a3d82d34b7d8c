"""Every setting of a run, typed, with its unit and bounds: the one place where a setting is declared.

YAML under conf/ only chooses values. `register()` hands the dataclasses to Hydra as schemas; `to_settings` makes the
composed configuration into these objects and checks them.
"""

from dataclasses import dataclass, field

from omegaconf import MISSING, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from convpipe.config import images, sound, text, volumes
from convpipe.config.data import (
    SERIES_DATA,
    Archive,
    Augmentation,
    CsvFolder,
    Data,
    PrepareSeries,
    Preprocessing,
    Split,
    TsFiles,
    Watch,
    Window,
)
from convpipe.config.images import Cnn2d, Mobile2d, PrepareImages, ResNet2d
from convpipe.config.models import (
    SERIES_MODELS,
    Cnn1d,
    Fcn,
    InceptionTime,
    Linear,
    LiteTime,
    MiniRocket,
    Mlp,
    Model,
    ResNet,
    Tcn,
)
from convpipe.config.sound import M5, AudioFolder, PrepareSound
from convpipe.config.text import CharCnn, Dpcnn, Embedding, FastText, PrepareText, TextCnn, TextPackaged, TextTable
from convpipe.config.training import Ensemble, Sweep, Tracking, Training
from convpipe.config.volumes import BrainStructures, Cnn3d, PrepareVolumes, ResNet3d, VolumeFolder
from convpipe.errors import ConfigError
from convpipe.settings import Group, setting, to_settings

__all__ = [
    "Archive",
    "AudioFolder",
    "Augmentation",
    "BrainStructures",
    "CharCnn",
    "Cnn1d",
    "Cnn2d",
    "Cnn3d",
    "CsvFolder",
    "DATA_SCHEMAS",
    "Data",
    "Dpcnn",
    "Embedding",
    "Ensemble",
    "FastText",
    "Fcn",
    "InceptionTime",
    "Linear",
    "LiteTime",
    "M5",
    "MODEL_SCHEMAS",
    "MiniRocket",
    "Mlp",
    "Mobile2d",
    "Model",
    "PREPARE_SCHEMAS",
    "PrepareImages",
    "PrepareSeries",
    "PrepareSound",
    "PrepareText",
    "PrepareVolumes",
    "Preprocessing",
    "ResNet",
    "ResNet2d",
    "ResNet3d",
    "Settings",
    "Split",
    "Sweep",
    "Tcn",
    "TextCnn",
    "TextPackaged",
    "TextTable",
    "Tracking",
    "Training",
    "TsFiles",
    "VolumeFolder",
    "Watch",
    "Window",
    "read_settings",
    "register",
]


#: reader -> its settings.
DATA_SCHEMAS = SERIES_DATA | text.DATA | images.DATA | volumes.DATA | sound.DATA
#: kind of samples -> the settings of its preparation.
PREPARE_SCHEMAS = {"series": PrepareSeries} | text.PREPARE | images.PREPARE | volumes.PREPARE | sound.PREPARE
#: name -> the settings of a model.
MODEL_SCHEMAS = SERIES_MODELS | text.MODELS | images.MODELS | volumes.MODELS | sound.MODELS


@dataclass
class Settings(Group):
    """A whole run."""

    data: Data = MISSING
    model: Model = MISSING
    window: Window = field(default_factory=Window)
    split: Split = field(default_factory=Split)
    preprocessing: Preprocessing = MISSING
    embedding: Embedding | None = None
    augmentation: Augmentation = field(default_factory=Augmentation)
    training: Training = field(default_factory=Training)
    ensemble: Ensemble = field(default_factory=Ensemble)
    tracking: Tracking = field(default_factory=Tracking)
    sweep: Sweep = field(default_factory=Sweep)
    seed: int = setting(0, "seed of initial weights, batches, dropout and augmentation", low=0, high=2**31 - 1)

    def __post_init__(self):
        super().__post_init__()
        active = [key for key, strength in vars(self.augmentation).items() if strength]
        if isinstance(self.model, (MiniRocket, Linear)) and active:
            raise ConfigError(
                f"augmentation.{active[0]} has no use for {self.model.name}, which sees a sample once; set it to 0"
            )


def read_settings(path) -> Settings:
    """The settings that a run wrote down as YAML.

    Raises:
        ConfigError: the file is not such settings.
    """
    written = OmegaConf.load(path)
    try:
        data, model = DATA_SCHEMAS[written.data.reader], MODEL_SCHEMAS[written.model.name]
        preprocessing = PREPARE_SCHEMAS[written.preprocessing.kind]
        typed = OmegaConf.structured(Settings(data=data, model=model, preprocessing=preprocessing))
        return to_settings(OmegaConf.merge(typed, written), Settings)
    except (OmegaConfBaseException, KeyError, AttributeError) as error:
        raise ConfigError(f"{path} does not hold the settings of a run ({str(error).splitlines()[0]})") from None


def register() -> None:
    """Hand the schemas to Hydra, under schema/ so that `model=` and `data=` list only what can be chosen."""
    from hydra.core.config_store import ConfigStore

    from convpipe.comparison.settings import ComparisonSettings
    from convpipe.convolution.settings import ConvolveSettings

    store = ConfigStore.instance()
    store.store(name="settings", node=Settings)
    store.store(name="convolve_settings", node=ConvolveSettings)
    store.store(name="comparison_settings", node=ComparisonSettings)
    store.store(group="schema/embedding", name="embedding", node=Embedding)
    groups = {"model": MODEL_SCHEMAS, "data": DATA_SCHEMAS, "preprocessing": PREPARE_SCHEMAS}
    for group, schemas in groups.items():
        for name, schema in schemas.items():
            store.store(group=f"schema/{group}", name=name, node=schema)
