"""The compared networks, their matching, and the overrides of each training."""

import pytest

from convpipe import config
from convpipe.data.series.watch import WatchSettings
from convpipe.errors import ConfigError
from convpipe.experiment.comparison.overrides import passed_on
from convpipe.experiment.comparison.settings import ComparisonSettings, check, settings_of
from convpipe.experiment.comparison.variants import COMPARISONS, Matched, layout_of, model_values
from convpipe.models.conv1d.cnn1d import Cnn1dSettings
from convpipe.registry import MODALITIES
from convpipe.schemas import preprocessing_settings


def asked(modality="series", **more):
    return ComparisonSettings(
        data=WatchSettings(name="watch"),
        model=Cnn1dSettings(),
        preprocessing=preprocessing_settings(modality)(),
        **more,
    )


def test_every_modality_has_one_comparison():
    assert sorted(plan.modality for plan in COMPARISONS.values()) == sorted(MODALITIES)


@pytest.mark.parametrize("modality", [plan.modality for plan in COMPARISONS.values()])
def test_networks_share_depth_filters_kernel_sizes_pooling_and_training(modality):
    settings = asked(modality)
    layout = layout_of(settings.comparison, settings.matched)
    for variant in COMPARISONS[settings.comparison].variants:
        made = settings_of(variant, settings, 7)
        assert (made.seed, made.training, made.split) == (7, settings.training, settings.split)
        as_conv2d = variant.input_transform == "as_conv2d"
        assert getattr(made.model, "as_conv2d", False) == as_conv2d
        assert getattr(made.model, "input_transform", None) == (None if as_conv2d else variant.input_transform)
        assert (made.model.kernel_sizes, made.model.dropout) == (layout.kernel_sizes, layout.dropout)
        if variant.model != "text_cnn":
            assert (made.model.filters, made.model.pooling) == (layout.filters, layout.pooling)
            assert set(made.model.strides) == {1} and made.model.padding == "same" and made.model.batch_normalization


@pytest.mark.parametrize("name", COMPARISONS)
def test_an_equivalent_network_follows_its_original(name):
    variants = COMPARISONS[name].variants
    names = [variant.name for variant in variants]
    assert len(set(names)) == len(names)
    for place, variant in enumerate(variants):
        assert variant.equivalent_to is None or variant.equivalent_to in names[:place]


def test_the_layout_has_the_given_settings_and_defaults_for_the_rest():
    layout = layout_of("sensors", Matched(kernel_sizes=[9, 9, 9]))
    assert (layout.kernel_sizes, layout.filters) == ([9, 9, 9], COMPARISONS["sensors"].layout.filters)


@pytest.mark.parametrize("comparison, matched, key, value", [
    ("sensors", Matched(filters=[8]), "matched", [1, 3, 3]),
    ("text", Matched(filters=[8, 8]), "matched.filters", [8, 8]),
    ("text", Matched(pooling=[2]), "matched.pooling", [2]),
])  # fmt: skip
def test_layouts_that_do_not_fit_are_refused(refused, comparison, matched, key, value):
    with refused(ConfigError, key=key, value=value):
        layout_of(comparison, matched)


def test_comparison_of_another_modality_is_refused_with_the_one_that_fits(refused):
    with refused(ConfigError, key="compare", value="sound", remedy="compare=sensors"):
        _ = asked(compare="sound").comparison
    settings = asked()
    settings.preprocessing.modality = "smell"
    with refused(ConfigError, key="preprocessing.modality", value="smell", remedy="sound"):
        _ = settings.comparison


@pytest.mark.parametrize("more, key", [
    ({"ensemble": config.Ensemble(size=2)}, "ensemble.size"),
    ({"ensemble": config.Ensemble(linear=True)}, "ensemble.linear"),
    ({"training": config.Training(resume="folder")}, "training.resume"),
])  # fmt: skip
def test_ensembles_and_resumed_runs_are_refused(refused, more, key):
    with refused(ConfigError, key=key):
        check(asked(**more))


def test_overrides_of_the_model_are_refused(refused):
    for word, key in (("model=fcn", "model"), ("+model.filters=[3]", "model"), ("experiment=watch", "experiment")):
        with refused(ConfigError, key=key, value=word, mentions=("matched",)):
            passed_on(["data=watch", word])


def test_plugins_are_passed_on_to_every_training():
    assert passed_on(["data=watch", "plugins=[my_models]", "compare=sensors"]) == ["data=watch", "plugins=[my_models]"]


def test_model_values_have_an_input_transform_only_if_the_variant_has_one():
    first, second, *_ = COMPARISONS["sensors"].variants
    layout = COMPARISONS["sensors"].layout
    assert "input_transform" not in model_values(first, layout)
    assert model_values(second, layout)["input_transform"] == "as_image"
