"""Schemas of the settings of every registered model, reader and modality, for Hydra and for the config of a run."""

import pkgutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from convpipe import paths
from convpipe.config import Embedding, PreprocessingSettings, Settings
from convpipe.config.schema import to_settings
from convpipe.errors import ConfigError
from convpipe.plugins import require
from convpipe.registry import MODALITIES, MODELS, READERS


def preprocessing_settings(modality: str) -> type[PreprocessingSettings]:
    """Return the class of the preprocessing settings of a modality."""
    return pkgutil.resolve_name(MODALITIES[modality].settings)


def register_schemas(config_dirs: Iterable[Path] = (), **roots: type) -> None:
    """Register the schemas with Hydra, under schema/ so that `model=` and `data=` list only valid choices.

    A plugin's model or reader without a file in conf/ can be selected by its name, with its default values.

    Args:
        config_dirs: folders of the user's own configuration files, as given by --config-dir.
        roots: root schemas of a command, by the names that its configuration file uses.
    """
    from hydra.core.config_store import ConfigStore

    store, folders = ConfigStore.instance(), [paths.CONF, *config_dirs]
    for name, root in {"settings": Settings, **roots}.items():
        store.store(name=name, node=root)
    store.store(group="schema/embedding", name="embedding", node=Embedding)
    for group, name, schema, plugin in _schemas():
        store.store(group=f"schema/{group}", name=name, node=schema)
        if plugin and not any((folder / group / f"{name}.yaml").exists() for folder in folders):
            defaults = [f"/schema/{group}/{name}@_here_"]
            store.store(group=group, name=name, node={"defaults": defaults})


def _schemas() -> Iterator[tuple[str, str, type, str | None]]:
    """Yield the group, name, settings class and plugin of every entry."""
    for name, model in MODELS.items():
        yield "model", name, model.settings, MODELS.plugin_of(name)
    for name, reader in READERS.items():
        yield "data", name, reader.settings, READERS.plugin_of(name)
    for name in MODALITIES:
        yield "preprocessing", name, preprocessing_settings(name), MODALITIES.plugin_of(name)


def read_settings(path: Path) -> Settings:
    """Read the settings that a run wrote as YAML.

    Raises:
        ConfigError: the file does not contain the settings of a run.
        PluginError: the run used a plugin that the user did not name.
    """
    try:
        written = OmegaConf.load(path)
        require(OmegaConf.select(written, "plugins") or (), str(path))
        typed = OmegaConf.structured(Settings)
        typed.model, typed.data = MODELS[written.model.name].settings, READERS[written.data.reader].settings
        typed.preprocessing = preprocessing_settings(written.preprocessing.modality)
        return to_settings(OmegaConf.merge(typed, written), Settings)
    except (OmegaConfBaseException, ConfigError, OSError, KeyError, AttributeError) as error:
        reason = str(error).splitlines()[0]
        raise ConfigError(f"does not contain the settings of a run ({reason})", file=path) from None
