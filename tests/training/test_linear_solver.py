"""Linear output layers: accuracy, metrics, class weights and calibration."""

import keras
import numpy as np
import pytest

from convpipe import config, models
from convpipe.inference.logits import predict_logits
from convpipe.input_spec import InputSpec
from convpipe.models.fixed_kernels.mini_rocket import MiniRocketSettings
from convpipe.training import linear_solver
from convpipe.training.batches import Arrays
from convpipe.training.calibration import cross_entropy, logit_factor
from convpipe.training.linear_solver import fit_linear


def bumps(n=40, classes=2, steps=50, seed=0):
    """Noise with a bump at a random place; its width depends on the class."""
    random, labels = np.random.default_rng(seed), np.arange(n) % classes
    inputs = 0.3 * random.normal(size=(n, steps, 1)).astype(np.float32)
    for series, label in zip(inputs, labels, strict=True):
        width = 5 + 8 * label
        at = random.integers(0, steps - width)
        series[at : at + width, 0] += 2
    return Arrays(inputs, labels, classes)


def built(part, seed=0):
    keras.utils.set_random_seed(seed)
    return models.build(MiniRocketSettings(features=1000), InputSpec(part.inputs.shape[1:2], 1, part.classes))


def fitted(part, validation=None, seed=0, training=None, **more):
    network = built(part, seed)
    settings = config.Settings(training=training or config.Training(), seed=seed)
    return network, fit_linear(network, part, validation, settings, **more)


def test_logit_factor_recovers_the_scale_of_the_logits():
    random = np.random.default_rng(0)
    logits = random.normal(size=(20_000, 3)) * 2
    labels = (logits + random.gumbel(size=logits.shape)).argmax(1)
    assert logit_factor(logits / 7, labels, np.ones(len(labels))) == pytest.approx(7, rel=0.06)


def test_logit_factor_is_finite_if_all_samples_are_correct():
    raw = np.eye(2)[np.arange(10) % 2]
    share = 1 / (1 + np.exp(-logit_factor(raw, np.arange(10) % 2, np.ones(10))))
    assert 0.9 < share < 0.99


def test_cross_entropy_of_equal_logits_is_the_logarithm_of_the_classes():
    assert cross_entropy(np.zeros((5, 4)), np.arange(5) % 4) == pytest.approx(np.log(4))


@pytest.mark.parametrize(("closed_form", "kept"), [(4000, 0), (50, 10**9), (50, 0)])
def test_a_toy_problem_is_classified(monkeypatch, closed_form, kept):
    monkeypatch.setattr(linear_solver, "MOST_IN_CLOSED_FORM", closed_form)
    monkeypatch.setattr(linear_solver, "MOST_KEPT", kept)
    monkeypatch.setattr(linear_solver, "BLOCK", 30)
    network, result = fitted(bumps(200, 3), validation=bumps(150, 3, seed=1))
    assert result.history["val_accuracy"][0] > 0.9
    assert result.history["val_loss"][0] < 0.3


def test_ten_samples_are_enough_and_the_same_seed_gives_the_same_weights():
    part = bumps(10)
    first, again = (fitted(part)[0].get_weights() for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert all(np.isfinite(weight).all() for weight in first)


def test_metrics_are_those_of_the_network_and_callbacks_receive_them():
    seen = []
    callback = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append((epoch, logs)))
    part, validation = bumps(), bumps(seed=1)
    network, result = fitted(part, validation, callbacks=[callback])
    for name, given in (("", part), ("val_", validation)):
        logits = predict_logits(network, given.inputs)
        assert result.history[f"{name}accuracy"] == [(logits.argmax(1) == given.labels).mean()]
        loss = keras.losses.CategoricalCrossentropy(from_logits=True)(given.targets, logits)
        assert result.history[f"{name}loss"] == pytest.approx([float(loss)], rel=1e-3, abs=1e-5)
    assert [(epoch, sorted(logs)) for epoch, logs in seen] == [(0, sorted(result.history))]
    assert (result.epochs, result.best_epoch) == (1, 1)


def test_class_weights_move_the_decision_boundary_toward_the_frequent_class():
    part = bumps(60)
    rows = np.flatnonzero((part.labels == 0) | (np.arange(60) < 8))
    rare = Arrays(
        0.2 * part.inputs[rows] + np.random.default_rng(5).normal(size=part.inputs[rows].shape).astype("f4"),
        part.labels[rows],
        2,
    )
    share = {}
    for balanced in (False, True):
        network, _ = fitted(rare, training=config.Training(class_weights=balanced))
        share[balanced] = (predict_logits(network, bumps(100, seed=2).inputs).argmax(1) == 1).mean()
    assert share[True] > share[False]


def test_a_class_of_one_series_shorter_than_a_kernel_is_fitted_with_a_note(caplog):
    caplog.set_level("INFO", logger="convpipe")
    part = Arrays(np.random.default_rng(0).normal(size=(9, 5, 1)).astype("f4"), np.array([0] * 8 + [1]), 2)
    network, result = fitted(part)
    assert np.isfinite(predict_logits(network, part.inputs)).all() and np.isfinite(result.history["loss"]).all()
    assert any("9 steps of a kernel" in record.getMessage() for record in caplog.records)
