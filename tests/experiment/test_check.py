"""Conflicting settings are refused before any data are read."""

import pytest

from convpipe.errors import ConfigError, PluginError
from convpipe.experiment.run import check, run


@pytest.mark.parametrize("overrides, key", [
    (("data=digits", "model=fcn"), "model"),
    (("data=gunpoint", "model=fast_text"), "model"),
    (("data=gunpoint", "model=cnn2d"), "model"),
    (("data=gunpoint", "augmentation.flip=true"), "augmentation.flip"),
    (("data=gunpoint", "model=mini_rocket", "augmentation.jitter=0.1"), "augmentation.jitter"),
    (("data=gunpoint", "model=linear", "augmentation.jitter=0.1"), "augmentation.jitter"),
    (("data=gunpoint", "preprocessing=image"), "preprocessing"),
    (("data=gunpoint", "embedding=random"), "embedding"),
    (("data=digits", "window.seconds=1"), "window.seconds"),
])  # fmt: skip
def test_settings_of_another_modality_are_refused_before_any_data_are_read(
    home, monkeypatch, tmp_path, refused, settings_of, overrides, key
):
    monkeypatch.setattr("convpipe.experiment.run.load", lambda *arguments: pytest.fail("data were read"))
    with refused(ConfigError, key=key):
        run(settings_of(*overrides), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_metric_that_is_not_registered_is_refused_before_any_data_are_read(home, tmp_path, refused, settings_of):
    with refused(ConfigError, value="roc", mentions=("roc_auc",)):
        run(settings_of("data=series", "data.path=nowhere.ts", "evaluation.metrics=[roc]"), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_augmentation_is_accepted_for_models_with_several_epochs(settings_of):
    check(settings_of("data=gunpoint", "model=fcn", "augmentation.jitter=0.1"))


def test_a_plugin_that_was_not_imported_is_refused(refused, settings_of):
    with refused(PluginError, value="my_unseen_models", mentions=("plugins=[my_unseen_models]",)):
        check(settings_of("data=gunpoint", "plugins=[my_unseen_models]"))
