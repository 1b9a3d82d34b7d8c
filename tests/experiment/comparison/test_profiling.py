"""Measured costs, and outputs that must be equal."""

import numpy as np
import pytest

from convpipe import config
from convpipe.cost.model_cost import model_cost
from convpipe.data.dataset import Subset
from convpipe.data.series.settings import SeriesSettings
from convpipe.errors import TrainingError
from convpipe.experiment.comparison import profiling
from convpipe.experiment.comparison.variants import COMPARISONS, model_values
from convpipe.inference.classifier import Classifier
from convpipe.models import build
from convpipe.preprocessing import fit
from convpipe.registry import MODELS

STEPS, _, _, AGAIN = COMPARISONS["sensors"].variants


def settings_of(variant, file):
    model = MODELS[variant.model].settings(**model_values(variant, COMPARISONS["sensors"].layout))
    data = SeriesSettings(path=str(file))
    return config.Settings(data=data, model=model, preprocessing=config.SeriesPreprocessingSettings())


@pytest.fixture
def file(tmp_path):
    random, path = np.random.default_rng(0), tmp_path / "series.ts"
    lines = ["@problemName slopes", "@univariate true", "@classLabel true up down", "@data"]
    for number in range(40):
        values = np.linspace(0, number % 2, 16) + 0.1 * random.standard_normal(16)
        lines.append(",".join(f"{value:.3f}" for value in values) + (":up" if number % 2 else ":down"))
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def classifier(tmp_path, file):
    """The folder of a Conv1D classifier with random weights, and samples for it."""
    random, settings = np.random.default_rng(1), settings_of(STEPS, file)
    inputs = list(random.normal(size=(10, 16, 1)).astype(np.float32))
    part = Subset(inputs, np.arange(10) % 2, [f"row {n}" for n in range(10)])
    fitted = fit(part, settings, lambda line: None)
    network = build(settings.model, fitted.spec(2))
    network.set_weights([random.uniform(0.1, 1, weight.shape) for weight in network.weights])
    Classifier(fitted, [network], ("down", "up")).save(tmp_path / "classifier")
    return tmp_path / "classifier", part


@pytest.mark.slow
def test_costs_are_those_of_the_network_and_its_steps(file, classifier):
    settings = settings_of(AGAIN, file)
    found = profiling.profile(settings, [classifier[0]])
    network = build(settings.model, profiling._spec_of(Classifier.load(classifier[0])))
    cost = model_cost(network, (16, 1))
    assert (found["parameters"], found["multiply_adds"]) == (cost.parameters, cost.multiply_adds)
    assert found["receptive_field"] == list(cost.receptive_field)
    assert 0 < found["seconds_a_step_lowest"] <= found["seconds_a_step"] <= found["seconds_a_step_highest"]
    assert 50 < found["memory_before_mb"] <= found["peak_memory_mb"]
    assert (found["compared_samples"], found["compared_networks"]) == (40, 1)
    assert found["largest_difference"] <= 1e-5


def test_outputs_that_differ_are_refused(file, classifier, monkeypatch, refused):
    monkeypatch.setattr(profiling, "copy_weights", lambda network, twin: None)
    with refused(TrainingError, file=classifier[0]) as caught:
        profiling.output_difference(settings_of(AGAIN, file), *classifier)
    assert caught.value.value > 1e-5


def test_outputs_that_are_nan_are_not_equal(file, classifier, monkeypatch, refused):
    monkeypatch.setattr(profiling, "copy_weights", lambda network, twin: twin.set_weights(
        [np.full(weight.shape, np.nan) for weight in twin.weights]
    ))  # fmt: skip
    with refused(TrainingError, file=classifier[0]) as caught:
        profiling.output_difference(settings_of(AGAIN, file), *classifier)
    assert np.isnan(caught.value.value)
