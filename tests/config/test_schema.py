"""Declared settings: bounds, choices, unknown keys, missing values."""

import dataclasses

import pytest
from omegaconf import OmegaConf

from convpipe import config
from convpipe.config import Settings
from convpipe.config.schema import SettingsGroup, to_settings
from convpipe.data.series.archive import ArchiveSettings
from convpipe.data.series.watch import WatchSettings
from convpipe.data.text.settings import TextTableSettings
from convpipe.errors import ConfigError, PluginError
from convpipe.models.conv1d.fcn import FcnSettings
from convpipe.registry import MODELS, READERS
from convpipe.schemas import read_settings

SCHEMAS = [entry.settings for entry in (*MODELS.values(), *READERS.values())]
GROUPS = SCHEMAS + [
    value
    for value in vars(config).values()
    if isinstance(value, type) and issubclass(value, SettingsGroup) and value not in (SettingsGroup, Settings)
]


@pytest.fixture
def composed():
    """The configuration that Hydra composes by default, built by hand."""
    settings = OmegaConf.structured(Settings)
    settings.model = FcnSettings
    settings.data = WatchSettings
    settings.data.name = "watch"
    settings.preprocessing = config.SeriesPreprocessingSettings
    OmegaConf.set_struct(settings, True)
    return settings


def bounded():
    for schema in GROUPS:
        for declared in dataclasses.fields(schema):
            for bound, step in (("low", -1), ("high", 1)):
                limit = declared.metadata.get(bound)
                if limit is not None:
                    yield pytest.param(schema, declared, limit + step, id=f"{schema.__name__}.{declared.name}-{bound}")


@pytest.mark.parametrize("schema, declared, value", bounded())
def test_each_bound_is_enforced_and_named(refused, schema, declared, value):
    is_list, key = declared.default_factory is not dataclasses.MISSING, f"{schema.KEY}.{declared.name}"
    bounds = [bound for bound in (declared.metadata["low"], declared.metadata["high"]) if bound is not None]
    with refused(ConfigError, key=key, value=value, mentions=(key, value)) as caught:
        schema(**{declared.name: [value] if is_list else value})
    assert any(str(bound) in str(caught.value) for bound in bounds)


@pytest.mark.parametrize("schema", GROUPS)
def test_each_setting_has_a_meaning(schema):
    own = [field for field in dataclasses.fields(schema) if field.name not in ("name", "reader", "modality")]
    assert [field.name for field in own if not field.metadata.get("meaning")] == []


def test_composed_configuration_becomes_typed_settings(composed):
    settings = to_settings(composed, Settings)
    assert isinstance(settings.model, FcnSettings) and isinstance(settings.data, WatchSettings)
    assert settings.model.filters == [128, 256, 128]


@pytest.mark.parametrize("schema", SCHEMAS)
def test_undeclared_key_is_refused(composed, refused, schema):
    key = schema.KEY
    composed[key] = schema
    OmegaConf.update(composed, f"{key}.nmae", 9, force_add=True)
    with refused(ConfigError, key=f"{key}.nmae", remedy="name?"):
        to_settings(composed, Settings)


def test_missing_value_names_its_key(composed, refused):
    composed.data = ArchiveSettings
    composed.data.name = "gunpoint"
    with refused(ConfigError, key="data.archive_name", remedy="data.archive_name=..."):
        to_settings(composed, Settings)


def test_wrong_choice_names_the_nearest(composed, refused):
    composed.training.lr_schedule = "cosin"
    with refused(ConfigError, key="training.lr_schedule", value="cosin", remedy="cosine?"):
        to_settings(composed, Settings)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_number_must_be_finite(composed, refused, value):
    composed.training.learning_rate = value
    with refused(ConfigError, key="training.learning_rate", mentions=("finite", value)):
        to_settings(composed, Settings)


def test_bound_applies_to_every_item_of_a_list(composed, refused):
    composed.model.filters = [128, 0, 128]
    with refused(ConfigError, key="model.filters", value=0, mentions=(1,)):
        to_settings(composed, Settings)


@pytest.mark.parametrize("group, key, value, mentions", [
    ("split", "folds", 1, ("0", "2")),
    ("model", "filters", [8, 8], ("filters", "kernel_sizes", "2, 3")),
])  # fmt: skip
def test_settings_that_conflict_are_refused(composed, refused, group, key, value, mentions):
    composed[group][key] = value
    with refused(ConfigError, key=f"{group}.{key}", mentions=mentions):
        to_settings(composed, Settings)


def test_dangling_interpolation_gets_one_line(composed, refused):
    composed.data.name = "${nowhere}"
    with refused(ConfigError, mentions=("nowhere",)):
        to_settings(composed, Settings)


@pytest.mark.parametrize("written", ["data: 3", "[1, 2]", "3", "", "model: {name: fcm}\ndata: {reader: watch}"])
def test_file_without_settings_is_named(refused, tmp_path, written):
    path = tmp_path / "config.yaml"
    path.write_text(written)
    with refused(ConfigError, file=path):
        read_settings(path)


def test_settings_without_their_plugin_are_refused(refused, tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text("plugins: [my_unseen_models]\nmodel: {name: mine}")
    with refused(PluginError, file=path, value="my_unseen_models", remedy="plugins=[my_unseen_models]"):
        read_settings(path)


def test_accuracy_is_always_computed():
    assert config.Evaluation(metrics=["roc_auc"]).metrics == ["accuracy", "roc_auc"]


@pytest.mark.parametrize("name", ["path", "test"])
def test_a_path_can_start_with_the_home_folder_and_is_not_empty(name, monkeypatch, refused):
    monkeypatch.setenv("HOME", "/home/ann")
    assert getattr(TextTableSettings(**{"path": "~/x", name: "~/x"}), name) == "/home/ann/x"
    assert TextTableSettings(path="a~").path == "a~"
    with refused(ConfigError, key=f"data.{name}", value=""):
        TextTableSettings(**{"path": "x", name: ""})
