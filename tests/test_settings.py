"""Declared settings: bounds, choices, unknown keys, missing values, by message."""

import dataclasses

import pytest
from omegaconf import OmegaConf

from convpipe import config
from convpipe.config import DATA_SCHEMAS, MODEL_SCHEMAS, Settings
from convpipe.errors import ConfigError
from convpipe.settings import Group, to_settings

GROUPS = [
    value
    for value in vars(config).values()
    if isinstance(value, type) and issubclass(value, Group) and value not in (Group, Settings)
]


@pytest.fixture
def composed():
    """What Hydra composes by default, made by hand."""
    settings = OmegaConf.structured(Settings)
    settings.model = config.Fcn
    settings.data = config.Watch
    settings.data.name = "watch"
    settings.preprocessing = config.PrepareSeries
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
def test_each_bound_is_enforced_and_named(schema, declared, value):
    is_list = declared.default_factory is not dataclasses.MISSING
    with pytest.raises(ConfigError, match=rf"{schema.KEY}\.{declared.name} must be at (least|most)"):
        schema(**{declared.name: [value] if is_list else value})


@pytest.mark.parametrize("schema", GROUPS)
def test_each_setting_says_what_it_means(schema):
    own = [field for field in dataclasses.fields(schema) if field.name not in ("name", "reader", "kind")]
    assert [field.name for field in own if not field.metadata.get("meaning")] == []


def test_composed_configuration_becomes_typed_settings(composed):
    settings = to_settings(composed, Settings)
    assert isinstance(settings.model, config.Fcn) and isinstance(settings.data, config.Watch)
    assert settings.model.filters == [128, 256, 128]


@pytest.mark.parametrize("schema", [*MODEL_SCHEMAS.values(), *DATA_SCHEMAS.values()])
def test_key_that_was_forced_in_is_refused(composed, schema):
    key = schema.KEY
    composed[key] = schema
    OmegaConf.update(composed, f"{key}.nmae", 9, force_add=True)
    with pytest.raises(ConfigError, match=rf"unknown key {key}\.nmae; did you mean name\?"):
        to_settings(composed, Settings)


def test_missing_value_names_its_key(composed):
    composed.data = config.Archive
    composed.data.name = "gunpoint"
    with pytest.raises(ConfigError, match=r"data\.archive_name has no value; set it with data\.archive_name=\.\.\."):
        to_settings(composed, Settings)


def test_wrong_choice_names_the_nearest(composed):
    composed.training.schedule = "cosin"
    with pytest.raises(ConfigError, match=r"training\.schedule=cosin is not a choice; did you mean cosine\?"):
        to_settings(composed, Settings)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_number_must_be_finite(composed, value):
    composed.training.learning_rate = value
    with pytest.raises(ConfigError, match=r"training\.learning_rate must be a finite number"):
        to_settings(composed, Settings)


def test_bound_holds_for_every_item_of_a_list(composed):
    composed.model.filters = [128, 0, 128]
    with pytest.raises(ConfigError, match=r"model\.filters must be at least 1, not 0"):
        to_settings(composed, Settings)


@pytest.mark.parametrize("group, key, value, message", [
    ("split", "folds", 1, r"split\.folds must be 0 .* or at least 2"),
    ("model", "filters", [8, 8], r"model\.filters and model\.kernel_sizes must have one entry a block"),
])  # fmt: skip
def test_settings_at_odds_are_refused(composed, group, key, value, message):
    composed[group][key] = value
    with pytest.raises(ConfigError, match=message):
        to_settings(composed, Settings)


def test_dangling_interpolation_is_one_line(composed):
    composed.data.name = "${nowhere}"
    with pytest.raises(ConfigError, match="nowhere") as caught:
        to_settings(composed, Settings)
    assert "\n" not in str(caught.value)


def test_augmentation_is_refused_where_a_model_sees_each_series_once():
    with pytest.raises(ConfigError, match="augmentation.jitter has no use for mini_rocket"):
        config.Settings(model=config.MiniRocket(), augmentation=config.Augmentation(jitter=0.1))
    config.Settings(model=config.Fcn(), augmentation=config.Augmentation(jitter=0.1))
