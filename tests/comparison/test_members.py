"""Which networks are compared, that they are matched, and what each training is told."""

import doctest

import pytest

from convpipe import config
from convpipe.comparison import members, words
from convpipe.comparison.members import COMPARISONS, LAYOUTS, layout_of, model_values, settings_of
from convpipe.comparison.settings import OF_KIND, ComparisonSettings, Matched, check
from convpipe.comparison.words import passed_on
from convpipe.errors import ConfigError

PREPARE = {kind: schema for kind, schema in config.PREPARE_SCHEMAS.items() if kind in OF_KIND}


def asked(kind="series", **more):
    return ComparisonSettings(
        data=config.Watch(name="watch"), model=config.Cnn1d(), preprocessing=PREPARE[kind](), **more
    )


def test_every_kind_of_samples_has_a_comparison():
    assert set(OF_KIND) == set(config.PREPARE_SCHEMAS) and set(OF_KIND.values()) == set(COMPARISONS) == set(LAYOUTS)


@pytest.mark.parametrize("kind", OF_KIND)
def test_networks_share_depth_filters_kernel_sizes_pooling_and_training(kind):
    settings = asked(kind)
    layout = layout_of(settings)
    for member in COMPARISONS[settings.comparison]:
        made = settings_of(member, settings, 7)
        assert (made.seed, made.training, made.split) == (7, settings.training, settings.split)
        assert getattr(made.model, "view", None) == member.view
        assert (made.model.kernel_sizes, made.model.dropout) == (layout.kernel_sizes, layout.dropout)
        if member.model != "text_cnn":
            assert (made.model.filters, made.model.pooling) == (layout.filters, layout.pooling)
            assert set(made.model.strides) == {1} and made.model.padding == "same" and made.model.batch_normalization


@pytest.mark.parametrize("name", COMPARISONS)
def test_what_repeats_another_comes_after_it(name):
    names = [member.name for member in COMPARISONS[name]]
    assert len(set(names)) == len(names)
    for place, member in enumerate(COMPARISONS[name]):
        assert member.repeats is None or member.repeats in names[:place]


def test_layout_is_what_is_asked_for_and_the_rest_as_proposed():
    layout = layout_of(asked(matched=Matched(kernel_sizes=[9, 9, 9])))
    assert (layout.kernel_sizes, layout.filters) == ([9, 9, 9], LAYOUTS["sensors"].filters)


@pytest.mark.parametrize("kind, matched, line", [
    ("series", Matched(filters=[8]), "must have one entry a layer each"),
    ("text", Matched(filters=[8, 8]), "is one number"),
    ("text", Matched(pooling=[2]), "matched.pooling has no use"),
])  # fmt: skip
def test_layouts_at_odds_are_refused(kind, matched, line):
    with pytest.raises(ConfigError, match=line):
        layout_of(asked(kind, matched=matched))


def test_comparison_of_another_kind_is_refused_with_the_one_that_fits():
    with pytest.raises(ConfigError, match="compare=sound is not for watch; compare=sensors is"):
        _ = asked(compare="sound").comparison
    settings = asked()
    settings.preprocessing.kind = "smell"
    with pytest.raises(ConfigError, match="there is nothing to compare on smell samples"):
        _ = settings.comparison


def test_ensembles_are_refused():
    with pytest.raises(ConfigError, match="single networks"):
        check(asked(ensemble=config.Ensemble(size=2)))


def test_words_that_choose_a_model_are_refused():
    for word in ("model=fcn", "+model.filters=[3]", "experiment=watch"):
        with pytest.raises(ConfigError, match="chooses its models itself"):
            passed_on(["data=watch", word])


def test_examples_in_docstrings_are_right():
    for module in (members, words):
        assert doctest.testmod(module).attempted and not doctest.testmod(module).failed


def test_values_of_a_model_hold_a_view_only_where_there_is_one():
    first, second, *_ = COMPARISONS["sensors"]
    assert "view" not in model_values(first, LAYOUTS["sensors"])
    assert model_values(second, LAYOUTS["sensors"])["view"] == "as_image"
