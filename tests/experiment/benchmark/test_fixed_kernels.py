"""The suite `fixed_kernels`, with a fake aeon that always predicts one class."""

import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from hydra import initialize_config_dir

from convpipe.errors import ConfigError
from convpipe.experiment.benchmark import fixed_kernels
from convpipe.experiment.benchmark.aeon_classifier import AeonClassifier
from convpipe.experiment.benchmark.means import over_sets
from convpipe.paths import CONF
from convpipe.schemas import register_schemas

SECONDS = dict.fromkeys(fixed_kernels.SECONDS, 1.0) | {"import_seconds": 3.0}
SHAPE = {"train_series": 3, "test_series": 4, "steps": 5, "channels": 1, "unequal_steps": "masked"}


@pytest.fixture
def fake_aeon(monkeypatch):
    """Classifiers that always predict the class of the first training series."""

    class Constant:
        def __init__(self, n_jobs, random_state):
            self.settings = (n_jobs, random_state)

        def fit(self, inputs, labels):
            self.inputs, self.label = inputs, labels[0]

        def predict(self, inputs):
            return np.full(len(inputs), self.label)

    place = ModuleType("aeon.classification.convolution_based")
    for name in fixed_kernels.COUNTERPARTS.values():
        setattr(place, name, Constant)
    package = ModuleType("aeon.classification")
    package.convolution_based = place
    for name, module in {"aeon": ModuleType("aeon"), package.__name__: package, place.__name__: place}.items():
        monkeypatch.setitem(sys.modules, name, module)


def groups_of(**settings):
    values = {"sets": ["gunpoint", "osuleaf"], "models": None, "peers": ["aeon"], "used_threads": 2} | settings
    register_schemas()
    with initialize_config_dir(version_base="1.3", config_dir=str(CONF)):
        return fixed_kernels.groups(SimpleNamespace(**values))


def test_every_model_is_followed_by_its_counterpart():
    group, other = groups_of(models=["mini_rocket"])
    assert [each.key for each in group] == [
        {"set": "gunpoint", "model": "mini_rocket", "library": "convpipe"},
        {"set": "gunpoint", "model": "MiniRocketClassifier", "library": "aeon"},
    ]
    assert {each.key["set"] for each in other} == {"osuleaf"}


def test_all_classifiers_of_aeon_are_measured_by_default():
    (group,) = groups_of(sets=["gunpoint"])
    assert [each.key["model"] for each in group if each.key["library"] == "aeon"] == [
        "MiniRocketClassifier", "HydraClassifier", "MultiRocketHydraClassifier"
    ]  # fmt: skip


@pytest.mark.parametrize("settings, facts", [
    ({"models": ["fcn"]}, {"key": "models", "value": "fcn"}),
    ({"models": ["mini_rokcet"]}, {"key": "model", "value": "mini_rokcet"}),
    ({"models": ["mini_rocket"], "sets": ["trec"]}, {"key": "sets", "value": "trec"}),
])  # fmt: skip
def test_what_cannot_be_measured_is_refused(refused, settings, facts):
    with refused(ConfigError, **facts):
        groups_of(**settings)


def test_series_are_padded_with_zeros_for_aeon(fake_aeon):
    series = [np.array([[1.0, 2], [3, 4]]), np.array([[5.0, 6]])]
    classifier = AeonClassifier("HydraClassifier", steps=3, threads=2, seed=7)
    given = classifier.prepared(series)
    assert given.tolist() == [[[1, 3, 0], [2, 4, 0]], [[5, 0, 0], [6, 0, 0]]]
    classifier.fit(given, np.array([1, 0]))
    assert classifier.classifier.settings == (2, 7) and classifier.predict(given)[0].tolist() == [1, 1]


def test_columns_have_median_lowest_and_highest_seconds_and_mean_accuracies():
    measured = [
        SECONDS | SHAPE | {"fit_seconds": seconds, "accuracy": accuracy, "log_loss": 0.5}
        for seconds, accuracy in ((3.0, 0.7), (1.0, 0.9), (2.5, 0.8))
    ]
    row = fixed_kernels.columns(measured)
    assert (row["fit_seconds"], row["fit_seconds_lowest"], row["fit_seconds_highest"]) == (2.5, 1.0, 3.0)
    assert row["accuracy"] == pytest.approx(0.8) and row["accuracy_spread"] == pytest.approx(0.1)
    assert row["log_loss"] == 0.5 and row["steps"] == 5


def row_of(name, model, library, seconds, accuracy, error=""):
    times = dict.fromkeys(fixed_kernels.SECONDS, str(seconds))
    about = {"set": name, "model": model, "library": library, "error": error}
    return about | times | {"accuracy": str(accuracy), "accuracy_spread": "0.012"}


ROWS = [
    row_of("pickupgesturewiimotez", "hydra_mini", "convpipe", 1.0, 0.8),
    row_of("pickupgesturewiimotez", "MultiRocketHydraClassifier", "aeon", 123.4, 0.9),
    row_of("italypowerdemand", "hydra_mini", "convpipe", 3.0, 0.9),
    row_of("italypowerdemand", "MultiRocketHydraClassifier", "aeon", 4.0, 0.7),
    row_of("gunpoint", "hydra_mini", "convpipe", 50.0, 0.1),
    row_of("gunpoint", "MultiRocketHydraClassifier", "aeon", "", "", error="no"),
]


def test_means_are_over_datasets_with_rows_of_all_models():
    own, other = over_sets(ROWS)
    assert (own["model"], own["sets"], own["seconds"]) == ("hydra_mini", 2, 4.0)
    assert own["accuracy"] == pytest.approx(0.85) and other["seconds"] == pytest.approx(127.4)


def test_the_table_fits_80_columns():
    lines = fixed_kernels.lines(ROWS)
    assert max(map(len, lines)) <= 80 and sum("aeon MultiRocketHydra" in line for line in lines) == 3


def test_the_ratio_to_the_counterpart_is_shown():
    lines = fixed_kernels.lines([*ROWS[:4], row_of("osuleaf", "hydra_mini", "convpipe", 1.0, 0.8)])
    (line,) = [line for line in lines if line.startswith("hydra_mini")]
    # 2 / 246.8 and 6 / 8 seconds: the set that the counterpart does not have is left out.
    assert line.split() == ["hydra_mini", "4", "0.38", "(0.01", "to", "0.75)", "0.850"]


def test_the_figure_has_a_point_for_each_model():
    axes = fixed_kernels.figure(ROWS).axes[0]
    points = [line.get_xydata()[0] for line in axes.lines if len(line.get_xydata())]  # the legend's have none
    np.testing.assert_allclose(points, [(4.0, 0.85), (127.4, 0.8)])
    assert axes.get_xscale() == "log"
    assert [text.get_text() for text in axes.texts] == ["hydra_mini", "aeon MultiRocketHydra"]


def test_there_is_no_figure_without_a_common_dataset():
    assert fixed_kernels.figure(ROWS[:1] + ROWS[3:4]) is None
